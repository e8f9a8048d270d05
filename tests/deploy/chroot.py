"""The last stage of the Containerfile run in a chroot, where there is nothing to build an image with.

Owns: the root: this machine's /usr and Python, read-only, and /app with the wheel; and running a
    command there as the image says, as process 1 of its own, with nothing to write to but /state and /tmp.
Knows nothing of: what is run.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Sequence
from pathlib import Path

from tests.deploy.container import Stage

HOST = ("usr", "lib", "lib64", "bin", "etc")
NEEDED = ("unshare", "nsenter", "chroot", "mount")


def possible() -> bool:
    """Whether this machine lets us: root, with leave to mount."""
    if os.name != "posix" or os.getuid() != 0 or not all(map(shutil.which, NEEDED)):
        return False
    tried = subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True, timeout=60)
    return tried.returncode == 0


class Chroot:
    """stage: the image's last. wheel: of cancelkit; what it depends on is this environment's."""

    def __init__(self, folder: Path, stage: Stage, wheel: Path) -> None:
        self.root, self.state, self._stage = folder / "root", folder / "state", stage
        self._site = sysconfig.get_path("purelib")
        folder.chmod(0o755)
        for name in ("app", "deps", "state", "tmp", "proc", "dev"):
            (self.root / name).mkdir(parents=True)
        self.state.mkdir()
        uid, gid = map(int, stage.last("USER").split(":"))
        os.chown(self.state, uid, gid)
        self._install(wheel)

    def _install(self, wheel: Path) -> None:
        """What pip would make of it: a venv without pip, the wheel, its command."""
        app, version = self.root / "app", f"python{sys.version_info.major}.{sys.version_info.minor}"
        site = app / f"lib/{version}/site-packages"
        (app / "bin").mkdir()
        (app / "bin/python3").symlink_to(f"{sys.base_prefix}/bin/{version}")
        (app / "pyvenv.cfg").write_text(f"home = {sys.base_prefix}/bin\ninclude-system-site-packages = false\n")
        zipfile.ZipFile(wheel).extractall(site)
        (site / "deps.pth").write_text("/deps\n")
        (app / "bin/cancelkit").write_text("#!/app/bin/python3\nfrom cancelkit.command import main\nmain()\n")
        (app / "bin/cancelkit").chmod(0o755)

    @property
    def _environment(self) -> list[str]:
        return shlex.split(self._stage.last("ENV"))

    @property
    def _inside(self) -> list[str]:
        return ["chroot", f"--userspec={self._stage.last('USER')}", str(self.root), "/usr/bin/env", "-i"]

    def start(self, words: Sequence[str]) -> subprocess.Popen[str]:
        """Run a command as the image's ENTRYPOINT would be."""
        steps = [f"mount --bind {self.root} {self.root}"]
        python = () if sys.base_prefix == "/usr" else ((sys.base_prefix, sys.base_prefix[1:]),)
        for source, name in (*((f"/{name}", name) for name in HOST), *python, (self._site, "deps")):
            target = self.root / name
            if Path(source).is_symlink() and name in HOST:
                if not target.is_symlink():
                    target.symlink_to(os.readlink(source))
            elif Path(source).exists():
                target.mkdir(parents=True, exist_ok=True)
                steps += [f"mount --bind {source} {target}", f"mount -o remount,bind,ro {target}"]
        steps += [
            f"mount -t proc proc {self.root}/proc",
            f"mount -t tmpfs tmpfs {self.root}/tmp",
            f"mount --bind {self.state} {self.root}/state",
            f"mount --bind /dev {self.root}/dev",
            f"mount -o remount,bind,ro {self.root}",
        ]
        command = [*self._inside, "-C", self._stage.last("WORKDIR"), *self._environment, *words]
        script = f"set -e; {'; '.join(steps)}; exec {shlex.join(command)}"
        apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]
        return subprocess.Popen(
            [*apart, "sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def process(self, apart: subprocess.Popen[str]) -> int:
        """The number that the image's process 1 has out here."""
        return int(Path(f"/proc/{apart.pid}/task/{apart.pid}/children").read_text().split()[0])

    def run(self, apart: subprocess.Popen[str], words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run one more command beside, as a health check is."""
        enter = ["nsenter", "--target", str(self.process(apart)), "--mount", "--pid"]
        command = [*enter, *self._inside, *self._environment, *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)
