"""A write about one record leaves those around it as they were: before and after it, of the same order item and reason.

Owns: <patch|put|reject>/neighbours.
Knows nothing of: what the write does to its own record (see update_fields.py, reject.py), deletes (see delete.py).
Source: x-behaviours patch-partial, put-omitted, reject-effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.evidence import Row, stands
from cancelkit.contract_tests.rules.writes import PATCH, PUT, REJECT, fields, filled, other_value, seen
from cancelkit.spec import Contract, Operation

Pair = tuple[str, Row, Any]


def _observe(operation: Operation, bench: Bench) -> list[Pair]:
    """Nothing else writes meanwhile, so that the records made here are next to each other."""
    found: list[Pair] = []
    for round in range(2):
        item, reason = (bench.rng.choice(ids) for ids in (bench.order_items, bench.reasons))
        same: dict[str, Any] = {"order_item": item, "reason": reason, "cancellation_type": "cancel"} if round else {}
        rows: list[Row] = [filled(bench, **same) for _ in range(2)]
        own = filled(bench, **same)
        rows += [filled(bench, **same), bench.create(**same)]
        body: dict[str, Any] = {}
        for name, field in fields(bench.spec, operation.id).items():
            if field.reference is None and name != "status":  # which moves are permitted is for other rules
                body[name] = other_value(bench, name, field, own)
        sent: dict[str, Any] = {} if operation.body is None else {"body": body}
        answer = bench.call(operation.id, id=own["id"], **sent)
        if not answer.ok:
            raise Inconclusive(f"a valid write was refused: {answer.brief()}")
        what = f"{operation.method} of record {own['id']}"
        found += [(what, row, seen(bench, row["id"])) for row in rows]
    return found


def judge(found: Iterable[Pair]) -> Iterator[str]:
    """Each must stand as it was."""
    for what, before, after in found:
        yield from (f"{what}: record {before['id']}: {text}" for text in stands(before, after))


def rules(spec: Contract) -> Iterator[Rule]:
    row = examples.record()
    for area, operation_id, key in (
        ("patch", PATCH, "patch-partial"),
        ("put", PUT, "put-omitted"),
        ("reject", REJECT, "reject-effect"),
    ):
        operation, behaviour = spec.operations[operation_id], spec.behaviours[key]
        yield Rule(
            id=f"{area}/neighbours",
            area=area,
            requires=f"{operation.method} {operation.path} changes the one record and no other.",
            source=f"x-behaviours: {key}",
            level=behaviour.fact.level,
            observe=partial(_observe, operation),
            judge=judge,
            accepts=([("a", row, row)],),
            rejects=(
                [("a", row, examples.record(description="changed"))],
                [("a", row, examples.record(status="rejected"))],
                [("a", row, None)],
            ),
            quiet=True,
        )
