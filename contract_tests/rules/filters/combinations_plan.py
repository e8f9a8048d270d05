"""Queries that combine two filters, kinds of values, a limit and a page, so that each pair of these is tried.

Owns: the levels of each factor, the array of a list, the values of filters by kind, and which records each must find.
Source: x-filter and x-paging of each list parameter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from random import Random
from typing import Any, Final, NamedTuple

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.covering import Row, covering
from cancelkit.contract_tests.observing import evidence
from cancelkit.contract_tests.observing.filters_plan import LONGEST, Subject, matching_value
from cancelkit.contract_tests.observing.filters_probes import probes
from cancelkit.contract_tests.observing.filters_values import Named, decided, kind
from cancelkit.contract_tests.observing.listing import Listing
from cancelkit.contract_tests.oracles.matching import matches
from cancelkit.spec import Filter

NO: Final = "-"
MATCH, MANY, NOTHING, LETTERS, BOUNDARY = "match", "many", "nothing", "beyond ASCII", "boundary"
VALUES: Final = (MATCH, MANY, NOTHING, LETTERS, BOUNDARY)
LIMITS: Final = ("no limit", "limit 1", "limit divides", "one more than limit", "limit is all", "limit 51", "limit 101")
PAGES: Final = ("no page", "page 1", "page 2", "page 3", "last page", "beyond last")
SHORT, LATER = LIMITS[1:4], PAGES[2:4]
"""What a filter finds is few: with these limits it has these pages."""


class Combined(NamedTuple):
    """One row of the array: two filters (or NO), what kind of value each has, how long pages are, which is asked."""

    one: str
    other: str
    its: str
    others: str
    limit: str
    page: str


UNPLANNED: Final = Combined(*[NO] * 6)
"""Of queries that no array has."""


@dataclass(frozen=True, slots=True)
class Value:
    """A query value, the kinds it is of, and the ids of the known records that it must find."""

    text: str
    kinds: frozenset[str]
    finds: frozenset[Any]


def filters(listing: Listing) -> dict[str, Named]:
    """The filters that can be combined, by name."""
    return {named[0]: named for named in listing.judged if named[0] != listing.ids and decided(named[2])}


def array(listing: Listing, strength: int) -> tuple[Combined, ...]:
    """The rows to try on a list."""
    limits = LIMITS if listing.limit else LIMITS[:1]
    pages = PAGES if listing.pages else PAGES[:1]
    return _array(tuple(filters(listing)), limits, pages, strength)


@lru_cache(maxsize=32)
def _array(names: Row, limits: Row, pages: Row, strength: int) -> tuple[Combined, ...]:
    place = {name: number for number, name in enumerate((NO, *names))}

    def precedes(one: str, other: str) -> bool:
        """Each two stand in one order only; each name stands first beside as many as it stands second."""
        ahead = (place[other] - place[one]) % len(place)
        return 0 < 2 * ahead < len(place) or (2 * ahead == len(place) and place[one] < place[other])

    def sensible(row: Row) -> bool:
        one, other, _, _, limit, page = row
        paged = not (page in LATER and limit not in (None, *SHORT)) or {one, other} <= {None, NO}
        paged = paged and not ((page in LATER and limit == "limit is all") or (limit, page) == ("limit 101", "page 3"))
        return paged and (None in (one, other) or precedes(one, other) or one == other == NO)

    factors = [(NO, *names), (NO, *names), VALUES, VALUES, limits, pages]
    return tuple(Combined(*row) for row in covering(factors, strength, sensible))


def offered(rule: Filter, schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The kinds of values that a filter can be asked for."""
    if kind(rule.schema) == "text" and not schema.get("enum"):
        return (MATCH, MANY, NOTHING, *([LETTERS] if schema.get("format") != "email" else []))
    if kind(rule.schema) in ("date-time", "date", "integer", "number"):
        return (MATCH, MANY, NOTHING, BOUNDARY)
    return (MATCH, MANY)


def words(listing: Listing, row: Combined) -> tuple[list[str], list[str]]:
    """(the parts of a row, each by a word; which of them stand together, as pairs of words)."""
    known, named = filters(listing), [(row.one, row.its), (row.other, row.others)]
    chosen = sorted(((n, v) for n, v in named if n != NO), key=lambda one: list(known).index(one[0]))
    values = [(name, v) for name, v in chosen if v in offered(known[name][2], known[name][1].schema)]
    parts = [*(name for name, _ in chosen), row.limit, row.page]
    pairs = [f"{one} {other}" for number, one in enumerate(parts) for other in parts[number + 1 :]]
    return [*parts, *(f"{name} {value}" for name, value in values)], pairs


def pool(context: Context, known: Subject, named: Named) -> list[Value]:
    """Values of a filter and what each finds among the known rows; those of which that is left open are left out."""
    _, parameter, rule = named
    drawn = [(p.value, p.why) for p in probes(context, named, known, 2) if not p.odd and len(p.value) <= LONGEST]
    rows = context.rng.sample(known.rows, min(len(known.rows), 12))
    drawn += [(v, "a record's own") for row in rows if (v := matching_value(parameter, rule, row)) is not None]
    found: list[Value] = []
    for text, why in dict(drawn).items():
        told = {row[known.id_field]: matches(rule, text, row, known.unit) for row in known.rows}
        if None in told.values():
            continue
        finds = frozenset(id for id, right in told.items() if right)
        kinds = {MATCH if finds else NOTHING}
        kinds |= {LETTERS} if finds and not text.isascii() else set()
        kinds |= {BOUNDARY} if why.startswith(("a record's own", "just", "the day")) and LETTERS not in kinds else set()
        found.append(Value(text, frozenset(kinds), finds))
    most = sorted(found, key=lambda one: -len(one.finds))[:3]
    return [Value(v.text, v.kinds | {MANY}, v.finds) if v in most and v.finds else v for v in found]


def tells(one: Value, other: Value) -> bool:
    """Whether what both find together differs from what either finds: a filter that is left out, or added, shows."""
    return bool(one.finds - other.finds) and bool(other.finds - one.finds)


def telling(
    random: Random, left: Sequence[Value], right: Sequence[Value], kinds: tuple[str, str], least: int
) -> tuple[Value, Value]:
    """Two values that tell, of these kinds if there are such, and find `least` records together, if there are."""

    def best(left: Sequence[Value], right: Sequence[Value]) -> tuple[Value, Value]:
        pairs = list(product(left, right))
        random.shuffle(pairs)
        return max(pairs, key=lambda pair: (tells(*pair), min(len(pair[0].finds & pair[1].finds), max(least, 1))))

    its, others = of_kind(left, kinds[0]), of_kind(right, kinds[1])
    found = best(its, others)
    tried: list[tuple[Sequence[Value], Sequence[Value]]] = [(left, others), (its, right), (left, right)]
    return next((pair for pair in (found, *(best(*some) for some in tried)) if tells(*pair)), found)


def chosen(
    random: Random, listing: Listing, scale: int, pools: Mapping[str, list[Value]]
) -> list[tuple[Combined, dict[str, Value]]]:
    """The rows to try with the values of each; what finds nothing beside what finds something, where no row has it."""
    rows = [row for row in array(listing, scale) if {row.one, row.other} <= {NO, *pools}]
    found = [(row, values(random, pools, row)) for row in rows]
    there = {name for _, its in found if len(its) > 1 for name, value in its.items() if NOTHING in value.kinds}
    names = list(pools)
    for at, name in enumerate(names if scale > 1 and len(names) > 1 else ()):
        none, other = [value for value in pools[name] if NOTHING in value.kinds], names[at - 1]
        if none and name not in there:
            row = Combined(name, other, NOTHING, MATCH, LIMITS[0], PAGES[0])
            found.append((row, {name: random.choice(none), other: random.choice(of_kind(pools[other], MATCH))}))
    return found


def values(random: Random, pools: Mapping[str, list[Value]], row: Combined) -> dict[str, Value]:
    """Values that tell, of the kinds that are meant, which find as many records as the page that is meant needs."""
    one, other, least = pools.get(row.one), pools.get(row.other), 1 + PAGES.index(row.page) % 4
    if one and other:
        pair = telling(random, one, other, (row.its, row.others), least)
        return {row.one: pair[0], row.other: pair[1]}
    named = [(row.one, one, row.its), (row.other, other, row.others)]
    found = {name: of_kind(values, kind) for name, values, kind in named if values}
    shuffled = {name: random.sample(values, len(values)) for name, values in found.items()}
    return {name: max(values, key=lambda one: min(len(one.finds), least)) for name, values in shuffled.items()}


def of_kind(values: Sequence[Value], kind: str) -> list[Value]:
    """The values of a kind; where there are none, any."""
    return [value for value in values if kind in value.kinds] or list(values)


def sized(limit: str, page: str, total: int, most: int | None) -> int | None:
    """How many rows a page of `total` matches is to hold; None for no limit. most: the server's largest.

    Where a later page is meant, there is one, if there are so many matches.
    """
    before = max(1, LATER.index(page) + 1 if page in LATER else 1)
    fitting = [size for size in range(2, total) if before * size < total]
    wanted = {
        "limit 1": 1,
        "limit divides": next((size for size in reversed(fitting) if total % size == 0), 1),
        "one more than limit": next((size for size in reversed(fitting) if total % size == 1), 1),
        "limit is all": max(1, total),
        "limit 51": 51,
        "limit 101": 101,
    }.get(limit)
    return wanted if wanted is None or most is None else min(wanted, most)


def numbered(page: str, size: int, total: int) -> int | None:
    """Which page is asked for; None for none."""
    last = max(1, -(-total // size))
    return {
        "page 1": 1,
        "page 2": min(2, last),
        "page 3": min(3, last),
        "last page": last,
        "beyond last": last + 1,
    }.get(page)


def expected(known: Subject, finds: Collection[Any]) -> list[Any]:
    """The ids that must be found, in the order of the known rows."""
    return [id for id in known.ids if id in finds]


def rows_by_id(known: Subject) -> dict[Any, evidence.Row]:
    return {row[known.id_field]: row for row in known.rows}


def cells(listing: Listing, scale: int) -> Iterator[tuple[str, str]]:
    """(list, what of it is tried) of a run of this scale: each level, from standard on each pair of levels, too."""
    for row in array(listing, scale):
        parts, pairs = words(listing, row)
        yield from ((listing.name, part) for part in (parts if scale == 1 else [*parts, *pairs]))
