"""pk__in finds exactly the ids asked for: one, many, unknown ones among them, one twice, in any order.

Owns: filters/<list>/<parameter>/exactly, /unknown.
Knows nothing of: ids of other channels (see isolation_lists.py).
Source: x-filter with the lookup `in`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules.delete import deleted
from cancelkit.contract_tests.rules.filters_found import ask
from cancelkit.contract_tests.rules.filters_match import judged
from cancelkit.contract_tests.rules.paging_walks import check_steady, ground, page_value
from cancelkit.contract_tests.rules.writes import list_operations, short
from cancelkit.spec import Contract


@dataclass(frozen=True, slots=True)
class Picked:
    """Ids asked for, those of them that exist (ascending), and what the list answered."""

    asked: Sequence[int]
    exist: Sequence[int]
    status: int
    ids: Sequence[Any]
    count: Any


def _pick(bench: Bench, operation_id: str, name: str, asked: Sequence[int], known: set[int]) -> Picked:
    first, ids, _ = ask(bench, operation_id, {name: list(asked)})
    return Picked(asked, sorted(set(asked) & known), first.status, ids, page_value(first, "count"))


def _exactly(operation_id: str, name: str, bench: Bench) -> list[Picked]:
    ids = ground(bench)
    known = set(ids)
    some = bench.rng.sample(ids, 3)
    sets = [[ids[0]], [ids[-1]], [bench.rng.choice(ids)], some, ids[::-1], [some[0], some[0]], [*some, *some]]
    found = [_pick(bench, operation_id, name, asked, known) for asked in sets]
    check_steady(bench, ids)
    return found


def _unknown(operation_id: str, name: str, bench: Bench) -> list[Picked]:
    ids = ground(bench)
    gone = deleted(bench)["id"]
    far = max([*bench.sample().ids, gone]) + 5_000_000
    sets = [[gone], [far], [gone, ids[0], far], [ids[1], gone], [0, ids[2]]]
    return [_pick(bench, operation_id, name, asked, set(ids)) for asked in sets]


def judge(found: Iterable[Picked]) -> Iterator[str]:
    """Exactly those that exist, each once, and counted; their order is for paging/<list>/order to judge."""
    for one in found:
        if one.status != 200:
            yield f"{list(one.asked)}: answered {one.status}, not 200"
        elif sorted(one.ids, key=str) != sorted(one.exist, key=str):
            yield f"{list(one.asked)}: finds {list(one.ids)}, not {list(one.exist)}"
        elif one.count != len(one.exist):
            yield f"{list(one.asked)}: counts {one.count!r}, not {len(one.exist)}"


def rules(spec: Contract) -> Iterator[Rule]:
    right = Picked([3, 1, 9, 3], [1, 3], 200, [1, 3], 2)
    newest_first = Picked([1, 3], [1, 3], 200, [3, 1], 2)
    wrong = (
        Picked([3, 1], [1, 3], 200, [3], 1),
        Picked([3, 1], [1, 3], 200, [1, 2, 3], 3),
        Picked([3, 1], [1, 3], 200, [1, 3, 3], 2),
        Picked([3, 1], [1, 3], 200, [1, 3], 9),
        Picked([3, 9], [3], 404, [], None),
    )
    for operation_id in list_operations(spec):
        for name, parameter, rule in judged(spec, operation_id):
            if rule.lookup != "in":
                continue
            for suffix, words, observe, writes in (
                ("exactly", "finds each id asked for once, in whatever order they are given", _exactly, False),
                ("unknown", "finds nothing for an id that no record has, and the others all the same", _unknown, True),
            ):
                yield Rule(
                    id=f"filters/{short(operation_id)}/{name.replace('__', '-')}/{suffix}",
                    area="filters",
                    requires=f"{name} of {spec.operations[operation_id].path} {words}.",
                    source=f"x-filter of {name}",
                    level=parameter.fact.level,
                    observe=partial(observe, operation_id, name),
                    judge=judge,
                    accepts=([right], [newest_first]),
                    rejects=tuple([one] for one in wrong),
                    writes=writes,
                )
