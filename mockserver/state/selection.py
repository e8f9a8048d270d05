"""What a search of a store has found.

Owns: counting it, and windows of it in the order of the numbers or of a column.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from heapq import merge
from itertools import islice

from cancelkit.mockserver.state import bits
from cancelkit.mockserver.state.conditions import Condition
from cancelkit.mockserver.state.holding import Holding
from cancelkit.mockserver.state.layout import NUMBER, Row
from cancelkit.mockserver.state.part import RANK, Part, holds, rank


class Selection:
    """The rows of a store for which some conditions hold, as they are now."""

    __slots__ = ("_newest", "_parts", "total")

    def __init__(self, parts: Sequence[Part], newest: Iterable[Row], conditions: Sequence[Condition]) -> None:
        self._parts = [(part, found, found.bit_count()) for part in parts if (found := part.bits(conditions))]
        self._newest = [row for row in newest if holds(row, conditions)]
        self.total = sum(count for _, _, count in self._parts) + len(self._newest)

    def rows(self, skip: int = 0, most: int | None = None) -> list[Row]:
        """In ascending order of their numbers: at most `most` of them, after the first `skip`; heads, as all here."""
        taken: list[Row] = []
        for part, found, count in self._parts:
            if skip >= count:
                skip -= count
                continue
            left = None if most is None else most - len(taken)
            if left == 0:
                return taken
            for position in bits.members(found, skip, left):
                row = part.head(position)
                if row is not None:
                    taken.append(row)
            skip = 0
        end = None if most is None else skip + most - len(taken)
        taken += self._newest[skip:end]
        return taken

    def holding(self, holding: Holding) -> Selection:
        """Those of them in which a text stands."""
        kept = copy(self)
        narrowed = [(part, part.holding(holding, found)) for part, found, _ in self._parts]
        kept._parts = [(part, found, found.bit_count()) for part, found in narrowed if found]
        kept._newest = [row for row in self._newest if holding(row)]
        kept.total = sum(count for _, _, count in kept._parts) + len(kept._newest)
        return kept

    def ordered(self, place: int, *, descending: bool, skip: int, most: int | None) -> list[Row]:
        """In the order of a column, null before every value; equal ones in ascending order of their numbers."""
        parts = [part.order(found, place, descending=descending) for part, found, _ in self._parts]
        newest = [(rank(row[place], row[NUMBER], descending=descending), row) for row in self._newest]
        newest.sort(key=RANK, reverse=descending)
        whole = merge(*parts, newest, key=RANK, reverse=descending)
        return [row for _, row in islice(whole, skip, None if most is None else skip + most)]
