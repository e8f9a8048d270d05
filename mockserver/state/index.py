"""One column of many records, searched without looking at each of them.

Owns: the index of a column: each record's value as its place among the different values in ascending order, and for
    each bit of that place the set of records that have it, from which any comparison is a few operations on sets.
Source: bit-sliced indexes (O'Neil and Quass, 1997).
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import repeat
from typing import Any

from cancelkit.mockserver.state import bits
from cancelkit.mockserver.state.conditions import Condition, Spans

_KEPT = 32
"""With so few different values, the records that have one are kept once they were asked for."""


class Index:
    """The values of one column, by position. Never changed.

    size: how many records there are. values: ascending, each once. mixed: numbers stand before texts, with which they
    can't be compared. codes: for each record the place of its value in `values`, from 1; 0 for null.
    """

    def __init__(
        self, size: int, values: Sequence[Any], codes: Callable[[], Sequence[int]], *, mixed: bool = False
    ) -> None:
        """codes: called when they are first needed."""
        self.size, self.values, self.mixed = size, values, mixed
        self._read_codes = codes
        self._equal: dict[int, int] = {}
        self._orders: dict[bool, Sequence[int]] = {}

    @classmethod
    def of(cls, column: Sequence[Any]) -> Index:
        """Of values as they stand in the records."""
        present = set(column)
        present.discard(None)
        values, mixed = in_order(present)
        codes = {value: code for code, value in enumerate(values, 1)}
        found = array("I", map(codes.get, column, repeat(0)))
        return cls(len(column), values, lambda: found, mixed=mixed)

    def __getitem__(self, position: int) -> Any:
        code = self.codes[position]
        return self.values[code - 1] if code else None

    def bits(self, condition: Condition) -> int:
        """The records for which it holds."""
        spans = self._spans(condition)
        if len(spans) == 1:
            return self._span(*spans[0])
        found = 0
        for span in spans:
            found |= self._span(*span)
        return found

    def order(self, *, descending: bool) -> Sequence[int]:
        """All positions by their values, null before every value; equal ones in ascending order of position."""
        if descending not in self._orders:
            self._orders[descending] = self._sorted(descending)
        return self._orders[descending]

    def _sorted(self, descending: bool) -> Sequence[int]:
        return array("I", sorted(range(self.size), key=self.codes.__getitem__, reverse=descending))

    def _spans(self, condition: Condition) -> Spans:
        if self.mixed:
            return [(place, place + 1) for place, value in enumerate(self.values) if condition.holds(value)]
        try:
            return condition.spans(self.values)
        except TypeError:
            return []

    def _span(self, start: int, stop: int) -> int:
        if stop - start == 1:
            return self._has(stop)
        found = self._up_to(stop)
        return found ^ (found & self._up_to(start))

    def _has(self, code: int) -> int:
        """The records whose value has this code."""
        known = self._equal.get(code)
        if known is not None:
            return known
        slices = self.slices
        found = bits.span(0, self.size)
        for place, one in enumerate(slices):
            common = found & one
            found = common if code >> place & 1 else found ^ common
        if len(self.values) <= _KEPT:
            self._equal[code] = found
        return found

    def _up_to(self, code: int) -> int:
        """The records whose value has this code or a lower one, those without a value among them."""
        lower, same = 0, bits.span(0, self.size)
        for place in reversed(range(len(self.slices))):
            common = same & self.slices[place]
            if code >> place & 1:
                lower |= same ^ common
                same = common
            else:
                same ^= common
        return lower | same

    @cached_property
    def codes(self) -> Sequence[int]:
        return self._read_codes()

    @cached_property
    def slices(self) -> Sequence[int]:
        """For each bit of a code, the lowest first: the records whose code has it."""
        codes = array("I", self.codes)
        if sys.byteorder == "big":
            codes.byteswap()
        raw, width = codes.tobytes(), len(self.values).bit_length()
        return [
            one
            for byte in range(width + 7 >> 3)
            for one in bits.planes(raw[byte :: codes.itemsize], min(8, width - 8 * byte))
        ]


def in_order(values: Iterable[Any]) -> tuple[list[Any], bool]:
    """Values ascending, and whether they are numbers before texts."""
    found = list(values)
    try:
        return sorted(found), False
    except TypeError:
        return sorted(found, key=lambda value: (isinstance(value, str), value)), True
