"""Walks over a list, page by page, and records of the run to walk over.

Owns: Walk, the run's own records that stand still, how large a server's pages are,
whether ids ascend.
Source: x-behaviours page-envelope, list-order; x-paging.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing.listing import Listing, Page, listings

LEAST_MAXIMUM = 10
"""The default of limit: no server's largest limit lies below it."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Pages 1.. of one query, and the ids that must stand on them, ascending (None where that is not known).

    limit: how many rows a page should hold; where the server cut what was asked, that stands in `query`.
    rows: how many rows there are where the walk ends before them; else as many as are expected.
    """

    what: str
    query: Mapping[str, Any]
    limit: int
    pages: Sequence[Page]
    expected: Sequence[Any] | None = None
    rows: int | None = None

    @property
    def total(self) -> int:
        return len(self.expected or ()) if self.rows is None else self.rows

    @property
    def last(self) -> int:
        """The number of the last page."""
        return len(self.pages) if self.rows is None else max(1, -(-self.rows // self.limit))

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


def page_size(context: Context, listing: Listing, query: Mapping[str, Any], limit: int, first: Page, total: int) -> int:
    """How many rows a page holds: `limit`, or the server's largest where `first` was cut and asking for less is not."""
    size = len(first.ids)
    if not LEAST_MAXIMUM <= size < min(limit, total):
        return limit
    again = listing.ask(context, {**query, **listing.query(limit=size, page=1)})
    return size if len(again.ids) == size else limit


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


def judge_order(walks: Iterable[Walk]) -> Iterator[str]:
    """The ids must ascend over all pages."""
    for one in walks:
        yield from problems([one])
        for before, after in pairwise(one.ids):
            if not (isinstance(before, int) and isinstance(after, int) and before < after):
                yield f"{one.what}: {after!r} stands after {before!r}"
                break
