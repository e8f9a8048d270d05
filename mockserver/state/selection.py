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
from cancelkit.mockserver.state.layout import DOC, NUMBER, SCOPE, Row
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
        taken, newest = self._window(skip, most)
        heads = [part.head(position) for part, positions in taken for position in positions]
        return [*(row for row in heads if row is not None), *newest]

    def documents(self, skip: int = 0, most: int | None = None) -> list[tuple[bytes, bytes | None]]:
        """The same rows: of each the document, and that of the fields that only detailed answers have."""
        taken, newest = self._window(skip, most)
        found = [pair for part, positions in taken for pair in part.documents(positions)]
        found += [row[DOC:SCOPE] for row in newest]
        return found

    def _window(self, skip: int, most: int | None) -> tuple[list[tuple[Part, Sequence[int]]], list[Row]]:
        """The positions of each part, and the newest rows, that `rows` are."""
        taken: list[tuple[Part, Sequence[int]]] = []
        for part, found, count in self._parts:
            if skip >= count:
                skip -= count
                continue
            if most == 0:
                return taken, []
            positions = bits.members(found, skip, most)
            taken.append((part, positions))
            skip, most = 0, None if most is None else most - len(positions)
        return taken, self._newest[skip : None if most is None else skip + most]

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
