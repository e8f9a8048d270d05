"""Bases kept in the user's cache folder, so that a later start need not build them again.

Owns: the folder, which base is whose, that one start builds it and the others wait, what is damaged, when one goes.
Knows nothing of: what a base is made of (building.py), where records come from (origin.py).
Source: XDG Base Directory Specification for the folder.

A base is written beside and renamed, with the time of its last change kept in itself: whatever changes the file later
changes that time as well. It is looked up without reading it whole.
"""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from time import time, time_ns

import orjson

from cancelkit import fixtures, mockserver, spec
from cancelkit.fixtures.options import FixtureError
from cancelkit.fixtures.output import ending_in_order
from cancelkit.fixtures.world import World, WorldError
from cancelkit.fixtures.worldfile.reading import WorldFile
from cancelkit.fixtures.worldfile.source import Source
from cancelkit.mockserver.state.stored import BaseRecords

MOST_BYTES = 4 * 1024**3
"""All bases together may take so much; the newest may take it alone."""
MOST_SECONDS = 30 * 86_400
"""A base that was not used for so long goes."""
_STRAY_SECONDS = 86_400
"""No building takes as long: unfinished files that are older belong to nobody."""
_SUFFIX, _UNFINISHED, _LOCK = ".base", ".part", ".lock"
Say = Callable[[str], None]
Told = Callable[[int, int], None]
"""Called with how many steps are done, and how many there are."""


def folder() -> Path | None:
    """Where bases are kept; None where the user has no folder of their own."""
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    with suppress(RuntimeError):
        return (given if given.is_absolute() else Path.home() / ".cache") / "cancelkit" / "bases"
    return None


class Cache:
    """The bases in one folder. say: called with each line that the user should see."""

    def __init__(self, folder: Path, say: Say) -> None:
        self._folder, self._say = folder, say

    def world(self, name: str, source: Callable[[], Source], *, jobs: int, told: Told) -> World | None:
        """The world of a base, which is built where there is none; None where that can't be done, which has been said.

        Args:
            name: of the base, from `named`. source: what it is built of. Its errors are passed on.
            jobs: so many processes build it. told: called with the steps done and to be done.
        """
        found = self._found(name)
        if found is not None:
            return found
        given = source()
        try:
            with ending_in_order(), self._alone(name):
                return self._found(name) or self._built(name, given, jobs, told)
        except (OSError, sqlite3.Error) as error:
            why = getattr(error, "strerror", None) or error
            self._say(
                f"the cache {self._folder} can't be written ({why}): the records are kept in memory; "
                "--no-cache leaves it out, --clear-cache empties it"
            )
        except FixtureError as error:
            self._say(f"the records can't be kept in the cache ({error}), but in memory")
        return None

    def clear(self) -> tuple[int, int]:
        """Remove all there is. Returns how many bases there were, and how many bytes. Raises OSError."""
        found = [path.stat().st_size for path in self._bases()]
        if self._folder.exists():
            shutil.rmtree(self._folder)
        return len(found), sum(found)

    def _bases(self) -> list[Path]:
        return [*self._folder.glob(f"*{_SUFFIX}")] if self._folder.exists() else []

    def _found(self, name: str) -> World | None:
        path = self._folder / f"{name}{_SUFFIX}"
        try:
            world, changed = opened(path), path.stat().st_mtime_ns
        except OSError:
            return None
        except WorldError as error:
            self._say(f"{path} {error}; it is built anew")
            with suppress(OSError):
                path.unlink()
            return None
        with suppress(OSError):
            os.utime(path, ns=(time_ns(), changed))
        return world

    def _built(self, name: str, source: Source, jobs: int, told: Told) -> World | None:
        from cancelkit.mockserver.base.building import build

        for left in self._folder.glob(f".{name}.*{_UNFINISHED}*"):
            left.unlink(missing_ok=True)
        handle, beside = tempfile.mkstemp(prefix=f".{name}.", suffix=_UNFINISHED, dir=self._folder)
        try:
            changed = int(time()) * 10**9  # which every file system can keep
            build(Path(beside), source, jobs=jobs, told=told, changed=changed)
            os.fsync(handle)
            os.utime(beside, ns=(time_ns(), changed))
            Path(beside).replace(self._folder / f"{name}{_SUFFIX}")
        finally:
            os.close(handle)
            Path(beside).unlink(missing_ok=True)
        self._tidy(name)
        return self._found(name)

    def _tidy(self, newest: str) -> None:
        """Let go of what was not used for long, and then of what was not used for longest until the rest has room."""
        with suppress(OSError):
            for stray in self._folder.glob(f".*{_UNFINISHED}*"):
                if time() - stray.stat().st_mtime > _STRAY_SECONDS:
                    stray.unlink(missing_ok=True)
            taken = 0
            used = {path: path.stat() for path in self._bases()}
            for path, stat in sorted(used.items(), key=lambda pair: -pair[1].st_atime):
                taken += stat.st_size
                too_old = time() - stat.st_atime > MOST_SECONDS
                if path.stem != newest and (taken > MOST_BYTES or too_old):
                    taken -= stat.st_size
                    path.unlink(missing_ok=True)

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        """While this lasts, no other start builds this base; one that was killed no longer counts. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f".{name}{_LOCK}"
        try:
            import fcntl
        except ImportError:  # both build then, and the later one takes the place of the former
            yield
            return
        while True:
            descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
            try:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    self._say("another start is building the same records; waiting for it")
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                with suppress(FileNotFoundError):
                    if os.path.samestat(os.fstat(descriptor), path.stat()):
                        try:
                            yield
                        finally:
                            path.unlink(missing_ok=True)
                        return
            finally:
                os.close(descriptor)


def opened(path: Path) -> World:
    """The world of a base. Raises OSError, WorldError for one that is damaged."""
    changed = path.stat().st_mtime_ns
    file = WorldFile(path, fixed=True)
    if file.about.get("changed") != changed:
        raise WorldError("is damaged: it was changed after it had been built")
    return replace(file.world(), records=BaseRecords(file))


def named(contract: str, **of: object) -> str:
    """The name of a base: another one for each contract, origin, and version of what makes records and indexes.

    Args:
        contract: the fingerprint.
    """
    key = orjson.dumps([maker(), contract, of], option=orjson.OPT_SORT_KEYS)
    return f"{contract}-{sha256(key).hexdigest()[:24]}"


@cache
def maker() -> str:
    """Stands for the source of what makes records and indexes, which may be edited between two versions."""
    digest = sha256(f"{platform.python_version()} {orjson.__version__}".encode())
    for package in (spec, fixtures, mockserver):
        root = Path(package.__file__ or "").parent
        places = [root / "state", root / "base"] if package is mockserver else [root]
        for file in sorted(file for place in places for file in place.rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()
