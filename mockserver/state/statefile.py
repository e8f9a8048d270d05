"""State kept over restarts: one SQLite file, locked while a mock has it, read only if nothing in it is damaged.

Owns: the file's tables, making it, locking it, transactions and how durable they are, telling what is wrong with it.
Knows nothing of: what a version holds (versions.py), sessions.
Source: sqlite.org/wal.html: a transaction in the log survives the process at once, the machine after `fsync`.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from threading import Lock
from time import time
from typing import Any

import orjson

from cancelkit.mockserver.state.durability import Durability, NotWritten, StateError

MAGIC = 0x434B5354
FORM = 2
STALE_SECONDS = 60
"""No making of a file takes as long: an unfinished one beside it that is older belongs to nobody."""
_LONGEST_LOG = 16_384
"""Pages that the log may have before a write waits until they are in their places."""
_EARLIER = b'{"cancelkit_state"'
_BEGINNING = b"SQLite format 3\0"
_HEADER = 100
_FORM_AT, _MAGIC_AT = slice(60, 64), slice(68, 72)
_SCHEMA = f"""
PRAGMA journal_mode = WAL;
PRAGMA application_id = {MAGIC};
PRAGMA user_version = {FORM};
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE catalogues (digest TEXT PRIMARY KEY, content BLOB) WITHOUT ROWID;
CREATE TABLE versions (id INTEGER PRIMARY KEY, parent INTEGER, whole INTEGER, next INTEGER,
    base TEXT, maker TEXT, catalogue TEXT, mark TEXT);
CREATE TABLE snapshots (name TEXT PRIMARY KEY, version INTEGER, created TEXT);
CREATE TABLE records (version INTEGER, number INTEGER, scope TEXT, doc BLOB, extras BLOB, checksum INTEGER,
    PRIMARY KEY (version, number)) WITHOUT ROWID;
"""
"""versions: a state is the records of its parent with its own in their place, or its own alone where it is `whole`;
the first parent builds on a file, `base`, where it has one. records: one without a document is deleted."""

Statement = tuple[str, Sequence[Any]]


class StateFile:
    """An open file, which no other mock can have meanwhile. path: with links followed."""

    def __init__(self, path: Path, durability: Durability, *, layout: str, contract: Mapping[str, str]) -> None:
        """Open the file, or make it where there is none.

        Args:
            layout: a mark of the records' form. contract: source and fingerprint of the one that is served.
        Raises:
            StateError: another mock has it, it is not ours, is damaged, was kept with another contract or layout, or
                can't be read or written. It is left as it is.
        """
        self.path = Path(os.path.realpath(path))
        self._pending: list[Statement] | None = [] if durability is Durability.LAZY else None
        self._written = False
        with ExitStack() as open_ones:
            try:
                if not self.path.exists():
                    _make(self.path, {"layout": layout, "contract": orjson.dumps(dict(contract)).decode()})
                open_ones.enter_context(alone(self.path))
                _check_kind(self.path)
                self._connection = open_ones.enter_context(closing(self._connected()))
                self._connection.execute(
                    f"PRAGMA synchronous = {'FULL' if durability is Durability.FULL else 'NORMAL'}"
                )
                self._connection.execute(f"PRAGMA wal_autocheckpoint = {_LONGEST_LOG}")
                self._connection.execute("BEGIN EXCLUSIVE")
                self._check(layout, contract)
                self._connection.execute("COMMIT")
            except OSError as error:
                raise NotWritten(f"{self.path} can't be written: {error.strerror or error}") from error
            except sqlite3.Error as error:
                raise _trouble(self.path, error) from error
            self._open_ones = open_ones.pop_all()
        self._closing, self._closed = Lock(), False

    def _connected(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=0, isolation_level=None, check_same_thread=False)

    def _check(self, layout: str, contract: Mapping[str, str]) -> None:
        found = self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise self.damaged(str(found).splitlines()[-1])
        self._connection.execute("UPDATE about SET value = value")  # fails where nothing can be written
        about = self.about()
        kept = orjson.loads(about["contract"])
        if kept["fingerprint"] != contract["fingerprint"]:
            raise StateError(
                f"{self.path} was kept with the contract {kept['source']} ({kept['fingerprint']}), and the one that is "
                f"served is {contract['source']} ({contract['fingerprint']}). Serve the former, or name another file"
            )
        if about["layout"] != layout:
            raise StateError(f"{self.path} was kept by another version of cancelkit. {_EXPORT}")

    def about(self) -> dict[str, str]:
        """The file's facts by name."""
        return dict(self.rows("SELECT name, value FROM about"))

    def damaged(self, what: str) -> StateError:
        return StateError(f"{self.path} {_damaged(what)}")

    def rows(self, query: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """What a query finds. Raises StateError."""
        try:
            yield from self._connection.execute(query, values)
        except sqlite3.Error as error:
            raise self.damaged(str(error)) from error

    def write(self, *statements: Statement, now: bool = False) -> None:
        """Do all statements or none; with a lazy file, before long.

        Args:
            now: do not wait, even then.
        Raises:
            StateError: they can't be written; none is done.
        """
        if self._pending is not None and not now:
            self._pending += statements
            return
        self.flush()
        self._write(statements)

    def flush(self) -> None:
        """Write what waits. Raises StateError; then it waits on."""
        if self._pending:
            self._write(self._pending)
            self._pending.clear()

    @property
    def busy(self) -> bool:
        """Whether something waits to be written, or to be moved to its place."""
        return self._written or bool(self._pending)

    def checkpoint(self) -> None:
        """Move what has been written from the log to its place: for a thread, as the disk may be slow."""
        if not self._written:
            return
        self._written = False
        with self._closing, suppress(sqlite3.Error):
            if not self._closed:  # or a file that has been removed since would be made anew
                with closing(self._connected()) as connection:
                    connection.execute("PRAGMA wal_checkpoint")

    def _write(self, statements: Sequence[Statement]) -> None:
        execute = self._connection.execute
        self._written = True
        try:
            if len(statements) == 1:
                execute(*statements[0])
                return
            execute("BEGIN")
            for statement, values in statements:
                execute(statement, values)
            execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                with suppress(sqlite3.Error):
                    execute("ROLLBACK")
            raise NotWritten(f"{self.path} can't be written: {error}") from error

    def close(self) -> None:
        """Write what waits, and let the file go. Raises StateError."""
        try:
            self.flush()
        finally:
            with self._closing:
                self._closed = True
                self._open_ones.close()


_EXPORT = "Export it there (GET /_mock/export) and load that with --data, or name another file"


def _damaged(what: str) -> str:
    return f"is damaged: {what}. It was left as it is; restore it from a copy, or move it away"


def _in_use(path: Path) -> StateError:
    kind = "folder" if path.is_dir() else "file"
    return StateError(f"{path} is in use by another mock: stop that one, or name another {kind}")


def _trouble(path: Path, error: sqlite3.Error) -> StateError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return _in_use(path)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR):
        return StateError(f"{path} {_damaged(str(error))}")
    return NotWritten(f"{path} can't be written: {error}")


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """While this lasts, no other mock has the file, or folder; one that was killed no longer counts.

    Raises:
        OSError: it can't be read. StateError: another mock has it.
    """
    try:
        import fcntl
    except ImportError:  # SQLite's locks keep each write whole even so
        yield
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _in_use(path) from error
        yield
    finally:
        os.close(descriptor)


def _check_kind(path: Path) -> None:
    """Raises StateError for a file that is none of ours, before SQLite touches it."""
    with path.open("rb") as file:
        header = file.read(_HEADER)
    if header.startswith(_EARLIER):
        raise StateError(f"{path} was kept by an earlier version of cancelkit. {_EXPORT}")
    if not header.startswith(_BEGINNING) or int.from_bytes(header[_MAGIC_AT]) != MAGIC:
        raise StateError(f"{path} is not a state file of cancelkit; name another file, or move it away")
    if (form := int.from_bytes(header[_FORM_AT])) != FORM:
        raise StateError(f"{path} has form {form}, and this cancelkit reads form {FORM}. {_EXPORT}")


def _make(path: Path, about: Mapping[str, str]) -> None:
    """Make an empty file, which is there whole or not at all, for its owner alone. Raises OSError, StateError."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    beside = Path(name)
    try:
        try:
            with closing(sqlite3.connect(beside, isolation_level=None)) as connection:
                connection.executescript(_SCHEMA)
                connection.executemany("INSERT INTO about VALUES (?, ?)", about.items())
        except sqlite3.Error as error:
            raise NotWritten(f"{path} can't be written: {error}") from error
        os.fsync(descriptor)
        put(beside, path)
        sync(path.parent)
    finally:
        os.close(descriptor)
        beside.unlink(missing_ok=True)


def put(beside: Path, path: Path) -> None:
    """Give a whole file its name, unless another process was quicker. Raises OSError."""
    try:
        path.hardlink_to(beside)
    except FileExistsError:
        return
    except OSError:  # a file system without links
        beside.replace(path)


def sync(folder: Path) -> None:
    """Make the names in a folder durable, where the system offers that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sweep(path: Path, needed: Iterable[str]) -> None:
    """Remove what those that were killed have left beside a file, and bases that it no longer needs; a young file may
    still be somebody's work.

    Args:
        needed: identities of bases.
    """
    before, keep = time() - STALE_SECONDS, {base_of(path, identity).name for identity in needed}
    with suppress(OSError):
        for beside in path.parent.iterdir():
            unfinished = beside.name.startswith(f".{path.name}.") and ".part" in beside.suffix
            base = beside.name.startswith(f"{path.name}.") and beside.suffix == ".base" and beside.name not in keep
            if base or unfinished:
                with suppress(OSError):
                    if base or beside.stat().st_mtime < before:
                        beside.unlink()


def base_of(path: Path, identity: str) -> Path:
    """Where a base is kept for a state file."""
    return path.with_name(f"{path.name}.{identity}.base")
