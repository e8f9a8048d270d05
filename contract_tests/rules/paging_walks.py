"""Walking a list page by page over records that nobody else changes.

Owns: Walk, the set of ids to walk over, taking walks.
Knows nothing of: what is judged about them.
Source: x-behaviours page-envelope, list-order; parameters limit and page.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.writes import LIST
from cancelkit.contract_tests.target.answer import Answer

Query = dict[str, Any]
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
    pages: Sequence[Answer]
    expected: Sequence[int] | None = None

    @property
    def ids(self) -> list[Any]:
        return [id for page in self.pages for id in page_ids(page)]


def page_ids(answer: Answer) -> list[Any]:
    """The ids on a page, [] where it is none."""
    rows = answer.json.get("results") if isinstance(answer.json, Mapping) else None
    return [row.get("id") for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def page_value(answer: Answer, name: str) -> Any:
    """count, next or previous of a page."""
    return answer.json.get(name) if isinstance(answer.json, Mapping) else None


def ground(bench: Bench, least: int = 4, most: int = 25) -> list[int]:
    """Ids that stand still during the run, ascending: the run's own, or in a read-only run some that it has seen.

    Raises:
        Skip: there are fewer than `least`.
    """
    sample = bench.sample()
    ids = sorted(sample.own)[:most]
    if len(ids) < least:
        there = existing(bench, sample.ids)
        ids = sorted(bench.rng.sample(sorted(there), min(most, len(there))))
    if len(ids) < least:
        raise Skip(f"the channel holds {len(ids)} records and none could be created; {least} are needed")
    return ids


def walk(bench: Bench, operation_id: str, ids: Sequence[int], limit: int, **more: Any) -> Walk:
    """Ask for exactly `ids`, `limit` at a time, page by page to the last that should be there."""
    shuffled = bench.rng.sample(list(ids), len(ids))
    query: Query = {"pk__in": shuffled, **more}
    first = bench.call(operation_id, query={**query, "limit": limit, "page": 1})
    size, what = limit, f"{operation_id}, {len(ids)} records with limit={limit}"
    if LEAST_MAXIMUM <= len(page_ids(first)) < min(limit, len(ids)):
        size, query = len(page_ids(first)), {**query, "limit": limit}  # cut to the server's largest limit
    number = max(1, -(-len(ids) // size))
    rest = [bench.call(operation_id, query={**query, "limit": limit, "page": n}) for n in range(2, number + 1)]
    return Walk(what, query, size, [first, *rest], sorted(ids))


def existing(bench: Bench, ids: Collection[int]) -> set[int]:
    """Those of the ids that the channel's list shows now."""
    return {row["id"] for row in bench.rows(LIST, query={"pk__in": sorted(ids)})} & set(ids)


def check_steady(bench: Bench, ids: Collection[int]) -> None:
    """Look whether records that are not the run's own are all still there.

    Raises:
        Inconclusive: their owner removed some, so what was seen meanwhile says nothing.
    """
    if not set(ids) <= bench.sample().own and existing(bench, ids) != set(ids):
        raise Inconclusive("another client removed records meanwhile")


def steady_walks(bench: Bench, ids: Collection[int], walks: list[Walk]) -> list[Walk]:
    """The walks, unless records that are not the run's own vanished meanwhile."""
    check_steady(bench, ids)
    return walks


def made(ids: Sequence[int], limit: int, *, expected: Sequence[int] | None = None, **over: Any) -> Walk:
    """A made-up right walk over `ids`; `over` replaces count, next or previous on its pages."""
    base = "http://target/api/channel/5/cancellation_requests/"
    number = max(1, -(-len(ids) // limit))

    def link(n: int) -> str | None:
        return f"{base}?status=waiting&limit={limit}&page={n}" if 1 <= n <= number else None

    pages = []
    for n in range(1, number + 1):
        rows = [{"id": id} for id in ids[(n - 1) * limit : n * limit]]
        body = {"count": len(ids), "next": link(n + 1), "previous": link(n - 1), "results": rows, **over}
        pages.append(examples.answer(200, body, url=link(n)))
    return Walk("a walk", {"status": "waiting"}, limit, pages, list(ids if expected is None else expected))


def problems(walks: Sequence[Walk]) -> Iterator[str]:
    """Yield the pages that are none."""
    for one in walks:
        for number, page in enumerate(one.pages, 1):
            if page.status != 200 or not isinstance(page_value(page, "results"), list):
                yield f"{one.what}: page {number} answered {page.status}"
