"""A block of records and what one store has changed of it.

Owns: which rows stand at the positions of a block for one store, and how rows are compared for an order.
Knows nothing of: other blocks (rows.py), what a record means.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import merge
from operator import itemgetter
from typing import Any

from cancelkit.mockserver.state import bits
from cancelkit.mockserver.state.block import Block
from cancelkit.mockserver.state.conditions import Condition
from cancelkit.mockserver.state.holding import Holding
from cancelkit.mockserver.state.layout import DOC, NUMBER, SCOPE, Row

RANK = itemgetter(0)
"""What a pair of a rank and its row is sorted by."""


class Part:
    """A block and what one store has changed of it."""

    __slots__ = ("block", "changed", "gone")

    def __init__(self, block: Block, changed: dict[int, Row | None] | None = None, gone: int = 0) -> None:
        """
        Args:
            changed: the rows that stand in place of the block's, by position; None for a deleted one.
            gone: the same positions as a set.
        """
        self.block, self.changed, self.gone = block, changed or {}, gone

    def copy(self) -> Part:
        return Part(self.block, dict(self.changed), self.gone) if self.changed else Part(self.block)

    def set(self, position: int, row: Row | None) -> None:
        """Put a row in place of the one that stands there; None deletes it."""
        if position not in self.changed:
            self.gone |= 1 << position
        self.changed[position] = row

    def row(self, position: int) -> Row | None:
        """The row at a position; None where it was deleted."""
        return self.changed[position] if position in self.changed else self.block.row(position)

    def head(self, position: int) -> Row | None:
        """The same, which may lack the searchable values."""
        return self.changed[position] if position in self.changed else self.block.head(position)

    def documents(self, positions: Sequence[int]) -> list[tuple[bytes, bytes | None]]:
        """As `Block.documents`, without those that were deleted."""
        if not self.changed:
            return self.block.documents(positions)
        rows = [self.head(position) for position in positions]
        return [row[DOC:SCOPE] for row in rows if row is not None]

    def rows(self) -> Iterator[Row]:
        """All of them in ascending order."""
        for position in range(len(self.block)):
            if (row := self.row(position)) is not None:
                yield row

    def heads(self) -> Iterator[Row]:
        """The same, which may lack the searchable values."""
        for position, head in enumerate(self.block.heads()):
            row = self.changed.get(position, head)
            if row is not None:
                yield row

    def bits(self, conditions: Sequence[Condition]) -> int:
        """The positions at which all conditions hold."""
        found = self.block.bits(conditions)
        if self.changed:
            found ^= found & self.gone
            fitting = [at for at, row in self.changed.items() if row is not None and holds(row, conditions)]
            if fitting:
                found |= bits.of(fitting, len(self.block))
        return found

    def holding(self, holding: Holding, among: int) -> int:
        """The positions among some at which a text stands in the row."""
        changed = [at for at, row in self.changed.items() if row is not None and among >> at & 1 and holding(row)]
        return self.block.holding(holding, among ^ (among & self.gone)) | bits.of(changed, len(self.block))

    def order(self, found: int, place: int, *, descending: bool) -> Iterator[tuple[Any, Row]]:
        """The rows at some positions in the order of a column, each with what orders it."""
        index = self.block.index(place)
        there = [row for position in bits.members(found & self.gone) if (row := self.changed[position]) is not None]
        changed = [(rank(row[place], row[NUMBER], descending=descending), row) for row in there]
        changed.sort(key=RANK, reverse=descending)
        left = found ^ (found & self.gone)
        raw = left.to_bytes((len(self.block) + 7) // 8, "little")
        unchanged = (
            (rank(index[position], self.block.numbers[position], descending=descending), self.block.head(position))
            for position in index.order(descending=descending)
            if raw[position >> 3] >> (position & 7) & 1
        )
        return merge(changed, unchanged, key=RANK, reverse=descending)


def holds(row: Row, conditions: Sequence[Condition]) -> bool:
    return all(condition.holds(row[condition.place]) for condition in conditions)


def rank(value: Any, number: int, *, descending: bool) -> tuple[Any, int]:
    """What a row is sorted by, backwards where `descending`: null before numbers, these before texts; then the number,
    which ascends in either direction."""
    kind = (0, 0) if value is None else (2, value) if isinstance(value, str) else (1, value)
    return kind, -number if descending else number
