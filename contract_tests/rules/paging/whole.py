"""The whole list, unfiltered: every record once, in order, counted, and the run's own among them.

Owns: paging/<list>/whole, paging/<list>/large-pages.
Source: x-behaviours list-order, page-envelope, limit-capped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing.listing import Listing, Page, Query, listings
from cancelkit.contract_tests.observing.paging_walks import Walk, judge_order, made, page_size, problems
from cancelkit.contract_tests.observing.stating import Judge, Proof, from_behaviour
from cancelkit.contract_tests.rules.paging.links import judge_links
from cancelkit.spec import Contract

MOST_PAGES = 12
COMPLETE = 25
LARGE = 1000


def whole(listing: Listing, judge: Judge, context: Context) -> list[Walk]:
    """A walk over all pages of a list, or the first COMPLETE ones; where `judge` complains, one that shows the same
    twice.

    Raises:
        Inconclusive: others write to it.
    """
    for _ in range(3):
        walks = [_walk(listing, context)]
        if not any(judge(walks)):
            return walks
        walks.append(_walk(listing, context))
        if len({tuple(sorted(map(str, one.ids))) for one in walks}) == 1 and _counts(walks[0]) == _counts(walks[1]):
            return walks[:1]
    own = [walk for walk in walks if not set(walk.expected or ()) <= set(walk.ids)]
    raise Inconclusive(f"the list moved during three walks{', and lacked own records' if own else ''}")


def _counts(walk: Walk) -> list[Any]:
    return [page.count for page in walk.pages]


def _walk(listing: Listing, context: Context) -> Walk:
    """All pages where they are few, else the first ones."""
    count = listing.ask(context, listing.query(limit=1)).count
    if not isinstance(count, int):
        raise Inconclusive(f"{listing.name} has no count")
    limit = min(max(7, -(-count // (MOST_PAGES * context.scale))), 50)
    first = listing.ask(context, listing.query(limit=limit, page=1))
    size = page_size(context, listing, {}, limit, first, count)
    query = Query() if size == limit else listing.query(limit=limit)
    last = max(1, -(-count // size))
    numbers = range(2, min(last, COMPLETE) + 1)
    rest = [listing.ask(context, listing.query(limit=limit, page=number)) for number in numbers]
    complete = last <= COMPLETE
    own = sorted(context.sample().own) if complete else []
    what = f"{listing.operation.id}, the whole list with limit={limit}"
    return Walk(what, query, size, [first, *rest], own if complete else None)


def judge(listing: Listing, ordered: bool, walks: Iterable[Walk]) -> Iterator[str]:
    """Ids once and ascending; where the walk is complete, as many as counted and the run's own among them.

    ordered: whether ids are numbers, so that their order is known.
    """
    for one in walks:
        yield from problems([one])
        if ordered:
            yield from judge_order([one])
        ids = one.ids
        if len(set(ids)) != len(ids):
            yield f"{one.what}: shows {len(ids) - len(set(ids))} records more than once"
        for number, page in enumerate(one.pages[:-1], 1):
            if len(page.ids) != one.limit:
                yield f"{one.what}: page {number} holds {len(page.ids)} rows"
        if one.expected is not None:
            missing = sorted(set(one.expected) - set(ids))
            if missing:
                yield f"{one.what}: does not show {missing[:5]}, which were created by this run"
            for count in dict.fromkeys(_counts(one)):
                if count != len(set(ids)):
                    yield f"{one.what}: counts {count}, shows {len(set(ids))}"
            for name in sorted({"next", "previous"} & listing.fields):
                yield from judge_links(listing, name, [one])


def _large(listing: Listing, context: Context) -> list[list[Page]]:
    """Two walks along next from the first page of a large limit, which the server may cut; as far as MOST_PAGES."""
    walks = []
    for _ in range(2):
        limit = most(listing)
        pages = [listing.ask(context, listing.query(limit=limit))]
        if pages[0].status in (400, 422):
            raise Skip(f"limit={limit} is refused, which the rules about bounds judge")
        while isinstance(link := pages[-1].next, str) and len(pages) < MOST_PAGES:
            answer = context.send("GET", link if link.startswith("http") else f"http://target{link}")
            pages.append(listing.read(answer))
        walks.append(pages)
    if [page.count for page in walks[0]] != [page.count for page in walks[1]]:
        raise Inconclusive("another client changed the list")
    return walks


def most(listing: Listing) -> int:
    """The largest limit that the contract allows, LARGE at most."""
    parameter = listing.operation.parameter(listing.limit or "")
    return min(LARGE, int(parameter.schema.get("maximum", LARGE))) if parameter else LARGE


def judge_large(walks: Iterable[Sequence[Page]]) -> Iterator[str]:
    """Where next ends, every record that is counted was shown, each once."""
    for pages in walks:
        ids = [id for page in pages for id in page.ids]
        wrong = [page.status for page in pages if page.status != 200]
        if wrong:
            yield f"a page of a large limit answered {wrong[0]}"
        elif len(set(ids)) != len(ids):
            yield f"a large limit: following next shows {len(ids) - len(set(ids))} records more than once"
        elif pages[-1].next is None and len(ids) != pages[0].count:
            yield f"a large limit: next ends after {len(ids)} records, {pages[0].count} are counted"


def rules(contract: Contract) -> Iterator[Rule]:
    ids, ordered = [3, 5, 8, 9, 12], contract.resource.numbered and contract.chosen("list-order") == "ascending"
    for listing in listings(contract):
        if not (listing.limit and listing.page and "count" in listing.fields):
            continue
        right, fine = made(listing, ids, 2, expected=[5, 12]), partial(judge, listing, ordered)
        rejects = (
            [made(listing, ids, 2, expected=[5, 13])],
            [made(listing, [3, 5, 5, 8], 2, expected=[5])],
            *([[made(listing, [5, 3], 2, expected=[5])]] if ordered else []),
            [made(listing, ids, 2, expected=[5], count=6)],
        )
        yield from from_behaviour(
            contract,
            "list-order" if contract.behaviour("list-order") else "page-envelope",
            f"paging/{listing.name}/whole",
            partial(whole, listing, fine),
            fine,
            Proof(([right],), rejects),
            requires=f"{listing.path} without filters shows every record once, ascending by id, and counts them all."
            if ordered
            else f"{listing.path} without filters shows every record once, and counts them all.",
            source="x-behaviours: list-order, page-envelope",
            writes=False,
            quiet=True,
        )
        if "next" not in listing.fields:
            continue
        yield from from_behaviour(
            contract,
            "page-envelope",
            f"paging/{listing.name}/large-pages",
            partial(_large, listing),
            judge_large,
            Proof(
                ([right.pages],),
                (
                    [made(listing, ids, 2, next=None).pages[:2]],
                    [made(listing, ids, 2, count=6).pages],
                    [made(listing, [3, 3], 2).pages],
                    [[Page(404)]],
                ),
            ),
            requires=f"A large limit of {listing.path} hides nothing, wherever the server cuts it: "
            "next leads to the rest.",
            source="x-behaviours: limit-capped, page-envelope",
            writes=False,
            quiet=True,
        )
