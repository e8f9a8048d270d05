"""Rejecting: the status becomes rejected and stays so, nothing else changes, and only once.

Owns: reject/effect, reject/from-<status>, reject/final-<status>, reject/twice.
Knows nothing of: PUT and PATCH of the status (see transitions.py).
Source: rejectCancellationRequest; x-transitions (actions, final); x-behaviours reject-effect, reject-final.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.evidence import (
    Change,
    Refusal,
    examples_of_changes,
    examples_of_refusals,
    judge_changes,
    judge_refusals,
)
from cancelkit.contract_tests.rules.writes import change, filled, read, refused
from cancelkit.spec import Contract, Operation


def _effect(operation: Operation, status: str, bench: Bench) -> tuple[Change, ...]:
    neighbour = bench.create()
    row = filled(bench)
    others = (neighbour, bench.create(order_item=row["order_item"]))
    return (change(bench, operation.id, None, row, {"status": status}, others=others, what="reject"),)


def _from(operation: Operation, status: str, old: str, bench: Bench) -> tuple[Change, ...]:
    row = bench.fresh(old, quantity=2, holder_name="Çiğdem")
    what = f"reject a request in the status {old}"
    return (change(bench, operation.id, None, row, {"status": status}, what=what),)


def _final(operation: Operation, old: str, bench: Bench) -> tuple[Refusal, ...]:
    row = bench.fresh(old, quantity=2)
    return (refused(bench, operation.id, None, row, None, what=f"reject a request in the final status {old}"),)


def _twice(operation: Operation, bench: Bench) -> tuple[Refusal, ...]:
    row = bench.create()
    bench.call(operation.id, id=row["id"])
    now = read(bench, row["id"])
    return tuple(refused(bench, operation.id, None, now, None, what=f"reject, time {time}") for time in (2, 3))


def judge_final(refused: Iterable[Refusal]) -> Iterator[str]:
    """A refusal that blames no field: the call has none."""
    refused = tuple(refused)
    yield from judge_refusals(refused)
    for one in refused:
        body = one.answer.json
        if one.answer.status == 400 and isinstance(body, Mapping) and not {"non_field_errors", "detail"} & set(body):
            yield f"{one.what}: the 400 has neither non_field_errors nor detail, but {sorted(body)}"


def _final_examples() -> dict[str, Any]:
    made = examples_of_refusals(None, 400)
    blaming = replace(made["accepts"][0][0], answer=examples.invalid("status"))
    return {**made, "rejects": (*made["rejects"], (blaming,))}


def rules(spec: Contract) -> Iterator[Rule]:
    moves = spec.transitions
    for name, status in moves.actions.items():
        operation = spec.operations[name]
        effect = spec.behaviours["reject-effect"]
        yield Rule(
            id="reject/effect",
            area="reject",
            requires=effect.requires,
            source="x-behaviours: reject-effect",
            level=effect.fact.level,
            observe=partial(_effect, operation, status),
            judge=judge_changes,
            **examples_of_changes({"status": status}, others=True),
        )
        which, final = spec.behaviours["reject-which-states"], spec.behaviours["reject-final"]
        for old in moves.statuses:
            if old in moves.final:
                yield Rule(
                    id=f"reject/final-{old}",
                    area="reject",
                    requires=f"A request in the status {old} cannot be rejected: 400, and it stays as it is.",
                    source="x-behaviours: reject-final",
                    level=final.fact.level,
                    observe=partial(_final, operation, old),
                    judge=judge_final,
                    **_final_examples(),
                )
            else:
                yield Rule(
                    id=f"reject/from-{old}",
                    area="reject",
                    requires=f"A request in the status {old} can be rejected.",
                    source="x-behaviours: reject-which-states",
                    level=which.fact.level,
                    observe=partial(_from, operation, status, old),
                    judge=judge_changes,
                    **examples_of_changes({"status": status}),
                )
        yield Rule(
            id="reject/twice",
            area="reject",
            requires="A request that was rejected cannot be rejected again: 400, and it stays as it is.",
            source="x-behaviours: reject-final",
            level=final.fact.level,
            observe=partial(_twice, operation),
            judge=judge_final,
            **_final_examples(),
        )
