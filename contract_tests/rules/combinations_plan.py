"""Queries that combine two filters, kinds of values, a limit and a page, so that each pair of these is tried.

Owns: the levels of each factor, the array of a list, the values of filters by kind, and which records each must find.
Source: x-filter and x-paging of each list parameter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any, Final, NamedTuple

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.covering import Row, covering
from cancelkit.contract_tests.oracles.matching import matches
from cancelkit.contract_tests.rules import evidence
from cancelkit.contract_tests.rules.filters_plan import LONGEST, Subject, matching_value
from cancelkit.contract_tests.rules.filters_probes import probes
from cancelkit.contract_tests.rules.filters_values import Named, decided, kind
from cancelkit.contract_tests.rules.listing import Listing
from cancelkit.spec import Filter

NO: Final = "-"
MATCH, MANY, NOTHING, LETTERS, BOUNDARY = "match", "many", "nothing", "beyond ASCII", "boundary"
VALUES: Final = (MATCH, MANY, NOTHING, LETTERS, BOUNDARY)
LIMITS: Final = ("no limit", "limit 1", "limit divides", "one more than limit", "limit is all", "limit 51", "limit 101")
PAGES: Final = ("no page", "page 1", "page 2", "page 3", "last page", "beyond last")
SHORT, LATER = LIMITS[1:4], PAGES[2:4]
"""What a filter finds is few: with these limits it has these pages."""
TRIES: Final = 60


class Combined(NamedTuple):
    """One row of the array: two filters (or NO), what kind of value each has, how long pages are, which is asked."""

    one: str
    other: str
    its: str
    others: str
    limit: str
    page: str


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


def telling(random: Random, left: Sequence[Value], right: Sequence[Value], least: int) -> tuple[Value, Value]:
    """Two values that find `least` records together, and each of which finds what the other does not, if there are."""

    def score(pair: tuple[Value, Value]) -> tuple[int, bool, int]:
        one, other = pair[0].finds, pair[1].finds
        return min(len(one & other), least), bool(one - other) and bool(other - one), min(len(one & other), 3)

    pairs = [(random.choice(left), random.choice(right)) for _ in range(TRIES)]
    return max(pairs, key=score)


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
