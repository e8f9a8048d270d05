"""Covering arrays: few combinations in which each pair, or each triple, of values of different factors stands once.

Owns: `covering`. allpairspy, the usual library, stops short of the triples, and of the pairs where some are forbidden.
Knows nothing of: what the values mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, product
from typing import Any

Row = tuple[Any, ...]
Numbers = list[int | None]


def _anything(row: Row) -> bool:
    return True


def covering(
    factors: Sequence[Sequence[Any]], strength: int = 2, allowed: Callable[[Row], bool] = _anything
) -> list[Row]:
    """Rows with one value of each factor, the same each time.

    Args:
        strength: so many factors at a time have each combination of their values in some row (1: each value is in one).
        allowed: rows for which it is false are not made, nor what only they could hold. It is asked of rows that are
            not yet whole, too, which hold None where they are open.
    """
    strength = min(strength, len(factors))
    left = dict.fromkeys(_parts(factors, strength)) if factors else {}
    rows: list[Row] = []

    def fits(row: Numbers) -> bool:
        return allowed(tuple(None if n is None else factors[p][n] for p, n in enumerate(row)))

    def filled(row: Numbers) -> Numbers | None:
        """The row with its open places filled, each with what covers most; None where nothing fits."""
        place = next((p for p in by_size if row[p] is None), None)
        if place is None:
            return row
        for number in _best(row, place, len(factors[place]), left, strength):
            tried = [*row[:place], number, *row[place + 1 :]]
            if fits(tried) and (whole := filled(tried)):
                return whole
        return None

    by_size = sorted(range(len(factors)), key=lambda p: -len(factors[p]))
    while left:
        seed = next(iter(left))
        wanted = dict(seed)
        begun: Numbers = [wanted.get(place) for place in range(len(factors))]
        del left[seed]
        if fits(begun) and (row := filled(begun)):
            rows.append(tuple(factors[p][n or 0] for p, n in enumerate(row)))
            for part in combinations(enumerate(row), strength):
                left.pop(part, None)
    return rows


def _parts(factors: Sequence[Sequence[Any]], strength: int) -> Iterator[Row]:
    for places in combinations(range(len(factors)), strength):
        for numbers in product(*(range(len(factors[place])) for place in places)):
            yield tuple(zip(places, numbers, strict=True))


def _best(row: Numbers, place: int, size: int, left: dict[Row, None], strength: int) -> list[int]:
    """The values for a place, first those with which the row would hold most parts that are left."""
    known = [(p, n) for p, n in enumerate(row) if n is not None]
    rests = [
        (tuple(one for one in rest if one[0] < place), tuple(one for one in rest if one[0] > place))
        for rest in combinations(known, strength - 1)
    ]

    def lost(number: int) -> int:
        return -sum((*before, (place, number), *after) in left for before, after in rests)

    return sorted(range(size), key=lost)
