"""Numbers within bounds, on the grid that multipleOf sets.

Owns: which numbers a flat schema admits, ordinary ones and those at an edge.
Source: OpenAPI 3.0.3: minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf; formats int32, int64.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor
from random import Random

from spec.values.chance import below
from spec.values.checking import RANGES
from spec.values.flattening import combined
from spec.values.model import GREATEST, LEAST, Edge, Json, NoValue, Schema

_SPAN = 10_000
"""How many numbers an ordinary one is chosen from, where the bounds leave more."""
_LARGEST = 10**15
_FINE = (Fraction(1, 100), Fraction(1, 10**4), Fraction(1, 10**8), Fraction(1, 10**12))
_POWERS = sorted({s * v for s in (1, -1) for v in (*(10**n for n in range(19)), *(2**n for n in (7, 8, 15, 16, 31, 32, 53, 63)))})
_FRACTIONS = (Fraction(1, 100), Fraction(1, 10), Fraction(1, 2), Fraction(999, 1000), Fraction(201, 200), Fraction(1, 10**6))


class Numbers:
    """The numbers of a flat schema of type integer or number."""

    def __init__(self, flat: Schema, place: str) -> None:
        self._whole = flat.get("type") == "integer"
        low, high = _limit(flat, "minimum"), _limit(flat, "maximum")
        step = Fraction(str(flat["multipleOf"])) if "multipleOf" in flat else None
        if self._whole:
            step = Fraction(1) if step is None else Fraction(step.numerator)
        fine = _FINE if step is None else (step,)
        limits = (LEAST, GREATEST) if self._whole else (-_LARGEST, _LARGEST)
        for name in [flat.get("format"), *combined(flat, "format")]:
            least, greatest = RANGES.get(str(name), limits)
            limits = max(least, limits[0]), min(greatest, limits[1])
        lowest = Fraction(limits[0]) if self._whole or low is None else low - 1
        highest = Fraction(limits[1]) if self._whole or high is None else high + 1
        if not self._whole:  # a bound may lie beyond the usual limits
            lowest, highest = min(lowest, (high or 0) - _LARGEST), max(highest, (low or 0) + _LARGEST)
        low, high = max(lowest, lowest if low is None else low), min(highest, highest if high is None else high)
        strict = _strict(flat, "Minimum", low), _strict(flat, "Maximum", high)
        for self._step in fine:
            self._first = _after(low / self._step, strict[0])
            self._last = _before(high / self._step, strict[1])
            if self._last - self._first >= (0 if step else 20):
                break
        if self._last < self._first:
            raise NoValue(place, f"no {flat.get('type', 'number')} lies within the bounds {_told(flat)}")
        self._fine = step is None
        self._base = self._ordinary()
        self._count = min(_SPAN * (100 if self._fine else 1), self._last - self._base + 1)

    def typical(self) -> Json:
        """Return one ordinary number: 1 or the nearest to it."""
        return self._number(min(max(self._first, round(1 / self._step) or 1), self._last))

    def draw(self, random: Random) -> Json:
        """Return an ordinary number."""
        return self._number(self._base + below(random, self._count))

    def edges(self) -> Iterator[Edge]:
        """Yield bounds, their neighbours, zero, powers of ten and of two with their neighbours."""
        yield Edge(self._number(self._first), "least")
        yield Edge(self._number(self._last), "greatest")
        yield Edge(self._number(min(self._first + 1, self._last)), "next to the least")
        yield Edge(self._number(max(self._last - 1, self._first)), "next to the greatest")
        yield from self._on_grid(Fraction(0), "zero")
        for power in _POWERS:
            for near in (power - 1, power, power + 1):
                yield from self._on_grid(Fraction(near), f"near {power}" if near != power else str(power))
        if not self._whole:
            for part in _FRACTIONS:
                for value in (part, -part):
                    yield from self._on_grid(value, "fraction")

    def every(self) -> Iterator[Json]:
        """Yield all numbers, from the ordinary ones up, then down."""
        for index in range(self._base, self._last + 1):
            yield self._number(index)
        for index in range(self._base - 1, self._first - 1, -1):
            yield self._number(index)

    def _on_grid(self, value: Fraction, label: str) -> Iterator[Edge]:
        index = value / self._step
        inside = self._first <= index <= self._last
        if inside and index.denominator == 1:
            yield Edge(self._number(int(index)), label)
        elif inside and self._fine:
            yield Edge(float(value), label)

    def _number(self, index: int) -> Json:
        if self._whole:
            return index * self._step.numerator
        return index * self._step.numerator / self._step.denominator

    def _ordinary(self) -> int:
        """Return where the ordinary numbers start: at 1 or the least, or so that they end with the greatest."""
        span = _SPAN * (100 if self._fine else 1)
        if self._first >= 0 or self._last <= 0:
            start = self._first if self._first > 0 or self._last <= 0 else min(1, self._last)
            return max(self._first, self._last - span + 1) if self._last <= 0 else start
        return min(1, self._last) if self._last > 20 else self._first


def _limit(flat: Schema, name: str) -> Fraction | None:
    return Fraction(str(flat[name])) if name in flat else None


def _strict(flat: Schema, name: str, bound: Fraction) -> bool:
    lower = name.lower()
    return bool(flat.get(f"exclusive{name}")) and lower in flat and Fraction(str(flat[lower])) == bound


def _after(index: Fraction, strict: bool) -> int:
    return floor(index) + 1 if strict else ceil(index)


def _before(index: Fraction, strict: bool) -> int:
    return ceil(index) - 1 if strict else floor(index)


def _told(flat: Schema) -> str:
    names = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf", "format")
    return ", ".join(f"{name} {flat[name]}" for name in names if name in flat)
