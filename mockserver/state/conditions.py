"""What a value in a column must be for its record to be selected.

Owns: the three kinds of condition, judged value by value, or at once over values in ascending order.
Knows nothing of: filters and their parameters (columns.py), where the values stand (index.py).
A value that is null, or cannot be compared with what is asked for, is never selected.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Spans = list[tuple[int, int]]
"""Runs of places in a sequence: first, and the one after the last."""


@dataclass(frozen=True, slots=True)
class Equal:
    """place: of the column in a row."""

    place: int
    value: Any

    def holds(self, value: Any) -> bool:
        return bool(value == self.value)

    def spans(self, values: Sequence[Any]) -> Spans:
        """Where in `values`, ascending and each once, it holds. Raises TypeError where they can't be compared."""
        place = bisect_left(values, self.value)
        return [(place, place + 1)] if place < len(values) and values[place] == self.value else []


@dataclass(frozen=True, slots=True)
class Among:
    """values: any of them will do."""

    place: int
    values: frozenset[Any]

    def holds(self, value: Any) -> bool:
        return value in self.values

    def spans(self, values: Sequence[Any]) -> Spans:
        found: Spans = []
        for wanted in self.values:
            try:
                found += Equal(self.place, wanted).spans(values)
            except TypeError:
                continue
        return found


@dataclass(frozen=True, slots=True)
class Between:
    """From `low` to `high`; None where there is no bound. open: whether the bound itself is left out."""

    place: int
    low: Any = None
    low_open: bool = False
    high: Any = None
    high_open: bool = False

    def holds(self, value: Any) -> bool:
        if value is None:
            return False
        try:
            return not (
                (self.low is not None and (value < self.low or (self.low_open and value == self.low)))
                or (self.high is not None and (value > self.high or (self.high_open and value == self.high)))
            )
        except TypeError:
            return False

    def spans(self, values: Sequence[Any]) -> Spans:
        start, stop = 0, len(values)
        if self.low is not None:
            start = (bisect_right if self.low_open else bisect_left)(values, self.low)
        if self.high is not None:
            stop = (bisect_left if self.high_open else bisect_right)(values, self.high)
        return [(start, stop)] if start < stop else []


@dataclass(frozen=True, slots=True)
class Beginning:
    """Texts that begin with one."""

    place: int
    text: str

    def holds(self, value: Any) -> bool:
        return isinstance(value, str) and value.startswith(self.text)

    def spans(self, values: Sequence[Any]) -> Spans:
        start = end = bisect_left(values, self.text)
        while end < len(values) and self.holds(values[end]):
            end += 1
        return [(start, end)] if start < end else []


@dataclass(frozen=True, slots=True)
class Containing:
    """Texts in which one stands."""

    place: int
    text: str

    def holds(self, value: Any) -> bool:
        return isinstance(value, str) and self.text in value

    def spans(self, values: Sequence[Any]) -> Spans:
        return [(place, place + 1) for place, value in enumerate(values) if self.holds(value)]


Condition = Equal | Among | Between | Beginning | Containing
