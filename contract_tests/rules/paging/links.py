"""next and previous lead through the pages and keep the query.

Owns: paging/<list>/next, /previous, /followed, /links-keep-filters.
Source: x-behaviours page-envelope.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any
from urllib.parse import urljoin

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.observing.filters_plan import matching_value
from cancelkit.contract_tests.observing.links import link_problems
from cancelkit.contract_tests.observing.listing import Listing, Page, Query, listings
from cancelkit.contract_tests.observing.paging_chosen import (
    MOST_PAGES,
    Chosen,
    chosen,
    narrowed,
    telling_values,
    walk,
    walks,
)
from cancelkit.contract_tests.observing.paging_walks import LEAST_MAXIMUM, Walk, check_steady, ground, made, problems
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.spec import Contract

LONG_AGO = "1990-01-01T00:00:00+03:00"
BOUNDS = {"gt": LONG_AGO, "gte": LONG_AGO, "lt": "2090-01-01T00:00:00Z", "lte": "2090-01-01T00:00:00Z"}
"""Values that every record's moment lies beyond."""


def _walks(listing: Listing, context: Context) -> list[Walk]:
    return walks(context, chosen(context, listing), (3, 5, 30))


def _filtered(listing: Listing, context: Context) -> list[Walk]:
    """Queries with several filters that many records match, some with signs that a URL must escape; each filter once.

    A walk that does not show its records can't tell anything of links: the filter's own rules judge it.
    """
    if not listing.ids:
        return list(_narrowed(listing, context))
    ids = ground(context)

    def picked(ids: Sequence[Any], limit: int, **filters: Any) -> Walk:
        return walk(context, Chosen(listing, filters, ids, len(ids), context), limit)

    walks = [picked(ids, 2, **both)] if (both := _two_bounds(listing)) else []
    rows, own_ids = context.sample().rows, set(ids)
    for name, rule in listing.operation.filters.items():
        if rule.lookup != "iexact":
            continue
        found = Counter(value_at(row, rule.path) for row in rows if value_at(row, rule.path))
        for value, times in found.most_common(3):
            own = [context.id_of(row) for row in rows if value_at(row, rule.path) == value]
            own = [id for id in own if id in own_ids]
            if times > 1 and len(own) > 1 and not str(value).isascii():
                walks.append(picked(own, 1, **{name: value}))
                break
    pairs = list(_pairs(listing, context, ids))
    if context.scale > 1:  # combinations.py judges the links of each pair on each list
        pairs = pairs[listings(context.contract).index(listing) :: 2]
    walks = walks[:4] + [picked(pair, 1, **filters) for pair, filters in pairs]
    shown = [one for one in walks if sorted(one.ids, key=str) == sorted(one.expected or (), key=str)]
    check_steady(context, ids)
    return shown


def _moments(listing: Listing) -> Iterator[tuple[str, str]]:
    """Filters on moments, each with a value that every record lies beyond."""
    for name, rule in listing.operation.filters.items():
        if rule.lookup in BOUNDS and rule.schema.get("format") == "date-time":
            yield name, BOUNDS[rule.lookup][: 10 if rule.transform == "date" else None]


def _two_bounds(listing: Listing) -> dict[str, str]:
    """A lower bound and an upper one, if the list offers both."""
    found = dict(_moments(listing))
    low = next((name for name, value in found.items() if value.startswith("1990")), None)
    high = next((name for name, value in reversed(found.items()) if value.startswith("2090")), None)
    return {low: found[low], high: found[high]} if low and high else {}


def _narrowed(listing: Listing, context: Context) -> Iterator[Walk]:
    """For each filter, and two bounds together, a walk over some of what it finds, on a list that takes no ids."""
    asked: list[Query] = [both] if (both := _two_bounds(listing)) else []
    moments = dict(_moments(listing))
    for name, parameter, rule in listing.judged:
        values = [value for value, times in telling_values(context, parameter, rule) if times > 1]
        values += [value for row in context.sample().rows[:1] if (value := matching_value(parameter, rule, row))]
        asked += [{name: value} for value in [*moments.get(name, "").split(), *sorted(values, key=str.isascii)][:1]]
    for query in asked:
        known = narrowed(context, listing, query)
        yield walk(context, known, max(1, min(known.total // 2, LEAST_MAXIMUM)))
        known.check()


def _pairs(listing: Listing, context: Context, ids: Sequence[Any]) -> Iterator[tuple[Sequence[Any], dict[str, Any]]]:
    """For each filter two records that it finds."""
    known = {context.id_of(row): row for row in context.sample().rows}
    rows = [known[id] for id in ids if id in known]
    bounds = dict(_moments(listing))
    for name, rule in listing.operation.filters.items():
        if name in bounds:
            yield ids[:2], {name: bounds[name]}
        elif rule.lookup in ("exact", "iexact") and not rule.transform:
            found = Counter(value for row in rows if isinstance(value := value_at(row, rule.path), str | int | float))
            for value, times in found.most_common(1):
                if times > 1:
                    pair = [context.id_of(row) for row in rows if value_at(row, rule.path) == value][:2]
                    text = str(value).lower() if isinstance(value, bool) else value
                    yield pair, {name: text}


def judge_links(listing: Listing, name: str, walks: Iterable[Walk]) -> Iterator[str]:
    """On each page `name` must lead to the neighbouring page of the same query, or be null where there is none."""
    step = 1 if name == "next" else -1
    for one in walks:
        yield from problems([one])
        for number, page in enumerate(one.pages, 1):
            link, wanted = page.next if name == "next" else page.previous, number + step
            if not 1 <= wanted <= one.last:
                if link is not None:
                    yield f"{one.what}: {name} of page {number} is {link!r}, not null"
                continue
            query = {**listing.query(limit=one.limit), **one.query}
            yield from (
                f"{one.what}: {name} of page {number} of {one.last} {text}"
                for text in link_problems(listing, link, page.url, query, wanted)
            )


Trail = tuple[str, list[Any], list[Page], list[Page]]


def _followed(listing: Listing, context: Context) -> list[Trail]:
    """(what, ids, pages by following next from the first, pages by following previous from the last)."""
    known = chosen(context, listing)
    if known.ids is None:
        raise Skip("the list can't be asked for a few records only")
    trails = []
    for limit in (2, 5):
        limit = max(limit, -(-known.total // MOST_PAGES))
        first = listing.ask(context, {**known.query(), **listing.query(limit=limit)})
        there = _follow(listing, context, first, "next", known.total)
        back = _follow(listing, context, there[-1], "previous", known.total)
        trails.append((f"{listing.operation.id}, {known.total} records with limit={limit}", [*known.ids], there, back))
    known.check()
    return trails


def _follow(listing: Listing, context: Context, page: Page, name: str, most: int) -> list[Page]:
    pages = [page]
    while len(pages) <= most:
        link = pages[-1].next if name == "next" else pages[-1].previous
        if not isinstance(link, str):
            break
        link = link if listing.absolute else urljoin(pages[-1].url, link)
        if not link.startswith(("http://", "https://")):
            break
        pages.append(listing.read(context.send("GET", link)))
    return pages


def judge_followed(trails: Iterable[Trail]) -> Iterator[str]:
    """Forward and back, the trail must show every id once, in whatever order (paging/<list>/order judges that)."""
    for what, ids, there, back in trails:
        for words, pages in (("following next", there), ("following previous", back[::-1])):
            for page in pages:
                if page.status != 200:
                    yield f"{what}: {words} answered {page.status}"
            found = [id for page in pages for id in page.ids]
            if sorted(found, key=str) != sorted(ids, key=str):
                yield f"{what}: {words} shows {found}, not {sorted(ids, key=str)}"


def judge_both(listing: Listing, walks: list[Walk]) -> Iterator[str]:
    """next and previous alike."""
    yield from judge_links(listing, "next", walks)
    yield from judge_links(listing, "previous", walks)


def rules(contract: Contract) -> Iterator[Rule]:
    for listing in listings(contract):
        if listing.pages and {"next", "previous"} <= listing.fields:
            yield from _rules(
                listing, partial(from_behaviour, contract, "page-envelope", writes=False, quiet=not listing.ids)
            )


def _rules(listing: Listing, state: Any) -> Iterator[Rule]:
    ids = [3, 5, 8, 9, 12]
    right, area = made(listing, ids, 2), f"paging/{listing.name}"
    wrong = f"http://target/elsewhere/?{listing.limit}=2&{listing.page}=2"
    for name, words in (("next", "the page after"), ("previous", "the page before")):
        values: tuple[Any, ...] = (wrong, None, "/relative?page=2", 5)
        kind = "absolute URL" if listing.absolute else "URL"
        yield from state(
            f"{area}/{name}",
            partial(_walks, listing),
            partial(judge_links, listing, name),
            Proof(([right],), tuple([made(listing, ids, 2, **{name: value})] for value in values)),
            requires=f"{name} of {listing.path} is the {kind} of {words} with the same query, or null.",
        )
    yield from state(
        f"{area}/links-keep-filters",
        partial(_filtered, listing),
        partial(judge_both, listing),
        Proof(([right],), ([made(listing, ids, 2, next=wrong)],)),
        requires=f"next and previous of {listing.path} keep every filter of the query, whatever its letters.",
    )
    pages = list(right.pages)
    good: Trail = ("a", ids, pages, pages[::-1])
    newest_first: Trail = ("a", ids, pages[::-1], pages)
    short_trail: Trail = ("a", ids, pages[:2], pages[1::-1])
    twice: Trail = ("a", ids, [*pages, pages[-1]], pages[::-1])
    broken: Trail = ("a", ids, [*pages[:2], Page(404)], pages[::-1])
    yield from state(
        f"{area}/followed",
        partial(_followed, listing),
        judge_followed,
        Proof(([good, newest_first],), ([short_trail], [twice], [broken])),
        requires=f"Following next from the first page of {listing.path} shows every record once; "
        "following previous, too.",
    )
