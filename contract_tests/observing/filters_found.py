"""What a filtered list answered, beside rows whose values are known; and the oracle's judgement.

Owns: Found, asking a list for all rows of a query, judging sets of rows against x-filter.
Source: x-filter; x-behaviours filters-combine, filter-null-never-matches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.walking import page_query
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.filters_plan import Subject, reread
from cancelkit.contract_tests.observing.filters_values import Tests
from cancelkit.contract_tests.observing.listing import Listing, Page
from cancelkit.contract_tests.oracles.instants import EXACT
from cancelkit.contract_tests.oracles.matching import all_match, value_at
from cancelkit.contract_tests.oracles.records import same

LIMIT = 50
MOST, MOST_UNCONFINED = 200, 600
"""So many rows are read of a list; more where it can't be asked for chosen records only."""


def most(listing: Listing) -> int:
    """How many rows are read of this list to find chosen records."""
    return MOST if listing.ids else MOST_UNCONFINED


@dataclass(frozen=True, slots=True)
class Found:
    """What a list found for `tests` (name, filter, value), all together.

    ids: what it showed; complete: whether that is all it found. known: rows that stood still, with their values.
    """

    what: str
    tests: Tests
    status: int
    ids: Sequence[Any]
    count: Any
    complete: bool
    known: Sequence[Row]
    unit: timedelta = EXACT
    odd: bool = False
    id_field: str = "id"


def ask(context: Context, listing: Listing, query: Mapping[str, Any], most: int = MOST) -> tuple[Page, list[Any], bool]:
    """(the first page, the ids of the first `most` rows, whether these are all).

    The first page's count is the number of rows where the list has no count. A list without pages is complete.
    Raises:
        Inconclusive: the count moved in each of three walks over several pages: others write to the list.
    """
    counts = "count" in listing.fields
    for _ in range(3):
        first = _page(context, listing, query, 1)
        ids, number, still, ended = list(first.ids), 2, True, not listing.page
        while first.ids and listing.page and len(ids) < most and not (counts and _reached(first, ids)):
            page = _page(context, listing, query, number)
            still = still and (page.status != 200 or not counts or page.count == first.count)
            if not page.ids:
                ended = True
                break
            ids, number = [*ids, *page.ids], number + 1
        if not still:
            continue
        if counts:
            return first, ids, isinstance(first.count, int) and len(ids) >= first.count
        return replace(first, count=len(ids)), ids, ended or not first.ids
    raise Inconclusive(f"{listing.operation.id} changed while it was walked: others write to it")


def answered(
    context: Context, listing: Listing, query: Mapping[str, Any], most: int = MOST
) -> tuple[Page, list[Any], bool]:
    """As `ask`, but without the rows, and once in a run: one answer serves all rules, unless one is observed again.

    Only for rows that nobody of this run changes.
    """
    kept, key = context.sample().kept, ("answered", listing.name, repr(sorted(query.items())), most)
    if context.again or key not in kept:
        first, ids, complete = ask(context, listing, query, most)
        kept[key] = replace(first, rows=(), answer=None), ids, complete
    found: tuple[Page, list[Any], bool] = kept[key]
    return found


def _reached(first: Page, ids: Sequence[Any]) -> bool:
    return not isinstance(first.count, int) or len(ids) >= first.count


def _page(context: Context, listing: Listing, query: Mapping[str, Any], number: int) -> Page:
    paging = page_query(listing.operation, LIMIT, number if number > 1 else None)
    page = listing.ask(context, {**query, **dict(paging)})
    rows = page.answer.json if page.answer else None
    if not isinstance(rows, list):
        return page
    ids = [row.get(listing.id_field) for row in rows if isinstance(row, Mapping)]
    return replace(page, ids=ids, rows=rows, count=len(ids), is_page=True)


def find(
    context: Context,
    listing: Listing,
    subject: Subject,
    tests: Tests,
    why: str,
    *,
    odd: bool = False,
) -> Found:
    """Ask for `tests`, among the subject's rows only where the list can be asked for chosen records."""
    query: dict[str, Any] = {name: value for name, _, value in tests}
    words = " and ".join(f"{name}={value}" for name, _, value in tests)
    if listing.ids and listing.ids not in query:
        query |= listing.query(subject.ids)
    first, ids, complete = answered(context, listing, query, most(listing))
    what = f"{listing.operation.id} with {words} ({why})"
    shown = (first.status, ids, first.count, complete, subject.rows, subject.unit, odd, subject.id_field)
    return Found(what, tests, *shown)


def settled(context: Context, found: list[Found]) -> list[Found]:
    """The same; where something is wrong with it, with only those rows known that still show the same values."""
    if not any(judge(found)):
        return found
    known = {context.id_of(row): row for one in found for row in one.known}
    now = reread(context, sorted(known))
    places = {rule.path: rule.schema for rule in context.contract.filters.values()}

    def stands(row: Row, other: Row) -> bool:
        return row == other or all(
            same(value_at(row, path), value_at(other, path), schema) for path, schema in places.items()
        )

    steady = {id for id, row in known.items() if id in now and stands(row, now[id])}
    return [replace(one, known=[row for row in one.known if context.id_of(row) in steady]) for one in found]


def judge(found: Iterable[Found], *, nulls: bool = False) -> Iterator[str]:
    """Known rows that match must be found, others must not. nulls: judge only rows that are null at a filter's path."""
    for one in found:
        if one.status != 200:
            if not (one.odd and one.status == 400):
                yield f"{one.what}: answered {one.status}, not 200"
            continue
        if len(set(map(str, one.ids))) != len(one.ids):
            yield f"{one.what}: shows records more than once"
        if one.complete and not nulls and one.count != len(one.ids):
            yield f"{one.what}: counts {one.count!r}, shows {len(one.ids)}"
        for row in one.known:
            empty = any(value_at(row, rule.path) is None for _, rule, _ in one.tests)
            if empty is not nulls:
                continue
            id = row[one.id_field]
            wanted = all_match([(rule, value) for _, rule, value in one.tests], row, one.unit)
            if wanted is False and id in one.ids:
                yield f"{one.what}: finds record {id}, whose {_shown(one, row)}"
            elif wanted and one.complete and id not in one.ids:
                yield f"{one.what}: does not find record {id}, whose {_shown(one, row)}"


def _shown(one: Found, row: Row) -> str:
    """The row's values that the filters are about."""
    return ", ".join(f"{'.'.join(rule.path)} is {value_at(row, rule.path)!r}" for _, rule, _ in one.tests)


def made(
    tests: Tests, rows: Sequence[Row], id_field: str, *, without: int = 0, plus: Sequence[Row] = (), **over: Any
) -> Found:
    """A made-up answer: the rows that match, less the first `without`, plus others; `over` replaces any part."""
    pairs = [(rule, value) for _, rule, value in tests]
    ids = [row[id_field] for row in rows if all_match(pairs, row)][without:] + [row[id_field] for row in plus]
    parts: dict[str, Any] = {"status": 200, "ids": ids, "count": len(ids), "complete": True, "known": rows}
    return Found("a list", tests, **{**parts, "id_field": id_field, **over})
