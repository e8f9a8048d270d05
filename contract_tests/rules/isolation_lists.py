"""The lists of one channel hold and count nothing of another, whatever is asked.

Owns: isolation/<list>-<query>, isolation/<list>-disjoint.
Knows nothing of: single records (see isolation_items.py).
Source: x-behaviours channel-isolation; every x-filter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.isolation_items import both_ways
from cancelkit.contract_tests.rules.writes import list_operations, short
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Filter


@dataclass(frozen=True, slots=True)
class Leak:
    """A page that one channel answered, ids that are of the other, and how many rows the query may count at most."""

    what: str
    foreign: frozenset[int]
    answer: Answer
    most: int | None = None


def judge(found: Iterable[Leak]) -> Iterator[str]:
    """No foreign row may be shown or counted."""
    for one in found:
        body = one.answer.json if isinstance(one.answer.json, Mapping) else {}
        rows = body.get("results") or []
        leaked = sorted(one.foreign & {row.get("id") for row in rows if isinstance(row, Mapping)})
        if leaked:
            yield f"{one.what}: holds records of the other channel: {leaked[:5]}"
        count = body.get("count")
        if one.most is not None and isinstance(count, int) and count > one.most:
            yield f"{one.what}: counts {count}, of which at most {one.most} can be this channel's"


def _by_id(operation_id: str, bench: Bench) -> list[Leak]:
    found = []
    for home, away in both_ways(bench):
        own = [bench.create(channel=home)["id"] for _ in range(2)]
        foreign = frozenset(own)
        for query in ({"pk__in": own}, {"pk__in": own[:1], "limit": 5, "page": 1}):
            what = f"{operation_id} of channel {away} asked for records of channel {home}"
            found.append(Leak(what, foreign, bench.call(operation_id, channel=away, query=query), 0))
    return found


def _mixed(operation_id: str, bench: Bench) -> list[Leak]:
    found = []
    for home, away in both_ways(bench)[:1]:
        foreign = frozenset(row["id"] for row in bench.sample(channel=home).rows[-20:])
        own = sorted(bench.sample(channel=away).ids)[-20:] if bench.other_order_items else []
        query = {"pk__in": sorted({*foreign, *own}), "limit": 50}
        answer = bench.call(operation_id, channel=away, query=query)
        found.append(Leak(f"{operation_id} of channel {away} asked for both channels' ids", foreign, answer, len(own)))
    return found


def _by_value(operation_id: str, name: str, rule: Filter, bench: Bench) -> list[Leak]:
    """Filter one channel by values that records of the other have, alone and with the other's ids."""
    found = []
    for home, away in both_ways(bench):
        rows = [row for row in bench.sample(channel=home).rows if value_at(row, rule.path) is not None]
        for row in bench.rng.sample(rows, min(len(rows), bench.scale)):
            value = value_at(row, rule.path)
            if rule.transform == "date":
                value = str(value)[:10]
            if rule.lookup in ("gt", "lt") and rule.transform != "date":
                value = "1990-01-01T00:00:00Z" if rule.lookup == "gt" else "2090-01-01T00:00:00Z"
            foreign = frozenset(r["id"] for r in bench.sample(channel=home).rows)
            what = f"{operation_id} of channel {away} with {name}={value}, a value of channel {home}"
            query = {name: value, "limit": 100}
            found.append(Leak(what, foreign, bench.call(operation_id, channel=away, query=query)))
            query = {name: value, "pk__in": row["id"]}
            what += " and a record's id"
            found.append(Leak(what, foreign, bench.call(operation_id, channel=away, query=query), 0))
    return found


def _disjoint(operation_id: str, bench: Bench) -> list[Leak]:
    """First and last pages of both channels, against the other one's records."""
    found = []
    for home, away in both_ways(bench):
        foreign = frozenset(row["id"] for row in bench.sample(channel=home).rows)
        first = bench.call(operation_id, channel=away, query={"limit": 50})
        found.append(Leak(f"{operation_id} of channel {away}", foreign, first))
        body = first.json if isinstance(first.json, Mapping) else {}
        size, count = len(body.get("results") or []), body.get("count")
        if size and isinstance(count, int) and count > size:
            last = bench.call(operation_id, channel=away, query={"limit": 50, "page": -(-count // size)})
            found.append(Leak(f"{operation_id} of channel {away}, last page", foreign, last))
    return found


Count = tuple[str, int, int]


def _counts(operation_id: str, bench: Bench) -> list[Count]:
    """How the other channel's count moves when three records are created here, three times over."""
    found = []
    for home, away in both_ways(bench):
        for _ in range(3):
            before = _count(bench, operation_id, away)
            for _ in range(3):
                bench.create(channel=home)
            found.append((f"{operation_id} of channel {away}", before, _count(bench, operation_id, away)))
            if found[-1][1] == found[-1][2]:
                break
    return found


def _count(bench: Bench, operation_id: str, channel: int) -> int:
    answer = bench.call(operation_id, channel=channel, query={"limit": 1})
    return int(answer.json["count"]) if isinstance(answer.json, Mapping) else -1


def judge_counts(found: Iterable[Count]) -> Iterator[str]:
    """A complaint needs three observations of the same rise."""
    rises: dict[str, list[int]] = {}
    for what, before, after in found:
        rises.setdefault(what, []).append(after - before)
    for what, seen in rises.items():
        if len(seen) > 2 and set(seen) == {3}:
            yield f"{what}: its count rises by 3 when three records are created in another channel"


def rules(spec: Contract) -> Iterator[Rule]:
    behaviour = spec.behaviours["channel-isolation"]
    made: dict[str, Any] = {
        "accepts": ([Leak("a", frozenset({8}), examples.page([{"id": 7}]), 1)],),
        "rejects": (
            [Leak("a", frozenset({8}), examples.page([{"id": 7}, {"id": 8}]))],
            [Leak("a", frozenset({8}), examples.page([{"id": 7}], count=2), 1)],
        ),
    }
    for operation_id in list_operations(spec):
        name, operation = short(operation_id), spec.operations[operation_id]
        seeds: list[tuple[str, str, Callable[[Bench], Any], bool]] = [
            ("by-id", "asked for ids of another channel holds none of them", partial(_by_id, operation_id), True),
            ("mixed-ids", "asked for ids of both channels holds its own only", partial(_mixed, operation_id), False),
            ("disjoint", "holds no record of another channel", partial(_disjoint, operation_id), False),
        ]
        for key, rule in operation.filters.items():
            if rule.lookup != "in":
                observe: Callable[[Bench], Any] = partial(_by_value, operation_id, key, rule)
                seeds.append((key, f"filtered by {key} holds no record of another channel", observe, False))
        for key, requires, observe, writes in seeds:
            yield Rule(
                id=f"isolation/{name}/{key}",
                area="isolation",
                requires=f"{operation.method} {operation.path} {requires}.",
                source="x-behaviours: channel-isolation",
                level=behaviour.fact.level,
                observe=observe,
                judge=judge,
                **made,
                writes=writes,
                needs_other=True,
            )
        yield Rule(
            id=f"isolation/{name}/count",
            area="isolation",
            requires=f"The count of {operation.path} does not move with another channel's records.",
            source="x-behaviours: channel-isolation",
            level=behaviour.fact.level,
            observe=partial(_counts, operation_id),
            judge=judge_counts,
            accepts=([("a", 5, 5)], [("a", 5, 8), ("a", 8, 9), ("a", 9, 12)]),
            rejects=([("a", 5, 8), ("a", 8, 11), ("a", 11, 14)],),
            needs_other=True,
            quiet=True,
        )
