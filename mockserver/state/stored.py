"""A block whose records stay in the file of a base, with the indexes that were made when it was built.

Owns: reading records by position, and the parts of a column's index when first needed; the form of these in the file.
Knows nothing of: how a base is built and kept (base/).
Source: fixtures/worldfile for the records. Beside them stands, for each searched place of a row: its values in
    ascending order, each record's code, and for each bit of a code the set of records that have it (index.py).
"""

from __future__ import annotations

import json
import sqlite3
import sys
from abc import abstractmethod
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from struct import Struct
from typing import Any, NamedTuple, overload

from cancelkit.fixtures.worldfile.reading import StoredRecords, WorldFile
from cancelkit.mockserver.state import bits
from cancelkit.mockserver.state.block import Block
from cancelkit.mockserver.state.holding import Holding
from cancelkit.mockserver.state.index import Index
from cancelkit.mockserver.state.layout import SCOPE, Layout, Row

SCHEMA = """
CREATE TABLE columns (place INTEGER PRIMARY KEY, kind TEXT, count INTEGER, mixed INTEGER);
CREATE TABLE parts (place INTEGER, name TEXT, content BLOB, PRIMARY KEY (place, name));
"""
_VALUES, _ENDS, _CODES, _SLICE, _ORDER = "values", "ends", "codes", "slice", "order"
_CODE, _END = "I", "Q"
_WIDTH = 8
"""Bytes of a number or an end."""
_NUMBERS = {int: "q", float: "d"}
_IN_MEMORY = 4096
"""More values than these are read from the file one by one."""


class BaseRecords(StoredRecords):
    """The records of a base."""

    def block(self, layout: Layout) -> StoredBlock:
        """The block that they make up."""
        return StoredBlock(layout, self)


class Column(NamedTuple):
    """An index as rows of the file: one of `columns`, and some of `parts`."""

    row: tuple[Any, ...]
    parts: list[tuple[Any, ...]]


def written(place: int, index: Index, *, ordered: bool) -> Column:
    """The index of a place in a row. ordered: whether lists are ordered by it."""
    kind, values, ends = _packed(index.values)
    parts = {_VALUES: values, _CODES: _raw(array(_CODE, index.codes))}
    if ends is not None:
        parts[_ENDS] = _raw(ends)
    size = index.size + 7 >> 3
    parts |= {f"{_SLICE} {bit}": one.to_bytes(size, "little") for bit, one in enumerate(index.slices)}
    if ordered:
        parts |= {_order(down): _raw(array(_CODE, index.order(descending=down))) for down in (False, True)}
    found = [(place, name, content) for name, content in parts.items()]
    return Column((place, kind, len(index.values), index.mixed), found)


def _packed(values: Sequence[Any]) -> tuple[str, bytes, array[int] | None]:
    """What kind values are of, themselves as bytes, and of texts where each ends."""
    kinds = {value.__class__ for value in values}
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind is str:
        texts = [value.encode() for value in values]
        ends, end = array(_END), 0
        for text in texts:
            end += len(text)
            ends.append(end)
        return "text", b"".join(texts), ends
    if kind in _NUMBERS:
        with suppress(OverflowError):
            return _NUMBERS[kind], _raw(array(_NUMBERS[kind], values)), None
    return "json", json.dumps(list(values)).encode(), None


def _raw(numbers: array[Any]) -> bytes:
    """Little-endian."""
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


def _order(descending: bool) -> str:
    return f"{_ORDER} {'down' if descending else 'up'}"


class StoredBlock(Block):
    """All records of a base."""

    def __init__(self, layout: Layout, records: StoredRecords) -> None:
        self._layout, self._file = layout, records.file
        self.numbers = records.numbers
        self.path = records.file.path
        self.shared = True
        self._indexes: dict[int, Index] = {}
        columns = "number, doc, extras, scope" + ("" if layout.numbered else ", id")
        self._one = f"SELECT {columns} FROM records WHERE number = ?"  # noqa: S608
        self._all = f"SELECT {columns} FROM records ORDER BY number"  # noqa: S608

    def row(self, position: int) -> Row:
        places = range(self._layout.first, self._layout.width)
        return (*self.head(position), *(self.index(place)[position] for place in places))

    def head(self, position: int) -> Row:
        found = self._file.connection.execute(self._one, (self.numbers[position],)).fetchone()
        if found is None:
            raise sqlite3.DatabaseError(f"{self._file.path} is damaged: record {self.numbers[position]} is not there")
        return self._head(found)

    def heads(self) -> Iterator[Row]:
        return map(self._head, self._file.connection.execute(self._all))

    def with_id(self, id: Any) -> Sequence[int]:
        if self._layout.numbered:
            return super().with_id(id)
        query = "SELECT number FROM records WHERE id = ? ORDER BY number"
        with suppress(OverflowError, UnicodeEncodeError, sqlite3.ProgrammingError):
            return [self.place(number) for (number,) in self._file.connection.execute(query, (id,))]
        return ()

    def holding(self, holding: Holding, among: int) -> int:
        """By the different values of each column. Behind the places of a row stand those of the records' own texts."""
        found = bits.of([at for id in holding.ids for at in self.with_id(id)], len(self.numbers))
        query = "SELECT place FROM columns WHERE place >= ?"
        own = self._file.connection.execute(query, (self._layout.width,)).fetchall()
        for place in (*holding.places, *(place for (place,) in own)):
            found |= self._stored(place).containing(holding.folded)
        return found & among

    def _head(self, found: tuple[Any, ...]) -> Row:
        return (*found[:SCOPE], *self._file.scopes[found[SCOPE]], *found[SCOPE + 1 :])

    def _indexed(self, place: int) -> Index:
        return self._stored(place)

    def _stored(self, place: int) -> StoredIndex:
        return StoredIndex(self._file, place, len(self.numbers))

    @property
    def weight(self) -> int:
        """None: the pages of a mapped file belong to everybody."""
        return 0


class StoredIndex(Index):
    """An index that stands in the file."""

    def __init__(self, file: WorldFile, place: int, size: int) -> None:
        self._parts = _Parts(file, place)
        query = "SELECT kind, count, mixed FROM columns WHERE place = ?"
        kind, count, mixed = file.connection.execute(query, (place,)).fetchone()
        super().__init__(
            size, _values(self._parts, kind, count), lambda: self._parts.numbers(_CODES), mixed=bool(mixed)
        )

    @cached_property
    def slices(self) -> Sequence[int]:
        width = len(self.values).bit_length()
        return [int.from_bytes(self._parts.content(f"{_SLICE} {bit}"), "little") for bit in range(width)]

    def _sorted(self, descending: bool) -> Sequence[int]:
        """From the file where lists are ordered by this column."""
        name = _order(descending)
        return self._parts.numbers(name) if self._parts.has(name) else super()._sorted(descending)

    def containing(self, text: str) -> int:
        """The records in whose value a text stands."""
        held = self.values.holding(text) if isinstance(self.values, _Texts) else _holding(self.values, text)
        if not held:
            return 0
        codes = bytearray(len(self.values) + 1)
        for place in held:
            codes[place + 1] = 1
        return bits.planes(bytes(map(codes.__getitem__, self._read_codes())), 1)[0]


def _holding(values: Sequence[Any], text: str) -> list[int]:
    return [place for place, value in enumerate(values) if isinstance(value, str) and text in value]


class _Parts:
    """What stands in the file for one index."""

    def __init__(self, file: WorldFile, place: int) -> None:
        query = "SELECT name, rowid FROM parts WHERE place = ?"
        self._connection, self._rows = file.connection, dict(file.connection.execute(query, (place,)))

    def has(self, name: str) -> bool:
        return name in self._rows

    def open(self, name: str) -> sqlite3.Blob:
        """To be read piece by piece."""
        return self._connection.blobopen("parts", "content", self._rows[name], readonly=True)

    def content(self, name: str) -> bytes:
        with self.open(name) as blob:
            return blob.read()

    def numbers(self, name: str) -> Sequence[int]:
        found = array(_CODE, self.content(name))
        if sys.byteorder == "big":
            found.byteswap()
        return found


def _values(parts: _Parts, kind: str, count: int) -> Sequence[Any]:
    if kind == "json":
        found: list[Any] = json.loads(parts.content(_VALUES))
        return found
    values = _Texts(parts, count) if kind == "text" else _Numbers(parts.open(_VALUES), kind, count)
    return values if count > _IN_MEMORY else list(values)


class _Stored(Sequence[Any]):
    """Values that stay in the file until one is asked for."""

    @abstractmethod
    def _one(self, at: int) -> Any:
        """The value at a place from 0 on."""

    @overload
    def __getitem__(self, at: int) -> Any: ...
    @overload
    def __getitem__(self, at: slice) -> list[Any]: ...
    def __getitem__(self, at: int | slice) -> Any:
        found = range(len(self))[at]
        return self._one(found) if isinstance(found, int) else list(map(self._one, found))


class _Numbers(_Stored):
    """Numbers of one kind."""

    def __init__(self, blob: sqlite3.Blob, kind: str, count: int) -> None:
        self._blob, self._kind, self._count, self._read = blob, kind, count, Struct(f"<{kind}").unpack

    def __len__(self) -> int:
        return self._count

    def _one(self, at: int) -> Any:
        return self._read(_between(self._blob, at * _WIDTH, (at + 1) * _WIDTH))[0]

    def all(self) -> Sequence[Any]:
        """In memory."""
        self._blob.seek(0)
        found = array(self._kind, self._blob.read())
        if sys.byteorder == "big":
            found.byteswap()
        return found


class _Texts(_Stored):
    """Texts, of which only the ends are numbers."""

    def __init__(self, parts: _Parts, count: int) -> None:
        self._blob, self._ends = parts.open(_VALUES), _Numbers(parts.open(_ENDS), _END, count)

    def __len__(self) -> int:
        return len(self._ends)

    def _one(self, at: int) -> str:
        return _between(self._blob, self._ends[at - 1] if at else 0, self._ends[at]).decode()

    def holding(self, text: str) -> list[int]:
        """The places of the texts in which another one stands."""
        self._blob.seek(0)
        whole, wanted, ends, found, start = self._blob.read(), text.encode(), self._ends.all(), list[int](), 0
        while (start := whole.find(wanted, start)) >= 0:
            place = bisect_right(ends, start)
            if place == len(ends):
                break
            inside = start + len(wanted) <= ends[place]
            found += [place] if inside else []
            start = ends[place] if inside else start + 1
        return found


def _between(blob: sqlite3.Blob, start: int, stop: int) -> bytes:
    blob.seek(start)
    return blob.read(stop - start)
