"""Pages hold every record exactly once, in order, as many as asked for, and count them all.

Owns: paging/<list>/every-record-once, /page-size, /count, /order, /order-after-write.
Knows nothing of: links between pages (see paging_links.py), refusals (paging_bounds.py).
Source: x-behaviours list-order, page-envelope, paging-defaults.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import pairwise

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules.paging_walks import (
    Walk,
    ground,
    made,
    page_ids,
    page_value,
    problems,
    steady_walks,
    walk,
)
from cancelkit.contract_tests.rules.writes import PATCH, list_operations, short
from cancelkit.spec import Contract


def _walks(operation_id: str, limits: tuple[int, ...], bench: Bench) -> list[Walk]:
    ids = ground(bench)
    return steady_walks(bench, ids, [walk(bench, operation_id, ids, limit) for limit in limits])


def _written(operation_id: str, bench: Bench) -> list[Walk]:
    ids = [bench.create()["id"] for _ in range(5)]
    for id in (ids[0], ids[2]):
        bench.call(PATCH, id=id, body={"description": "written", "quantity": 9})
    return [walk(bench, operation_id, ids, limit) for limit in (5, 2)]


def judge_once(walks: Iterable[Walk]) -> Iterator[str]:
    """The pages together must hold the expected ids, each once."""
    for one in walks:
        yield from problems([one])
        ids, expected = one.ids, list(one.expected or ())
        twice = sorted({id for id in ids if ids.count(id) > 1}, key=str)
        missing, strange = sorted(set(expected) - set(ids)), sorted(set(ids) - set(expected), key=str)
        if twice:
            yield f"{one.what}: these stand on the pages more than once: {twice}"
        if missing:
            yield f"{one.what}: these stand on no page: {missing}"
        if strange:
            yield f"{one.what}: these were not asked for: {strange[:10]}"


def judge_size(walks: Iterable[Walk]) -> Iterator[str]:
    """Each page must hold `limit` rows, the last one the rest."""
    for one in walks:
        yield from problems([one])
        left = len(one.expected or ())
        for number, page in enumerate(one.pages, 1):
            wanted, size = min(one.limit, left), len(page_ids(page))
            left -= wanted
            if size != wanted:
                yield f"{one.what}: page {number} holds {size} rows, not {wanted}"


def judge_count(walks: Iterable[Walk]) -> Iterator[str]:
    """Each page must count all matches."""
    for one in walks:
        for number, page in enumerate(one.pages, 1):
            count = page_value(page, "count")
            if count != len(one.expected or ()):
                yield f"{one.what}: page {number} counts {count!r}, not {len(one.expected or ())}"


def judge_order(walks: Iterable[Walk]) -> Iterator[str]:
    """The ids must ascend over all pages."""
    for one in walks:
        yield from problems([one])
        ids = one.ids
        for before, after in pairwise(ids):
            if not (isinstance(before, int) and isinstance(after, int) and before < after):
                yield f"{one.what}: {after!r} stands after {before!r}"
                break


def rules(spec: Contract) -> Iterator[Rule]:
    order, envelope = spec.behaviours["list-order"], spec.behaviours["page-envelope"]
    right = made([3, 5, 8, 9, 12], 2)
    for operation_id in list_operations(spec):
        path, name = spec.operations[operation_id].path, short(operation_id)
        yield Rule(
            id=f"paging/{name}/every-record-once",
            area="paging",
            requires=f"The pages of {path} together hold every record exactly once.",
            source="x-behaviours: list-order, page-envelope",
            level=order.fact.level,
            observe=partial(_walks, operation_id, (2, 3, 5)),
            judge=judge_once,
            accepts=([right],),
            rejects=(
                [made([3, 5, 5, 8], 2, expected=[3, 5, 8])],
                [made([3, 8], 2, expected=[3, 5, 8])],
                [made([3, 4], 2, expected=[3])],
            ),
            writes=False,
        )
        yield Rule(
            id=f"paging/{name}/page-size",
            area="paging",
            requires=f"A page of {path} holds as many rows as limit says, the last one the rest.",
            source="parameter limit",
            level=spec.behaviours["paging-defaults"].fact.level,
            observe=partial(_walks, operation_id, (1, 4, 11, 30)),
            judge=judge_size,
            accepts=([right],),
            rejects=([made([3, 5, 8], 2, expected=[3, 5, 8, 9])], [made([3, 5, 8, 9], 2, expected=[3, 5, 8])]),
            writes=False,
        )
        yield Rule(
            id=f"paging/{name}/count",
            area="paging",
            requires=f"count of {path} is the number of all matches, on every page.",
            source="x-behaviours: page-envelope",
            level=envelope.fact.level,
            observe=partial(_walks, operation_id, (2, 7, 30)),
            judge=judge_count,
            accepts=([right],),
            rejects=([made([3, 5, 8], 2, count=2)], [made([3, 5], 2, count=None)]),
            writes=False,
        )
        for key, words, observe in (
            ("order", "", partial(_walks, operation_id, (3, 30))),
            ("order-after-write", ", whichever was written last", partial(_written, operation_id)),
        ):
            yield Rule(
                id=f"paging/{name}/{key}",
                area="paging",
                requires=f"The rows of {path} ascend by id over all pages{words}.",
                source="x-behaviours: list-order",
                level=order.fact.level,
                observe=observe,
                judge=judge_order,
                accepts=([right],),
                rejects=([made([5, 3], 2)], [made([3, 5, 4], 2)]),
                writes=key != "order",
            )
