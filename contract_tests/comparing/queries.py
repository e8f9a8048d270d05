"""Queries for both sides: filters on what records show, odd values, pages.

Owns: which queries are sent to a list, and what a value becomes on one side.
Source: x-filter, x-paging and x-ordering of the list's parameters; spec/points/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, timedelta, tzinfo
from random import Random
from typing import Any

from cancelkit.contract_tests.choices.queries import other_form, swapped_case
from cancelkit.contract_tests.comparing.calls import Call, Kind, Shown
from cancelkit.contract_tests.observing.filters_malformed import malformed
from cancelkit.contract_tests.observing.filters_plan import askable, matching_value
from cancelkit.contract_tests.observing.filters_values import COMPARISONS, kind, takes, text
from cancelkit.contract_tests.observing.listing import Listing, listings
from cancelkit.contract_tests.oracles.instants import instant, written
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.spec import Contract, Filter, Parameter

HUGE = 1_000_000
MALFORMED = 4
"""So many malformed values of each parameter are sent."""
BOUND = "at the bound"
STRANGE = ("no-such-value", "nobody@no-such-host.com", "987654321", "2001-02-03", "2001-02-03T04:05:06Z")
"""Values that hardly a record shows, of which each filter takes one."""
TEXTS = {
    "half": "text-filter",
    "inside": "text-filter",
    "other case": "letter-case",
    "other form": "letter-forms",
    "blanks": "filter-blanks",
}
"""How a text is changed, and the choice that this is about."""
NEAR = {"just before, no offset": -timedelta(minutes=7), "just after, no offset": timedelta(minutes=7)}
"""Moments beside a record's: no zone is so near to another."""
FRACTIONS = {"as a fraction": ".0", "and a half": ".5"}
"""What is written after an integer."""
DAY = "its day"
MOMENTS = {DAY: "day-as-moment", **dict.fromkeys(NEAR, "no-offset")}
"""How a date-time is written less fully, and the choice that this is about."""
Row = Mapping[str, Any]
Make = Callable[[Contract, Sequence[str], Random], Iterator[Call]]


def shown_value(parameter: Parameter, rule: Filter, row: Row, how: str, bare: tzinfo = UTC) -> str | None:
    """What a record shows as a query writes it, changed as `how` says; None where that can't be asked for.

    bare: the zone of a date-time without an offset.
    """
    value = value_at(row, rule.path)
    if not how:
        return matching_value(parameter, rule, row)
    if value is None or not askable(parameter, value):
        return None
    moment = instant(value)
    if how in MOMENTS:
        if moment is None:
            return None
        there = (moment + NEAR.get(how, timedelta(0))).astimezone(bare).replace(tzinfo=None)
        return there.date().isoformat() if how == DAY else there.isoformat(timespec="seconds")
    if how in FRACTIONS:
        return f"{value}{FRACTIONS[how]}" if type(value) is int else None
    if how == BOUND:
        if moment is None:
            return text(value)
        by_day = rule.transform == "date"
        return moment.astimezone(rule.comparing.zone).date().isoformat() if by_day else written(moment)
    if "format" in parameter.schema and how in ("half", "inside"):
        return None  # of a cut e-mail address, or the like, servers differ in what they take for one
    whole = str(value)
    changed = {
        "half": whole[: len(whole) // 2].strip(),
        "inside": whole[1:-1].strip(),
        "other form": other_form(whole),
        "other case": swapped_case(swapped_case(whole, ascii=True), ascii=False),
        "blanks": f"  {whole} ",
    }[how]
    return changed if changed.strip() and (how == "blanks" or takes(parameter.schema, changed)) else None


def filters(contract: Contract, records: Sequence[str], random: Random) -> Iterator[Call]:
    """Calls that filter by what a record shows, or by each value of an enum; and by two filters at once."""
    for listing in listings(contract):
        named = [one for one in listing.judged if one[0] != listing.ids]
        for name, parameter, rule in named:
            for record in random.sample(list(records), min(3, len(records))):
                yield _asked(listing, records, f"{name}: as shown", name, {name: Shown(record, name)})
                if rule.lookup not in ("exact", "iexact", "in"):
                    yield _asked(listing, records, f"{name}: {BOUND}", name, {name: Shown(record, name, BOUND)})
            if strange := next((value for value in STRANGE if takes(parameter.schema, value)), None):
                yield _asked(listing, records, f"{name}: what no record shows", name, {name: strange})
            inner = parameter.schema.get("items", parameter.schema)
            known = inner.get("enum", (True, False) if inner.get("type") == "boolean" else ())
            for value in (one for one in known if one is not None):
                yield _asked(listing, records, f"{name}: {text(value)}", name, {name: text(value)})
        for _ in range(min(len(named), 6) if len(named) > 1 else 0):
            one, other = random.sample(named, 2)
            query = {n: Shown(random.choice(list(records)), n) for n in (one[0], other[0])}
            yield _asked(listing, records, "two filters", "", query)
        for count in (1, 2, len(records)) if listing.ids else ():
            some = tuple(random.sample(list(records), min(count, len(records))))
            yield _asked(listing, some, f"{listing.ids}: {len(some)} records", str(listing.ids), {})
        ordering = listing.operation.ordering
        for value in ordering.schema.get("enum", ()) if ordering else ():
            yield _asked(listing, records, f"ordering: {value}", "ordering", {ordering.name: value} if ordering else {})


def odd(contract: Contract, records: Sequence[str], random: Random) -> Iterator[Call]:
    """Calls with parameters that are unknown, malformed, empty or written oddly."""

    def ask(
        listing: Listing, about: str, topic: str, query: Mapping[str, Any], point: str = "", kind: Kind = Kind.ODD_QUERY
    ) -> Call:
        return _asked(listing, records, about, topic, query, kind, point)

    for listing in listings(contract):
        yield ask(listing, "an unknown parameter", "no_such_parameter", {"no_such_parameter": "1"}, "unknown-parameter")
        for name, parameter, rule in listing.judged:
            if name == listing.ids:
                continue
            for value in malformed(parameter.schema)[:MALFORMED]:
                yield ask(listing, f"{name}: malformed", name, {name: value}, "malformed-filter")
            if not parameter.many:
                point = "empty-text-filter" if parameter.any_text else "empty-filter"
                yield ask(listing, f"{name}: empty", name, {name: ""}, point)
            for how, point in _changed(parameter, rule).items():
                record = random.choice(list(records))
                yield ask(listing, f"{name}: {how}", name, {name: Shown(record, name, how)}, point)
        for name in filter(None, (listing.limit, listing.page)):
            what = "limit" if name == listing.limit else "page"
            for value in ("0", "-1", "abc", "1.5"):
                yield ask(listing, f"{name}: {value}", name, {name: value}, f"{what}-malformed")
            yield ask(listing, f"{name}: empty", name, {name: ""}, f"empty-{what}")
            for value in ("+1", " 1", "01"):
                yield ask(listing, f"{name}: {value!r}", name, {name: value}, "paging-digits")
            yield ask(listing, f"{name}: '1.0'", name, {name: "1.0"}, "paging-fraction")
        if listing.limit:
            yield ask(listing, "a very large limit", listing.limit, {listing.limit: HUGE}, "limit-too-large")


def _changed(parameter: Parameter, rule: Filter) -> Mapping[str, str]:
    """How what a record shows is changed for a filter, and the choice that each is about."""
    if rule.lookup == "iexact" and kind(rule.schema) == "text":
        return {how: point for how, point in TEXTS.items() if how != "blanks" or parameter.any_text}
    if parameter.schema.get("type") == "integer" and rule.lookup == "exact" and not rule.transform:
        return dict.fromkeys(FRACTIONS, "fraction-filter")
    by_moment = parameter.schema.get("format") == rule.schema.get("format") == "date-time"
    return MOMENTS if by_moment and rule.lookup in COMPARISONS and rule.transform != "date" else {}


def pages(contract: Contract, records: Sequence[str], random: Random) -> Iterator[Call]:
    """Calls for the pages of a list that is restricted to some records, those beyond the last among them."""
    for listing in listings(contract):
        if not listing.pages:
            continue
        if not listing.ids:  # of everybody's records only the first pages are alike, and one far behind the last
            for limit, page in ((1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 3), (2, HUGE), (5, HUGE)):
                query = {str(listing.limit): limit, str(listing.page): page}
                about, point = ("a page beyond the last", "page-beyond-last") if page == HUGE else ("a page", "")
                yield _asked(listing, (), about, str(listing.page), query, Kind.PAGING, point)
            continue
        for count in range(len(records), 1, -1):
            some = tuple(random.sample(list(records), count))
            for limit in sorted({1, 2, 3, count - 1, count, count + 1}):
                last = -(-count // limit)
                for page in sorted({1, 2, last, last + 1, last + 3}):
                    point = "page-beyond-last" if page > last else ""
                    query = {str(listing.limit): limit, str(listing.page): page}
                    about = "a page beyond the last" if point else "a page"
                    yield _asked(listing, some, about, str(listing.page), query, Kind.PAGING, point)


def _asked(
    listing: Listing,
    among: Sequence[str],
    about: str,
    topic: str,
    query: Mapping[str, Any],
    kind: Kind = Kind.FILTER,
    point: str = "",
) -> Call:
    return Call(listing.operation, kind, about, topic, point, query=tuple(query.items()), among=tuple(among))
