"""The whole list, unfiltered: every record once, in order, counted, and the run's own among them.

Owns: paging/<list>/whole, paging/<list>/large-pages.
Knows nothing of: filtered lists (see paging_records.py), which need no quiet.
Source: x-behaviours list-order, page-envelope.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.paging_links import judge_links
from cancelkit.contract_tests.rules.paging_records import judge_order
from cancelkit.contract_tests.rules.paging_walks import LEAST_MAXIMUM, Walk, made, page_ids, page_value, problems
from cancelkit.contract_tests.rules.writes import list_operations, short
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract

MOST_PAGES = 12
LARGE = 1000


def _observe(operation_id: str, bench: Bench) -> list[Walk]:
    for _ in range(3):
        walks = [_walk(bench, operation_id) for _ in range(2)]
        if walks[0].ids == walks[1].ids and len(_counts(walks)) == 1:
            return walks[:1]
    own = [walk for walk in walks if not set(walk.expected or ()) <= set(walk.ids)]
    raise Inconclusive(f"the list moved during three walks{', and lacked own records' if own else ''}")


def _counts(walks: Iterable[Walk]) -> set[object]:
    return {page_value(page, "count") for one in walks for page in one.pages}


def _walk(bench: Bench, operation_id: str) -> Walk:
    """All pages where they are few, else the first and the last ones, which hold the newest records."""
    count = page_value(bench.call(operation_id, query={"limit": 1}), "count")
    if not isinstance(count, int):
        raise Inconclusive(f"{operation_id} has no count")
    limit = max(7, -(-count // (MOST_PAGES * bench.scale)))
    limit = min(limit, 50)
    first = bench.call(operation_id, query={"limit": limit, "page": 1})
    size, query = limit, {}
    if LEAST_MAXIMUM <= len(page_ids(first)) < min(limit, count):
        size, query = len(page_ids(first)), {"limit": limit}  # cut to the server's largest limit
    last = max(1, -(-count // size))
    rest = [bench.call(operation_id, query={"limit": limit, "page": n}) for n in range(2, min(last, 25) + 1)]
    complete = last <= 25
    own = sorted(bench.sample().own) if complete else []
    what = f"{operation_id}, the whole list with limit={limit}"
    return Walk(what, query, size, [first, *rest], own if complete else None)


def judge(walks: Iterable[Walk]) -> Iterator[str]:
    """Ids once and ascending; where the walk is complete, as many as counted and the run's own among them."""
    for one in walks:
        yield from problems([one])
        yield from judge_order([one])
        ids = one.ids
        if len(set(ids)) != len(ids):
            yield f"{one.what}: shows {len(ids) - len(set(ids))} records more than once"
        for number, page in enumerate(one.pages[:-1], 1):
            if len(page_ids(page)) != one.limit:
                yield f"{one.what}: page {number} holds {len(page_ids(page))} rows"
        if one.expected is not None:
            missing = sorted(set(one.expected) - set(ids))
            if missing:
                yield f"{one.what}: does not show {missing[:5]}, which were created by this run"
            for count in _counts([one]):
                if count != len(set(ids)):
                    yield f"{one.what}: counts {count}, shows {len(set(ids))}"
            yield from judge_links("next", [one])
            yield from judge_links("previous", [one])


def _large(operation_id: str, bench: Bench) -> list[list[Answer]]:
    """Two walks along next from the first page of a large limit, which the server may cut; as far as MOST_PAGES."""
    walks = []
    for _ in range(2):
        pages = [bench.call(operation_id, query={"limit": LARGE})]
        if pages[0].status == 400:
            raise Skip(f"limit={LARGE} is refused, which the rules about bounds judge")
        while isinstance(link := page_value(pages[-1], "next"), str) and len(pages) < MOST_PAGES:
            pages.append(bench.send("GET", link if link.startswith("http") else f"http://target{link}"))
        walks.append(pages)
    if [page_value(page, "count") for page in walks[0]] != [page_value(page, "count") for page in walks[1]]:
        raise Inconclusive("another client changed the list")
    return walks


def judge_large(walks: Iterable[Sequence[Answer]]) -> Iterator[str]:
    """Where next ends, every record that is counted was shown, each once."""
    for pages in walks:
        ids = [id for page in pages for id in page_ids(page)]
        wrong = [page.status for page in pages if page.status != 200]
        if wrong:
            yield f"a page of limit={LARGE} answered {wrong[0]}"
        elif len(set(ids)) != len(ids):
            yield f"limit={LARGE}: following next shows {len(ids) - len(set(ids))} records more than once"
        elif page_value(pages[-1], "next") is None and len(ids) != page_value(pages[0], "count"):
            yield f"limit={LARGE}: next ends after {len(ids)} records, {page_value(pages[0], 'count')} are counted"


def rules(spec: Contract) -> Iterator[Rule]:
    ids = [3, 5, 8, 9, 12]
    right = made(ids, 2, expected=[5, 12])
    for operation_id in list_operations(spec):
        path = spec.operations[operation_id].path
        yield Rule(
            id=f"paging/{short(operation_id)}/whole",
            area="paging",
            requires=f"{path} without filters shows every record once, ascending by id, and counts them all.",
            source="x-behaviours: list-order, page-envelope",
            level=spec.behaviours["list-order"].fact.level,
            observe=partial(_observe, operation_id),
            judge=judge,
            accepts=([right],),
            rejects=(
                [made(ids, 2, expected=[5, 13])],
                [made([3, 5, 5, 8], 2, expected=[5])],
                [made([5, 3], 2, expected=[5])],
                [made(ids, 2, expected=[5], count=6)],
            ),
            writes=False,
            quiet=True,
        )
        yield Rule(
            id=f"paging/{short(operation_id)}/large-pages",
            area="paging",
            requires=f"A large limit of {path} hides nothing, wherever the server cuts it: next leads to the rest.",
            source="x-behaviours: limit-capped, page-envelope",
            level=spec.behaviours["page-envelope"].fact.level,
            observe=partial(_large, operation_id),
            judge=judge_large,
            accepts=([right.pages],),
            rejects=(
                [made(ids, 2, next=None).pages[:2]],
                [made(ids, 2, count=6).pages],
                [made([3, 3], 2).pages],
                [[examples.error(404)]],
            ),
            writes=False,
            quiet=True,
        )
