"""The image of the Containerfile, built with what this machine has: `python -m tests.deploy.image`.

Owns: the base (from a registry; where none is reached, of Debian's own packages), the wheels then, building, running.
Knows nothing of: what is looked at (test_image.py), how long anything takes (benchmarks/image.py).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.clients.running import ROOT

NAME = "localhost/cancelkit"
USUAL, OURS = "python:3.11-slim", "localhost/cancelkit-base"
RUN_PACKAGES, BUILD_PACKAGES = "python3", "python3-venv,dash,coreutils"
NEEDLESS = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/bug", "usr/share/perl", "var/cache")
PULL_SECONDS, BUILD_SECONDS = 120, 1200
STRICT = ("--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges")
LIMITS = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")
"""Podman's own are more than some machines let it have."""


class NotHere(Exception):
    """This machine can't build or start images; the message says what is missing."""


def podman() -> list[str]:
    """The command. Raises NotHere."""
    if shutil.which("podman") is None:
        raise NotHere("no podman; on Debian: sudo apt-get install podman runc mmdebstrap")
    return ["podman", *(["--runtime", "runc"] if shutil.which("runc") else [])]


def build() -> None:
    """Build NAME. Raises NotHere, CalledProcessError."""
    command = [*podman(), "build", "--quiet", "--isolation", "chroot", "--format", "docker", "--tag", NAME]
    if not _pulled():
        _import(OURS, RUN_PACKAGES)
        _import(f"{OURS}-build", BUILD_PACKAGES)
        wheels = ROOT / "build/wheels"
        shutil.rmtree(wheels, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--constraint", "constraints.txt"]
        _run(*pip, "--wheel-dir", str(wheels), ".", "hatchling")
        command += [f"--build-arg=BASE={OURS}", f"--build-arg=BUILD={OURS}-build", "--build-arg=PIP_NO_INDEX=1"]
    _run(*command, "--file", "Containerfile", ".")


def size() -> int:
    """Bytes of the image, its base included."""
    told = subprocess.run(
        [*podman(), "image", "inspect", "--format", "{{.Size}}", NAME], capture_output=True, text=True
    )
    return int(told.stdout)


@contextmanager
def started(name: str, *options: str, more: Sequence[str] = ("--network", "none")) -> Iterator[None]:
    """Run the image's mock as strictly as it can be, in a container of this name.

    options: of `cancelkit mock`, instead of the image's own. more: options of `podman run`.
    """
    _run(
        *podman(),
        "run",
        "--detach",
        "--name",
        name,
        *STRICT,
        *LIMITS,
        *more,
        NAME,
        *(("mock", *options) if options else ()),
    )
    try:
        yield
    finally:
        subprocess.run([*podman(), "rm", "--force", name], capture_output=True, check=False)


def inside(name: str, code: str) -> str:
    """What this Python prints in a container. Raises CalledProcessError."""
    command = [*podman(), "exec", name, "python3", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def inspected(name: str, what: str) -> str:
    command = [*podman(), "inspect", "--format", what, name]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def _pulled() -> bool:
    try:
        pulled = subprocess.run([*podman(), "pull", "--quiet", USUAL], capture_output=True, timeout=PULL_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return pulled.returncode == 0


def _import(name: str, packages: str) -> None:
    """An image of these Debian packages and what they depend on, unpacked and nothing more."""
    if shutil.which("mmdebstrap") is None or os.getuid() != 0:
        raise NotHere(f"{USUAL} can't be pulled, and a base of Debian's packages wants mmdebstrap and root")
    release = dict(line.partition("=")[::2] for line in Path("/etc/os-release").read_text().splitlines())
    with tempfile.TemporaryDirectory() as folder:
        options = ["--quiet", "--variant=extract", f"--include={packages}"]
        _run("mmdebstrap", *options, release["VERSION_CODENAME"], f"{folder}/base", stdin=subprocess.DEVNULL)
        for path in NEEDLESS:
            shutil.rmtree(f"{folder}/base/{path}", ignore_errors=True)
        _run("tar", "--create", "--directory", f"{folder}/base", "--file", f"{folder}/base.tar", ".")
        _run(*podman(), "import", "--quiet", f"{folder}/base.tar", name)


def _run(*command: str, stdin: int | None = None) -> None:
    subprocess.run(command, check=True, cwd=ROOT, stdin=stdin, stdout=sys.stderr, timeout=BUILD_SECONDS)


if __name__ == "__main__":
    try:
        build()
    except NotHere as problem:
        sys.exit(f"image: {problem}")
    except subprocess.CalledProcessError as problem:
        sys.exit(f"image: {problem.cmd[0]} ended with {problem.returncode}")
    print(f"{NAME}: {size() / 1e6:.0f} MB")
