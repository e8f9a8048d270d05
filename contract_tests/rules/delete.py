"""Deleting: gone for every later call, from lists and counts; neighbours stay; the id is not given again.

Owns: delete/gone-for-<operation>, delete/from-<status>, delete/not-listed, delete/not-counted, delete/neighbours,
delete/id-not-reused.
Knows nothing of: other channels (see isolation_items.py).
Source: deleteCancellationRequest; x-behaviours delete-gone, ids-unique.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.calls import good_body
from cancelkit.contract_tests.rules.evidence import (
    Refusal,
    Reply,
    Row,
    examples_of_refusals,
    examples_of_replies,
    judge_refusals,
    judge_replies,
    stands,
)
from cancelkit.contract_tests.rules.writes import DELETE, LIST, LIST_DETAILED, item_operations, seen, short
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Operation


def deleted(bench: Bench, status: str = "waiting", **fields: Any) -> dict[str, Any]:
    """A record of the rule's own that was just deleted.

    Raises:
        Inconclusive: the delete was refused.
    """
    row = bench.fresh(status, **fields)
    answer = bench.call(DELETE, id=row["id"])
    if not answer.ok:
        raise Inconclusive(f"a record could not be deleted: {answer.brief()}")
    return row


def _gone(operation: Operation, bench: Bench) -> tuple[Refusal, ...]:
    found = []
    for status in (bench.spec.transitions.initial, *sorted(bench.spec.transitions.final)[:1]):
        row = deleted(bench, status)
        more = {} if operation.body is None else {"body": good_body(bench, operation)}
        answer = bench.call(operation.id, id=row["id"], **more)
        found.append(Refusal(f"{operation.method} {operation.path} after DELETE", answer, statuses=(404,)))
    return tuple(found)


def _from(status: str, bench: Bench) -> tuple[Reply, ...]:
    row = bench.fresh(status)
    answer = bench.call(DELETE, id=row["id"])
    after = bench.call("retrieveCancellationRequest", id=row["id"])
    what = f"a request in the status {status}"
    return Reply(f"DELETE of {what}", answer, (204,)), Reply(f"GET after DELETE of {what}", after, (404,))


@dataclass(frozen=True, slots=True)
class Lists:
    """What a list answers after one of three records was deleted: asked for these three, and for the status."""

    what: str
    gone: int
    left: frozenset[int]
    answer: Answer


def _lists(bench: Bench) -> list[Lists]:
    rows = [bench.create(quantity=2) for _ in range(3)]
    ids = [row["id"] for row in rows]
    bench.call(DELETE, id=ids[1])
    left = frozenset({ids[0], ids[2]})
    queries: tuple[dict[str, Any], ...] = ({}, {"status": rows[0]["status"]}, {"limit": 2})
    return [
        Lists(f"{operation_id} {more}", ids[1], left, bench.call(operation_id, query={"pk__in": ids, **more}))
        for operation_id in (LIST, LIST_DETAILED)
        for more in queries
    ]


def judge_lists(found: Iterable[Lists]) -> Iterator[str]:
    """The deleted one must be neither shown nor counted, the others both."""
    for one in found:
        body = one.answer.json if isinstance(one.answer.json, dict) else {}
        ids = [row.get("id") for row in body.get("results", []) if isinstance(row, dict)]
        if one.gone in ids:
            yield f"{one.what}: still lists the deleted record {one.gone}"
        if not one.left <= set(ids):
            yield f"{one.what}: no longer lists {sorted(one.left - set(ids))}, which stand"
        if body.get("count") != len(one.left):
            yield f"{one.what}: counts {body.get('count')}, not {len(one.left)}"


Counts = tuple[str, int, int, bool]


def _counts(bench: Bench) -> list[Counts]:
    """(list, count before, count after deleting two, whether nobody else wrote meanwhile)."""
    found = []
    for operation_id in (LIST, LIST_DETAILED):
        for _ in range(3):
            rows = [bench.create() for _ in range(2)]
            before = [_count(bench, operation_id) for _ in range(2)]
            for row in rows:
                bench.call(DELETE, id=row["id"])
            after = [_count(bench, operation_id) for _ in range(2)]
            quiet = before[0] == before[1] and after[0] == after[1]
            found.append((operation_id, before[1], after[0], quiet))
            if quiet and before[1] - after[0] == 2:
                break
    if not any(quiet for *_, quiet in found):
        raise Inconclusive("another client changed the list three times")
    return found


def _count(bench: Bench, operation_id: str) -> int:
    answer = bench.call(operation_id, query={"limit": 1})
    count = answer.json.get("count") if isinstance(answer.json, dict) else None
    if not isinstance(count, int):
        raise Inconclusive(f"the list has no count: {answer.brief()}")
    return count


def judge_counts(found: Iterable[Counts]) -> Iterator[str]:
    """Each list's count must have fallen by two; a complaint needs two quiet observations that agree."""
    by_list: dict[str, list[Counts]] = {}
    for one in found:
        if one[3]:
            by_list.setdefault(one[0], []).append(one)
    for name, all_of_it in by_list.items():
        falls = {before - after for _, before, after, _ in all_of_it}
        if len(all_of_it) > 1 and len(falls) == 1 and falls != {2}:
            _, before, after, _ = all_of_it[-1]
            yield f"{name}: counted {before}, and {after} after two records were deleted"


def _neighbours(bench: Bench) -> list[tuple[Row, Any]]:
    rows = [bench.create(quantity=2, order_item=bench.order_items[0]) for _ in range(5)]
    for number in (1, 3):
        bench.call(DELETE, id=rows[number]["id"])
    return [(rows[number], seen(bench, rows[number]["id"])) for number in (0, 2, 4)]


def judge_neighbours(pairs: Iterable[tuple[Row, Any]]) -> Iterator[str]:
    """Each must stand as it was."""
    for before, after in pairs:
        yield from (f"the deletion of another record: {text}" for text in stands(before, after))


def _reused(bench: Bench) -> dict[str, list[int]]:
    gone: list[int] = []
    new: list[int] = []
    for _ in range(2 + bench.scale):
        rows = [bench.create()["id"] for _ in range(2)]
        new += rows
        for id in reversed(rows):
            bench.call(DELETE, id=id)
        gone += rows
        new.append(bench.create()["id"])
    return {"deleted": gone, "given": new}


def judge_reused(ids: Mapping[str, list[int]]) -> Iterator[str]:
    """No id may be given twice."""
    for id in sorted({id for id in ids["given"] if ids["given"].count(id) > 1}):
        yield f"the id {id} was given again after its record was deleted"


def rules(spec: Contract) -> Iterator[Rule]:
    gone, unique = spec.behaviours["delete-gone"], spec.behaviours["ids-unique"]
    for name in item_operations(spec):
        operation = spec.operations[name]
        yield Rule(
            id=f"delete/gone-for-{short(name)}",
            area="delete",
            requires=f"After a delete, {operation.method} {operation.path} is 404.",
            source="x-behaviours: delete-gone",
            level=gone.fact.level,
            observe=partial(_gone, operation),
            judge=judge_refusals,
            **examples_of_refusals(None, 404, record=False),
        )
    for status in spec.transitions.statuses:
        yield Rule(
            id=f"delete/from-{status}",
            area="delete",
            requires=f"A request in the status {status} can be deleted.",
            source="deleteCancellationRequest",
            level=gone.fact.level,
            observe=partial(_from, status),
            judge=judge_replies,
            **examples_of_replies(204, 400, 200),
        )
    row, page = examples.record(), examples.page([{"id": 1}, {"id": 3}])
    left = frozenset({1, 3})
    yield Rule(
        id="delete/not-listed",
        area="delete",
        requires="A deleted record is neither shown nor counted by the lists, the others are.",
        source="x-behaviours: delete-gone",
        level=gone.fact.level,
        observe=_lists,
        judge=judge_lists,
        accepts=([Lists("a", 2, left, page)],),
        rejects=(
            [Lists("a", 2, left, examples.page([{"id": 1}, {"id": 2}, {"id": 3}]))],
            [Lists("a", 2, left, examples.page([{"id": 1}]))],
            [Lists("a", 2, left, examples.page([{"id": 1}, {"id": 3}], count=3))],
        ),
    )
    yield Rule(
        id="delete/not-counted",
        area="delete",
        requires="The count of the whole list falls by one with each delete.",
        source="x-behaviours: delete-gone",
        level=gone.fact.level,
        observe=_counts,
        judge=judge_counts,
        accepts=([("a", 9, 7, True)], [("a", 9, 9, False)] * 2, [("a", 9, 8, True), ("a", 9, 9, True)]),
        rejects=([("a", 9, 9, True)] * 2, [("a", 9, 8, True)] * 3),
        quiet=True,
    )
    yield Rule(
        id="delete/neighbours",
        area="delete",
        requires="A delete removes the one record and no other.",
        source="x-behaviours: delete-gone",
        level=gone.fact.level,
        observe=_neighbours,
        judge=judge_neighbours,
        accepts=([(row, row)],),
        rejects=([(row, None)], [(row, examples.record(status="rejected"))]),
        quiet=True,
    )
    yield Rule(
        id="delete/id-not-reused",
        area="delete",
        requires=unique.requires,
        source="x-behaviours: ids-unique",
        level=unique.fact.level,
        observe=_reused,
        judge=judge_reused,
        accepts=({"deleted": [1, 2], "given": [1, 2, 3]},),
        rejects=({"deleted": [1, 2], "given": [1, 2, 2]},),
    )
