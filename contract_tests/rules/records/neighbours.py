"""A write about one record leaves those around it as they were: before and after it, with the same references.

Owns: <patch|put|action>/neighbours.
Source: x-behaviours patch-partial, put-omitted, <action>-effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.examples import Examples
from cancelkit.contract_tests.observing.names import changes
from cancelkit.contract_tests.observing.sending import fields, kept, other_value, with_body
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.observing.writes import filled, seen
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.spec import Contract, Operation

Pair = tuple[str, Row, Any]


def _walk(operations: Sequence[Operation], context: Context) -> dict[str, list[Pair]]:
    """By operation. Nothing else writes meanwhile, so that the records made here are next to each other."""
    found: dict[str, list[Pair]] = {operation.id: [] for operation in operations}
    for round in range(2):
        shared = {name: context.rng.choice(list(keys)) for name, keys in context.references.items() if keys}
        same: dict[str, Any] = shared if round else {}
        rows: Sequence[Row] = [filled(context, **same) for _ in range(2)]
        own: Row = filled(context, **same)
        rows = [*rows, filled(context, **same), context.create(**same)]
        acted = False
        for operation in operations:
            own, acted = filled(context, **same) if acted else own, operation.action is not None
            with suppress(Skip):
                own = context.ready(operation, own)
                rows, own = _written(context, operation, own, rows, found[operation.id])
    return found


def _written(
    context: Context, operation: Operation, own: Row, rows: Sequence[Row], found: list[Pair]
) -> tuple[list[Row], Row]:
    """Write, and read the records around; both as they are then."""
    id = context.id_of(own)
    answer = context.call(operation, id=id, **with_body(context, operation, _body(context, operation, own)))
    if not answer.ok:
        raise Inconclusive(f"a valid write was refused: {answer.brief()}")
    after = context.parallel([partial(seen, context, context.id_of(row)) for row in rows])
    pairs = list(zip(rows, after, strict=True))
    found += [(f"{operation.method} of record {id}", row, now) for row, now in pairs]
    return [now or row for row, now in pairs], answer.json if isinstance(answer.json, dict) else own


def _body(context: Context, operation: Operation, own: Row) -> dict[str, Any] | None:
    """Every field but references and the state changed: which moves are permitted is for other rules."""
    body = kept(context, operation, own, whole=False)
    for name, field in fields(operation).items():
        if name not in context.references and name != context.contract.resource.state:
            with suppress(Skip):
                body[name] = other_value(context, name, field, own)
    return body or None


def _observe(records: Records, operation: Operation, context: Context) -> list[Pair]:
    """What was seen of the writes one after another; where that is wrong, of this one alone."""
    every = [one for _, one, _ in changes(context.contract)]
    found = context.shared("neighbours", partial(_walk, every))[operation.id]
    if not found or any(judge(records, found)):
        found = _walk([operation], context)[operation.id]
    if not found:
        raise Skip("no record can be brought to where it is accepted")
    return found


def judge(records: Records, found: Iterable[Pair]) -> Iterator[str]:
    """Each must stand as it was."""
    for what, before, after in found:
        yield from (f"{what}: record {before[records.id_field]}: {text}" for text in records.stands(before, after))


def rules(contract: Contract) -> Iterator[Rule]:
    some = Examples(contract)
    row = some.record()
    proof = Proof(([("a", row, row)],), ([("a", row, some.altered())], [("a", row, None)]))
    for area, operation, key in changes(contract):
        yield from from_behaviour(
            contract,
            key,
            f"{area}/neighbours",
            partial(_observe, some.records, operation),
            partial(judge, some.records),
            proof,
            requires=f"{operation.method} {operation.path} changes the one record and no other.",
            quiet=True,
        )
