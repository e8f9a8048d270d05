"""From the versions of a state file to stores, and the bases that they build on.

Owns: reading versions, checking their records, which base a version builds on and where that is kept.
Knows nothing of: when something is written (keeping.py), the file's form (statefile.py).

A base in the user's cache may be cleared any time, so a state file has it beside: a link to the same bytes where the
file system can do that, else a copy.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from cancelkit.fixtures.world import Table, World, WorldError
from cancelkit.fixtures.worldfile.tables import StoredRows
from cancelkit.mockserver.state import statefile
from cancelkit.mockserver.state.catalogue import Catalogue
from cancelkit.mockserver.state.durability import NotWritten, StateError
from cancelkit.mockserver.state.layout import DOC, EXTRAS, SCOPE, Row
from cancelkit.mockserver.state.lookup import Now
from cancelkit.mockserver.state.statefile import StateFile
from cancelkit.mockserver.state.store import Store
from cancelkit.mockserver.state.versions import checksum

Say = Callable[[str], None]


class Root(NamedTuple):
    """What a store builds on that builds on no other. base: a file, of which it has no records where it is `whole`.

    catalogue: the digest of `content`, what its records refer to; None where that is the base's.
    """

    base: Path | None
    whole: bool
    catalogue: str | None
    content: bytes | None

    @classmethod
    def of(cls, store: Store) -> Root:
        held = store.rows.bases
        tables = [table.rows for table in store.catalogue.tables.values()]
        stored = {rows.table.file.path for rows in tables if isinstance(rows, StoredRows)}
        base = next(iter(held | stored), None)
        if base is not None and (stored or not tables):
            return cls(base, not held, None, None)
        content = _written(store.catalogue)
        return cls(base, not held, sha256(content).hexdigest(), content)

    @property
    def maker(self) -> str | None:
        """What made the base."""
        if self.base is None:
            return None
        from cancelkit.mockserver.base.cache import maker

        return maker()

    def mark(self, store: Store) -> str:
        """The same for each store that holds the same."""
        digest = sha256(orjson.dumps([identity(self.base), self.whole, self.catalogue, store.next_number]))
        for number, row in store.rows.beside():
            kept = () if row is None else (row[SCOPE : SCOPE + store.layout.scopes], row[DOC], row[EXTRAS])
            digest.update(repr((number, kept)).encode())
        return digest.hexdigest()

    def beside(self, path: Path, say: Say = lambda line: None) -> None:
        """See to it that the base is beside a state file. Raises StateError."""
        if self.base is None:
            return
        there = statefile.base_of(path, identity(self.base))
        try:
            if there.exists():
                if _same(there, self.base):
                    return
                say(f"{there} was damaged; it is made anew")
                there.unlink()
            _put_beside(self.base, there, say)
        except OSError as error:
            raise NotWritten(f"{there} can't be written: {error.strerror or error}") from error


def identity(base: Path | None) -> str:
    """The part of a base's name that stands for what is in it, in the cache and beside a state file."""
    return base.stem.rpartition("-")[2].rpartition(".")[2] if base is not None else ""


def _same(one: Path, other: Path) -> bool:
    first, second = one.stat(), other.stat()
    return (first.st_size, first.st_mtime_ns) == (second.st_size, second.st_mtime_ns)


def _put_beside(base: Path, there: Path, say: Say) -> None:
    with suppress(OSError):
        there.hardlink_to(base)
        statefile.sync(there.parent)
        return
    say(f"copying the records to {there}, which is done once")
    descriptor, name = tempfile.mkstemp(dir=there.parent, prefix=f".{there.name}.", suffix=".part")
    try:
        shutil.copy2(base, name)
        os.fsync(descriptor)
        statefile.put(Path(name), there)
        statefile.sync(there.parent)
    finally:
        os.close(descriptor)
        Path(name).unlink(missing_ok=True)


def _written(catalogue: Catalogue) -> bytes:
    tables = {
        name: {"rows": list(table.rows.items()), "scopes": list(table.scopes.items())}
        for name, table in catalogue.tables.items()
    }
    return orjson.dumps({"scopes": catalogue.ordered, "tables": tables})


def _read(content: bytes) -> Catalogue:
    kept = orjson.loads(content)
    tables = {
        name: Table(
            dict(table["rows"]), {key: None if scope is None else tuple(scope) for key, scope in table["scopes"]}
        )
        for name, table in kept["tables"].items()
    }
    return Catalogue([tuple(scope) for scope in kept["scopes"]], tables)


class Versions:
    """What a state file holds. parents: of each version by number, ascending. root: of the starting state.

    start: the version that is the starting state, if there is one. snapshots: name, version, when they were taken.
    """

    def __init__(self, file: StateFile, start: Store, now: Now, say: Say) -> None:
        """now: the time for stores. say: called with each line that the user should see. Raises StateError."""
        self._file, self._start, self._now, self._say = file, start, now, say
        self.root = Root.of(start)
        self.mark = self.root.mark(start)
        self.root.beside(file.path, say)
        names = ("parent", "whole", "next", "base", "maker", "catalogue", "mark")
        query = f"SELECT id, {', '.join(names)} FROM versions ORDER BY id"  # noqa: S608
        self._facts = {row[0]: dict(zip(names, row[1:], strict=True)) for row in file.rows(query)}
        self.parents = {id: facts["parent"] for id, facts in self._facts.items()}
        self.start = next((id for id, facts in self._facts.items() if facts["mark"] == self.mark), None)
        self.snapshots = list(file.rows("SELECT name, version, created FROM snapshots ORDER BY rowid"))
        self._stores: dict[int, Store] = {} if self.start is None else {self.start: start}

    def store(self, id: int) -> Store:
        """A version as a store; the same one each time. Raises StateError."""
        known = self._stores.get(id)
        if known is not None:
            return known
        try:
            facts = self._facts[id]
            parent = facts["parent"]
            store = self._rooted(id, facts) if parent is None else self.store(parent).copy(self._now)
            self._change(store, id, whole=parent is not None and facts["whole"])
        except (KeyError, TypeError, ValueError) as error:
            raise self._file.damaged(f"version {id} is not as it should be: {error!r}") from error
        store.next_number = max(store.next_number, facts["next"])
        self._stores[id] = store
        return store

    def _change(self, store: Store, id: int, *, whole: bool) -> None:
        """Make the changes of a version."""
        query = "SELECT number, scope, doc, extras, checksum FROM records WHERE version = ? ORDER BY number"
        if whole or not len(store):
            store.rows.replace(row for _, row in self._rows(store, query, id) if row is not None)
            return
        for number, row in self._rows(store, query, id):
            if row is None:
                store.rows.remove(number)
            else:
                store.rows.put(row)

    def _rows(self, store: Store, query: str, id: int) -> Iterator[tuple[int, Row | None]]:
        for number, scope, doc, extras, kept in self._file.rows(query, id):
            if checksum(number, scope, doc, extras) != kept:
                raise self._file.damaged(f"the bytes of record {number} have been changed")
            store.next_number = max(store.next_number, number + 1)
            given = orjson.loads(extras) if extras else None
            yield number, doc and store.layout.row(number, tuple(orjson.loads(scope)), orjson.loads(doc), given)

    def _rooted(self, id: int, facts: Mapping[str, Any]) -> Store:
        """What a version builds on that builds on no other."""
        contract, catalogue = self._start.contract, None
        if facts["catalogue"] is not None:
            content = self._file.rows("SELECT content FROM catalogues WHERE digest = ?", facts["catalogue"])
            ((text,),) = content
            catalogue = _read(text)
            if text == _written(self._start.catalogue):
                catalogue = self._start.catalogue
        if facts["base"] is None:
            return Store(contract, catalogue or self._start.catalogue, self._now)
        world = self._world(id, facts)
        store = Store(contract, catalogue or Catalogue(world.scopes, world.tables), self._now)
        if not facts["whole"]:
            store.load(world.records)
            store.rows.share()
        return store

    def _world(self, id: int, facts: Mapping[str, Any]) -> World:
        """The world of the base of a version."""
        from cancelkit.mockserver.base.cache import maker, opened

        path = statefile.base_of(self._file.path, facts["base"])
        if facts["base"] == identity(self.root.base) and self.root.base is not None:
            path = self.root.base
        try:
            return opened(path) if facts["maker"] == maker() else self._rebuilt(id, path)
        except (OSError, WorldError) as error:
            raise StateError(
                f"{path} {error if isinstance(error, WorldError) else f'can not be read: {error.strerror}'}; "
                f"{self._file.path} builds on its records. Restore it from a copy, times and all, or start with the "
                "--seed and --size, or the --data, that the state was kept with, which makes it anew"
            ) from error

    def _rebuilt(self, id: int, path: Path) -> World:
        """The world of a base whose indexes another version of cancelkit has made. Raises OSError, WorldError."""
        from cancelkit.fixtures.worldfile.reading import read_file
        from cancelkit.fixtures.worldfile.source import Given
        from cancelkit.mockserver.base.cache import Cache, folder, maker, named
        from cancelkit.mockserver.state.stored import BaseRecords

        contract, place = self._start.contract, folder()
        world = read_file(path, contract)
        if place is None:
            return world
        self._say(f"{path} was made by another version of cancelkit; its indexes are made anew")
        name = named(contract.fingerprint, kept=identity(path))
        built = Cache(place, self._say).world(
            name, lambda: Given(contract, world), jobs=1, told=lambda done, steps: None
        )
        if built is None or not isinstance(built.records, BaseRecords):
            return world
        base = built.records.file.path
        Root(base, whole=False, catalogue=None, content=None).beside(self._file.path)
        self._file.write(
            ("UPDATE versions SET base = ?, maker = ? WHERE id = ?", (identity(base), maker(), id)), now=True
        )
        return built

    def bases(self) -> set[str]:
        """The identities of the bases that are needed."""
        return {base for (base,) in self._file.rows("SELECT DISTINCT base FROM versions WHERE base NOTNULL")}
