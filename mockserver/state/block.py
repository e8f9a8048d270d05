"""Records that lie side by side and never change, in the order of their numbers; several sessions may share them.

Owns: finding the records of a block by number, by id, by what stands in their columns.
Knows nothing of: which of them a session has changed or deleted (rows.py), what a record means.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from cancelkit.mockserver.state import bits
from cancelkit.mockserver.state.conditions import Condition
from cancelkit.mockserver.state.holding import Holding
from cancelkit.mockserver.state.index import Index
from cancelkit.mockserver.state.layout import DOC, EXTRAS, NUMBER, Layout, Row


class Block:
    """Records in ascending order of their numbers. What a search of a column needs is made at the first one.

    shared: whether every session of a server has it, so that none of them is charged for it. path: of the base that
    its records stay in, if any.
    """

    path: Path | None = None

    def __init__(self, layout: Layout, rows: Sequence[Row]) -> None:
        """rows: ascending by number, each number once."""
        self._layout = layout
        self._columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * layout.width
        self.numbers: Sequence[int] = self._columns[NUMBER]
        self._heads = self._columns[: layout.first]
        self._indexes: dict[int, Index] = {}
        self._ids: dict[Any, list[int]] | None = None
        self._weight = 0
        self.shared = False

    def __len__(self) -> int:
        return len(self.numbers)

    def row(self, position: int) -> Row:
        return tuple([column[position] for column in self._columns])

    def head(self, position: int) -> Row:
        """A row without its searchable values."""
        return tuple([column[position] for column in self._heads])

    def heads(self) -> Iterator[Row]:
        """The heads of all records, in ascending order of their numbers."""
        return zip(*self._heads, strict=True)

    def place(self, number: int) -> int:
        """The position of a record; -1 where the block has none of this number."""
        position = bisect_left(self.numbers, number)
        return position if position < len(self.numbers) and self.numbers[position] == number else -1

    def with_id(self, id: Any) -> Sequence[int]:
        """The positions of the records that have this id, in any scope."""
        if self._layout.numbered:
            position = self.place(id) if isinstance(id, int) else -1
            return () if position < 0 else (position,)
        if self._ids is None:
            self._ids = {}
            for position, known in enumerate(self._columns[self._layout.id_place]):
                self._ids.setdefault(known, []).append(position)
        return self._ids.get(id, ())

    def bits(self, conditions: Sequence[Condition]) -> int:
        """The positions at which all conditions hold."""
        found = bits.span(0, len(self.numbers))
        for condition in conditions:
            if not found:
                break
            if condition.place == NUMBER:
                holds = 0
                for start, stop in condition.spans(self.numbers):
                    holds |= bits.span(start, stop)
            else:
                holds = self.index(condition.place).bits(condition)
            found &= holds
        return found

    def holding(self, holding: Holding, among: int) -> int:
        """The positions among some at which a text stands in the row."""
        return bits.of([at for at in bits.members(among) if holding(self.row(at))], len(self.numbers))

    def index(self, place: int) -> Index:
        """Of the column at a place in a row."""
        known = self._indexes.get(place)
        if known is None:
            known = self._indexes[place] = self._indexed(place)
        return known

    def _indexed(self, place: int) -> Index:
        return Index.of(self._columns[place])

    @property
    def weight(self) -> int:
        """The memory that the records take, in bytes, about."""
        if not self._weight:
            rows = zip(self._columns[DOC], self._columns[EXTRAS], strict=True)
            self._weight = sum(self._layout.weight(doc, extras) for doc, extras in rows)
        return self._weight


@runtime_checkable
class Blocked(Protocol):
    """Records that make up a block already."""

    def block(self, layout: Layout) -> Block: ...
