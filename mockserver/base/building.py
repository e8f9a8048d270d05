"""Building a base: the world's file (fixtures/worldfile) with an index for each searched place of a row.

Owns: making the parts in processes of their own, putting the columns of all parts together, progress.
Knows nothing of: where bases are kept (cache.py), the form of an index in the file (state/stored.py).
"""

from __future__ import annotations

import pickle
from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from cancelkit.fixtures.options import FixtureError
from cancelkit.fixtures.processes import processes
from cancelkit.fixtures.world import Record, Table
from cancelkit.fixtures.worldfile.source import Source, numbered, pieces
from cancelkit.fixtures.worldfile.writing import Packed, Packer, Writer
from cancelkit.mockserver.base.cache import Told
from cancelkit.mockserver.state.catalogue import Catalogue
from cancelkit.mockserver.state.columns import free_texts, ordered_fields, plain
from cancelkit.mockserver.state.index import Index, in_order
from cancelkit.mockserver.state.layout import SCOPE, Layout
from cancelkit.mockserver.state.making import Maker
from cancelkit.mockserver.state.searched import own_columns
from cancelkit.mockserver.state.stored import SCHEMA, Column, written

Piece = tuple[list[Any], "array[int]"]
"""A column of a part: its different values, and for each record the place of its value among them, from 1."""


class Made(NamedTuple):
    """A part of the world: rows of the file, and for each searched place a pickled Piece."""

    packed: Packed
    columns: list[bytes]


class BaseWriter(Writer):
    """A new base, open for writing."""

    def prepare(self) -> None:
        """Make room for the indexes."""
        self.connection.executescript(f"{SCHEMA}; BEGIN")

    def index(self, column: Column) -> None:
        """Write the index of a place."""
        self.connection.execute("INSERT INTO columns VALUES (?, ?, ?, ?)", column.row)
        self.connection.executemany("INSERT INTO parts VALUES (?, ?, ?)", column.parts)


class Worker:
    """Makes parts, and puts columns together; each process has one."""

    def __init__(self, source: Source) -> None:
        self._source, contract = source, source.contract
        self._rows: dict[str, dict[Any, Any]] = {one.table: {} for one in contract.resource.references.values()}
        shared = {name: source.shared[name].rows if name in source.shared else {} for name in self._rows}
        found = {name: Table(_Rows(rows, shared[name])) for name, rows in self._rows.items()}
        catalogue = Catalogue(source.scopes, found)
        self._layout = Layout(contract, catalogue)
        self._maker = Maker(contract, catalogue, self._layout.id_field)
        self._numbered = self._layout.numbered and bool(self._layout.id_field)
        self._packer = Packer(contract, source.scopes, numbered=self._numbered)
        self._own = free_texts(contract)
        self._ordered = {self._layout.place((name,)) for name in ordered_fields(contract)}

    @property
    def places(self) -> range:
        """The searched places of a row, and behind these one for each of the records' own texts."""
        return range(SCOPE, self._layout.width + len(self._own))

    def part(self, numbers: range, first: int) -> Made:
        """first: the number of the first record, where ids are no numbers."""
        records, rows = self._source.part(numbers)
        for name, kept in self._rows.items():
            kept.clear()
            if name in rows:
                kept.update(rows[name].rows)
        layout, id_field = self._layout, self._layout.id_field
        whole = []
        for number, record in enumerate(records, first):
            number = record.base[id_field] if self._numbered else number
            whole.append(Record(record.scope, self._maker.whole(record.base, number), record.extras))
        bases = [record.base for record in whole]
        values: list[Sequence[Any]] = [*zip(*(record.scope for record in whole), strict=True)]
        if not layout.numbered:
            values.append([plain(base[id_field]) for base in bases])
        values += layout.searched.columns_of(bases, [record.extras for record in whole])
        values += own_columns(self._own, bases)
        columns = [pickle.dumps(_piece(column), 5) for column in values]
        return Made(self._packer.packed(whole, rows, first), columns)

    def column(self, place: int, path: Path, runs: Sequence[tuple[int, int]]) -> Column:
        """The index of a place. path, runs: the file in which the columns of the parts lie, where its pieces are."""
        index = _merged([*_pieces(path, runs)])
        return written(place, index, ordered=place in self._ordered)


def _piece(column: Sequence[Any]) -> Piece:
    codes: dict[Any, int] = {None: 0}
    found = array("H", [codes.setdefault(value, len(codes)) for value in column])
    return list(codes)[1:], found


def _pieces(path: Path, runs: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    with path.open("rb") as file:
        for start, size in runs:
            file.seek(start)
            yield pickle.loads(file.read(size))  # noqa: S301  # our own file of a moment ago


def _merged(found: Sequence[Piece]) -> Index:
    """The index of a column from those of its parts."""
    values, mixed = in_order({value for values, _ in found for value in values})
    places = {value: code for code, value in enumerate(values, 1)}
    codes = array("I")
    for own, given in found:
        known = [0, *map(places.__getitem__, own)]
        codes.extend(map(known.__getitem__, given))
    return Index(len(codes), values, lambda: codes, mixed=mixed)


class _Rows(Mapping[Any, Any]):
    """The rows made with a part, and those that any record may refer to."""

    def __init__(self, own: Mapping[Any, Any], shared: Mapping[Any, Any]) -> None:
        self._own, self._shared = own, shared

    def __getitem__(self, key: Any) -> Any:
        found = self._own.get(key)
        return self._shared[key] if found is None else found

    def __iter__(self) -> Iterator[Any]:
        return chain(self._own, self._shared)

    def __len__(self) -> int:
        return len(self._own) + len(self._shared)


def build(
    path: Path, source: Source, *, jobs: int = 1, told: Told = lambda done, steps: None, changed: int = 0
) -> None:
    """Write a base in constant memory.

    Args:
        jobs: so many processes make it; with 1 it is made here.
        changed: when the file will have been changed last, in nanoseconds; kept in it.
    Raises:
        FixtureError: the world can't be kept in such a file. sqlite3.Error, OSError: the place is full, or can't be
            written to, or a process was killed.
    """
    writer = BaseWriter(path, source.contract, source.scopes, source.seed)
    beside = path.with_name(f"{path.name}.columns")
    try:
        with processes(partial(Worker, source), jobs) as made, beside.open("wb") as file:
            writer.prepare()
            for name, table in source.shared.items():
                for piece in pieces(table):
                    writer.add(Packed([], {name: Packer(source.contract, source.scopes).rows(name, piece)}))
            places, parts = made.worker.places, numbered(source)
            steps = len(parts) + len(places)
            runs: list[list[tuple[int, int]]] = [[] for _ in places]
            for done, part in enumerate(made.each(Worker.part, parts), 1):
                writer.add(part.packed)
                for run, column in zip(runs, part.columns, strict=False):
                    run.append((file.tell(), file.write(column)))
                told(done, steps)
            file.flush()
            found = made.each(Worker.column, ((place, beside, own) for place, own in zip(places, runs, strict=True)))
            for done, index in enumerate(found, len(parts) + 1):
                writer.index(index)
                told(done, steps)
        if not writer.ascending:
            raise FixtureError("its records are not in the order of their ids")
        writer.tell(changed=changed)
        writer.finish()
    finally:
        writer.close()
        beside.unlink(missing_ok=True)
