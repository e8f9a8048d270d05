"""Retrieving: the record that was created, the same each time; an unknown id is 404 for every operation on one record.

Owns: retrieve/same-as-listed, retrieve/repeats, <area>/unknown-id/<operation>.
Knows nothing of: deleted records and other channels (see delete.py, isolation_items.py).
Source: retrieveCancellationRequest; responses NotFound; x-behaviours detailed-agrees.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.oracles.records import changed
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.calls import good_body
from cancelkit.contract_tests.rules.evidence import Refusal, examples_of_refusals, judge_refusals
from cancelkit.contract_tests.rules.writes import DELETE, LIST, item_operations, read, short
from cancelkit.spec import Contract, Level, Operation

Pair = tuple[str, Mapping[str, Any], Mapping[str, Any]]


def _listed(bench: Bench) -> list[Pair]:
    sample = bench.sample()
    ids = bench.rng.sample(sorted(sample.own or sample.ids), min(6 * bench.scale, len(sample.own or sample.ids)))
    listed = {row["id"]: row for row in bench.rows(LIST, query={"pk__in": ids})} if ids else {}
    pairs = [(f"record {id}: list and retrieve", listed[id], read(bench, id)) for id in ids if id in listed]
    again = {row["id"]: row for row in bench.rows(LIST, query={"pk__in": ids})} if ids else {}
    return [pair for pair in pairs if again.get(pair[1]["id"]) == pair[1]]


def _repeated(bench: Bench) -> list[Pair]:
    row = bench.create(quantity=2)
    first = read(bench, row["id"])
    return [(f"record {row['id']}: retrieved twice", first, read(bench, row["id"])) for _ in range(3)]


def judge_pairs(pairs: Iterable[Pair]) -> Iterator[str]:
    """Both rows of a pair must be of the same record and show the same."""
    for what, one, other in pairs:
        names = changed(one, other, sorted(one.keys() | other.keys()))
        yield from (f"{what} show different {name}: {one[name]!r} and {other[name]!r}" for name in names)


def _unknown(operation: Operation, bench: Bench) -> tuple[Refusal, ...]:
    row = bench.create()
    known = [row["id"], *bench.sample().ids]
    bench.call(DELETE, id=row["id"])
    found = []
    for id in (max(known) + 100_000 + bench.rng.randrange(10**6), 0):
        more = {} if operation.body is None else {"body": good_body(bench, operation)}
        answer = bench.call(operation.id, id=id, **more)
        found.append(Refusal(f"{operation.method} {operation.path} with the unknown id {id}", answer, statuses=(404,)))
    return tuple(found)


def rules(spec: Contract) -> Iterator[Rule]:
    one, other = examples.record(), examples.record(status="rejected")
    pairs: dict[str, Any] = {
        "accepts": ([("a", one, one)], [("a", one, {**one, "created_date": "2025-03-01T13:00:00.000001+03:00"})]),
        "rejects": ([("a", one, other)], [("a", one, examples.record(id=8))]),
    }
    yield Rule(
        id="retrieve/same-as-listed",
        area="retrieve",
        requires="A record shows the same fields when retrieved as in the list.",
        source="schemas CancellationRequest and CancellationRequestPage",
        level=spec.behaviours["detailed-agrees"].fact.level,
        observe=_listed,
        judge=judge_pairs,
        **pairs,
        writes=False,
    )
    yield Rule(
        id="retrieve/repeats",
        area="retrieve",
        requires="Retrieving a record again shows the same while nothing is written.",
        source="retrieveCancellationRequest",
        level=Level.DOCUMENTED,
        observe=_repeated,
        judge=judge_pairs,
        **pairs,
    )
    for name in item_operations(spec):
        operation = spec.operations[name]
        area = {"GET": "retrieve", "PUT": "put", "PATCH": "patch", "DELETE": "delete"}.get(operation.method, "reject")
        yield Rule(
            id=f"{area}/unknown-id/{short(name)}",
            area=area,
            requires=f"{operation.method} {operation.path} with an id that no record has is 404 with detail and code.",
            source=f"responses of {name}: 404",
            level=operation.responses[404].fact.level,
            observe=partial(_unknown, operation),
            judge=judge_refusals,
            **examples_of_refusals(None, 404, record=False),
        )
