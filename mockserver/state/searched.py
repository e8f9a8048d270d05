"""The searchable values of a record, ready to be written into their columns.

Owns: which columns there are and in which order, and what stands in them for a record.
Knows nothing of: when a record is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from cancelkit.mockserver.state.catalogue import Catalogue
from cancelkit.mockserver.state.columns import Column
from cancelkit.spec import Reference

Record = Mapping[str, Any]
_KEPT = 1024
"""So many rows that records refer to are kept as they were read, for each reference."""


class Searched:
    """The columns of a record and what stands in them.

    What a record refers to never changes, so the columns that look behind a reference are kept for the latest keys.
    """

    def __init__(self, found: Sequence[Column], references: Sequence[Reference], catalogue: Catalogue) -> None:
        opened = {r.opened_detailed: r for r in references if r.opened_detailed}
        self._catalogue = catalogue
        self._own = [column for column in found if len(column.path) == 1 or column.path[0] not in opened]
        behind = {name: [c for c in found if c.path[0] == name and len(c.path) > 1] for name in opened}
        self._behind = [(opened[name], columns) for name, columns in behind.items() if columns]
        self._readers = [
            (reference, lru_cache(_KEPT)(partial(self._read, reference, columns)))
            for reference, columns in self._behind
        ]
        self.columns = (*self._own, *(column for _, columns in self._behind for column in columns))

    def values(self, base: Record, extras: Record | None) -> list[Any]:
        """In the order of `columns`."""
        whole = {**base, **extras} if extras else base
        values = [column.of(whole) for column in self._own]
        for reference, read in self._readers:
            values += read(key_of(reference, base))
        return values

    def _read(self, reference: Reference, columns: Sequence[Column], key: Any) -> tuple[Any, ...]:
        """What stands in columns that look behind a reference."""
        opened = {reference.opened_detailed or "": self._catalogue.opened(reference.table, key)}
        return tuple(column.of(opened) for column in columns)

    def columns_of(self, bases: Sequence[Record], extras: Sequence[Record]) -> list[list[Any]]:
        """The values of many records, column by column: as `values` gives them, in a fraction of the time."""
        wholes = [{**base, **more} if more else base for base, more in zip(bases, extras, strict=True)]
        found = own_columns(self._own, wholes)
        for reference, columns in self._behind:
            rows = [self._catalogue.opened(reference.table, key_of(reference, base)) for base in bases]
            opened: dict[tuple[str, ...], Sequence[Any]] = {(reference.opened_detailed or "",): rows}
            found += [_column(column, opened) for column in columns]
        return found


def own_columns(columns: Sequence[Column], records: Sequence[Record]) -> list[list[Any]]:
    """The values of some columns, for many records."""
    nodes: dict[tuple[str, ...], Sequence[Any]] = {(): records}
    return [_column(column, nodes) for column in columns]


def _column(column: Column, nodes: dict[tuple[str, ...], Sequence[Any]]) -> list[Any]:
    """The values of a column. nodes: what stands at each path, for every record; what is read here is added."""
    for end in range(1, len(column.path) + 1):
        path = column.path[:end]
        if path not in nodes and path[:-1] in nodes:
            key = path[-1]
            nodes[path] = [row.get(key) if isinstance(row, dict) else None for row in nodes[path[:-1]]]
    values = nodes[column.path]
    texts = {value: column.store(value) for value in {value for value in values if value.__class__ is str}}
    return [
        None if value is None else texts[value] if value.__class__ is str else column.store(value) for value in values
    ]


def key_of(reference: Reference, base: Record) -> Any:
    """The key of the row that a record refers to; None where it refers to none."""
    if reference.opened is None:
        return base.get(reference.field)
    row = base.get(reference.opened)
    return row.get(reference.key) if isinstance(row, Mapping) else None
