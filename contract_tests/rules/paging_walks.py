"""Walking a list page by page over records that nobody else changes.

Owns: Walk, the set of ids to walk over, taking walks.
Source: x-behaviours page-envelope, list-order; x-paging.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.rules.listing import Listing, Page, Query, listings

LEAST_MAXIMUM = 10
"""The default of limit: no server's largest limit lies below it."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Pages 1.. of one query, and the ids that must stand on them, ascending (None where that is not known).

    limit: how many rows a page should hold; where the server cut what was asked, that stands in `query`.
    """

    what: str
    query: Mapping[str, Any]
    limit: int
    pages: Sequence[Page]
    expected: Sequence[Any] | None = None

    @property
    def ids(self) -> list[Any]:
        return [id for page in self.pages for id in page.ids]


def ground(context: Context, least: int = 4, most: int = 25) -> list[Any]:
    """Ids that stand still during the run, ascending: the run's own, or in a read-only run some that it has seen.

    Raises:
        Skip: there are fewer than `least`.
    """
    sample = context.sample()
    ids = sorted(sample.own)[:most]
    if len(ids) < least:
        there = existing(context, sample.ids)
        ids = sorted(context.rng.sample(sorted(there), min(most, len(there))))
    if len(ids) < least:
        raise Skip(f"there are {len(ids)} records and none could be created; {least} are needed")
    return ids


def walk(context: Context, listing: Listing, ids: Sequence[Any], limit: int, **more: Any) -> Walk:
    """Ask for exactly `ids`, `limit` at a time, page by page to the last that should be there."""
    query: Query = {**listing.query(context.rng.sample(list(ids), len(ids))), **more}

    def page(number: int) -> Page:
        return listing.ask(context, {**query, **listing.query(limit=limit, page=number)})

    first = page(1)
    size, asked, what = limit, query, f"{listing.name}, {len(ids)} records with limit={limit}"
    if LEAST_MAXIMUM <= len(first.ids) < min(limit, len(ids)):
        size, asked = len(first.ids), {**query, **listing.query(limit=limit)}  # cut to the server's largest limit
    number = max(1, -(-len(ids) // size))
    return Walk(what, asked, size, [first, *map(page, range(2, number + 1))], sorted(ids))


def existing(context: Context, ids: Collection[Any]) -> set[Any]:
    """Those of the ids that a list shows now."""
    found = next((one for one in listings(context.contract) if one.ids), None)
    if found is None:
        return set()
    rows = context.rows(found.operation, query=found.query(sorted(ids)))
    return {context.id_of(row) for row in rows} & set(ids)


def check_steady(context: Context, ids: Collection[Any]) -> None:
    """Look whether records that are not the run's own are all still there.

    Raises:
        Inconclusive: their owner removed some, so what was seen meanwhile says nothing.
    """
    if not set(ids) <= context.sample().own and existing(context, ids) != set(ids):
        raise Inconclusive("another client removed records meanwhile")


def steady_walks(context: Context, ids: Collection[Any], walks: list[Walk]) -> list[Walk]:
    """The walks, unless records that are not the run's own vanished meanwhile."""
    check_steady(context, ids)
    return walks


def made(
    listing: Listing, ids: Sequence[int], limit: int, *, expected: Sequence[int] | None = None, **over: Any
) -> Walk:
    """A made-up right walk over `ids`; `over` replaces count, next or previous on its pages."""
    number = max(1, -(-len(ids) // limit))

    def link(n: int) -> str | None:
        names = f"{listing.limit}={limit}&{listing.page}={n}"
        return f"http://target/records/?some=thing&{names}" if 1 <= n <= number else None

    pages = []
    for n in range(1, number + 1):
        rows = ids[(n - 1) * limit : n * limit]
        parts = {"count": len(ids), "next": link(n + 1), "previous": link(n - 1), "url": link(n) or ""}
        pages.append(Page(200, rows, **{**parts, **over}))
    return Walk("a walk", {"some": "thing"}, limit, pages, list(ids if expected is None else expected))


def problems(walks: Sequence[Walk]) -> Iterator[str]:
    """Yield the pages that are none."""
    for one in walks:
        for number, page in enumerate(one.pages, 1):
            if page.status != 200 or not page.is_page:
                yield f"{one.what}: page {number} answered {page.status}"
