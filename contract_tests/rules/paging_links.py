"""next and previous lead through the pages and keep the query.

Owns: paging/<list>/next, /previous, /followed, /links-keep-filters.
Knows nothing of: what stands on the pages besides ids.
Source: x-behaviours page-envelope.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.oracles.instants import same_instant
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.paging_walks import (
    Walk,
    check_steady,
    ground,
    made,
    page_ids,
    page_value,
    problems,
    steady_walks,
    walk,
)
from cancelkit.contract_tests.rules.writes import list_operations, short
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.contract_tests.target.client import encode_query
from cancelkit.spec import Contract

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
LONG_AGO = "1990-01-01T00:00:00+03:00"
BOUNDS = {"gt": LONG_AGO, "gte": LONG_AGO, "lt": "2090-01-01T00:00:00Z", "lte": "2090-01-01T00:00:00Z"}
"""Values that every record's order lies beyond."""


def _walks(operation_id: str, bench: Bench) -> list[Walk]:
    ids = ground(bench)
    return steady_walks(bench, ids, [walk(bench, operation_id, ids, limit) for limit in (3, 5, 30)])


def _filtered(operation_id: str, bench: Bench) -> list[Walk]:
    """Queries with several filters that many records match, some with signs that a URL must escape; each filter once.

    A walk that does not show its records can't tell anything of links: the filter's own rules judge it.
    """
    ids = ground(bench)
    walks = [walk(bench, operation_id, ids, 2, date_placed__gte=LONG_AGO, date_placed__date__lt="2090-01-01")]
    rows = bench.sample().rows
    for name, rule in spec_text_filters(bench, operation_id):
        found = Counter(value_at(row, rule.path) for row in rows if value_at(row, rule.path))
        for value, times in found.most_common(3):
            own = [row["id"] for row in rows if value_at(row, rule.path) == value and row["id"] in set(ids)]
            if times > 1 and len(own) > 1 and not str(value).isascii():
                walks.append(walk(bench, operation_id, own, 1, **{name: value}))
                break
    walks = walks[:4] + list(_pairs(operation_id, bench, ids))
    return steady_walks(
        bench, ids, [one for one in walks if sorted(one.ids, key=str) == sorted(one.expected or (), key=str)]
    )


def _pairs(operation_id: str, bench: Bench, ids: Sequence[int]) -> Iterator[Walk]:
    """For each filter a walk over two records that it finds, one on each page."""
    known = {row["id"]: row for row in bench.sample().rows}
    rows = [known[id] for id in ids if id in known]
    for name, rule in bench.spec.operations[operation_id].filters.items():
        if rule.lookup == "in":
            continue
        if rule.lookup in BOUNDS:
            value = BOUNDS[rule.lookup][: 10 if rule.transform == "date" else None]
            yield walk(bench, operation_id, ids[:2], 1, **{name: value})
            continue
        found = Counter(value_at(row, rule.path) for row in rows)
        for value, times in found.most_common():
            if value is not None and times > 1:
                pair = [row["id"] for row in rows if value_at(row, rule.path) == value][:2]
                yield walk(bench, operation_id, pair, 1, **{name: value})
                break


def spec_text_filters(bench: Bench, operation_id: str) -> list[tuple[str, Any]]:
    """The filters on texts."""
    filters = bench.spec.operations[operation_id].filters
    return [(name, rule) for name, rule in filters.items() if rule.lookup == "iexact"]


def judge_links(name: str, walks: Iterable[Walk]) -> Iterator[str]:
    """On each page `name` must lead to the neighbouring page of the same query, or be null where there is none."""
    step = 1 if name == "next" else -1
    for one in walks:
        yield from problems([one])
        for number, page in enumerate(one.pages, 1):
            link, wanted = page_value(page, name), number + step
            if not 1 <= wanted <= len(one.pages):
                if link is not None:
                    yield f"{one.what}: {name} of page {number} is {link!r}, not null"
                continue
            yield from (
                f"{one.what}: {name} of page {number} of {len(one.pages)} {text}"
                for text in link_problems(link, page.url, {"limit": one.limit, **one.query}, wanted)
            )


def link_problems(link: Any, url: str, query: Mapping[str, Any], page: int) -> Iterator[str]:
    """Yield what is wrong with a link that must lead from `url` to `page` of the same query."""
    if not isinstance(link, str):
        yield f"is {link!r}, not a URL"
        return
    to, own = urlsplit(link), urlsplit(url)
    if to.scheme not in ("http", "https") or not to.netloc:
        yield f"is {link!r}, which is no absolute URL"
    elif not _same_host(to, own):
        yield f"leads to the host {to.netloc}, not {own.netloc}"
    if to.path != own.path:
        yield f"leads to the path {to.path}, not {own.path}"
    got = parse_qsl(to.query, keep_blank_values=True)
    kept = {name: value for name, value in got if name != "page"}
    for name, text in parse_qsl(encode_query(query), keep_blank_values=True):
        if name not in kept:
            yield f"drops {name}"
        elif not _same_value(kept[name], text):
            yield f"turns {name}={text} into {kept[name]}"
    pages = [value for name, value in got if name == "page"]
    if pages != [str(page)] and not (page == 1 and not pages):
        yield f"leads to page {' and '.join(pages) or '1'}, not {page}"


def _same_host(one: SplitResult, other: SplitResult) -> bool:
    if {one.hostname, other.hostname} <= LOOPBACK:
        return one.port == other.port
    return one.hostname == other.hostname and (one.scheme != other.scheme or one.port == other.port)


def _same_value(one: str, other: str) -> bool:
    return one == other or sorted(one.split(",")) == sorted(other.split(",")) or bool(same_instant(one, other))


Trail = tuple[str, list[int], list[Answer], list[Answer]]


def _followed(operation_id: str, bench: Bench) -> list[Trail]:
    """(what, ids, pages by following next from the first, pages by following previous from the last)."""
    ids = ground(bench)
    trails = []
    for limit in (2, 5):
        shuffled = bench.rng.sample(ids, len(ids))
        first = bench.call(operation_id, query={"pk__in": shuffled, "limit": limit})
        there = _follow(bench, first, "next", len(ids))
        back = _follow(bench, there[-1], "previous", len(ids))
        trails.append((f"{operation_id}, {len(ids)} records with limit={limit}", ids, there, back))
    check_steady(bench, ids)
    return trails


def _follow(bench: Bench, page: Answer, name: str, most: int) -> list[Answer]:
    pages = [page]
    while len(pages) <= most and isinstance(page_value(pages[-1], name), str):
        link = page_value(pages[-1], name)
        if not link.startswith(("http://", "https://")):
            break
        pages.append(bench.send("GET", link))
    return pages


def judge_followed(trails: Iterable[Trail]) -> Iterator[str]:
    """Forward and back, the trail must show every id once, in whatever order (paging/<list>/order judges that)."""
    for what, ids, there, back in trails:
        for words, pages in (("following next", there), ("following previous", back[::-1])):
            for page in pages:
                if page.status != 200:
                    yield f"{what}: {words} answered {page.status}"
            found = [id for page in pages for id in page_ids(page)]
            if sorted(found, key=str) != sorted(ids, key=str):
                yield f"{what}: {words} shows {found}, not {sorted(ids)}"


def rules(spec: Contract) -> Iterator[Rule]:
    level = spec.behaviours["page-envelope"].fact.level
    ids = [3, 5, 8, 9, 12]
    right = made(ids, 2)
    wrong = "http://target/api/channel/5/cancellation_requests/?limit=2&page=2"
    pages = list(right.pages)
    short_trail: Trail = ("a", ids, pages[:2], pages[1::-1])
    twice: Trail = ("a", ids, [*pages, pages[-1]], pages[::-1])
    for operation_id in list_operations(spec):
        path, key = spec.operations[operation_id].path, short(operation_id)

        def rule(
            name: str,
            requires: str,
            observe: Callable[[Bench], Any],
            judge: Callable[[Any], Iterator[str]],
            made_up: tuple[Any, ...],
            key: str = key,
        ) -> Rule:
            return Rule(
                id=f"paging/{key}/{name}",
                area="paging",
                requires=requires,
                source="x-behaviours: page-envelope",
                level=level,
                observe=observe,
                judge=judge,
                accepts=made_up[:1],
                rejects=made_up[1:],
                writes=False,
            )

        for name, words in (("next", "the page after"), ("previous", "the page before")):
            values: tuple[Any, ...] = (wrong, None, "/relative?page=2", 5)
            other = [made(ids, 2, **{name: value}) for value in values]
            requires = f"{name} of {path} is the absolute URL of {words} with the same query, or null."
            made_up = ([right], *([walk] for walk in other))
            yield rule(name, requires, partial(_walks, operation_id), partial(judge_links, name), made_up)
        requires = f"next and previous of {path} keep every filter of the query, whatever its letters."
        both = partial(_both, judge_links)
        yield rule(
            "links-keep-filters",
            requires,
            partial(_filtered, operation_id),
            both,
            ([right], [made(ids, 2, next=wrong)]),
        )
        requires = f"Following next from the first page of {path} shows every record once; following previous, too."
        good: Trail = ("a", ids, pages, pages[::-1])
        newest_first: Trail = ("a", ids, pages[::-1], pages)
        broken: Trail = ("a", ids, [*pages[:2], examples.error(404)], pages[::-1])
        trails = ([good, newest_first], [short_trail], [twice], [broken])
        yield rule("followed", requires, partial(_followed, operation_id), judge_followed, trails)


def _both(judge: Callable[[str, Iterable[Walk]], Iterator[str]], walks: list[Walk]) -> Iterator[str]:
    yield from judge("next", walks)
    yield from judge("previous", walks)
