"""What a create body does not offer is ignored: unknown fields, read-only ones, and those of an update.

Owns: create/ignores-<field>, and the values that a body holds for fields that it does not offer.
Source: x-behaviours unknown-fields-ignored; the schemas of the bodies and of the record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.examples import Examples
from cancelkit.contract_tests.observing.sending import fields
from cancelkit.contract_tests.observing.stating import Judge, Proof, from_behaviour
from cancelkit.contract_tests.rules.bodies.create_echo import Created, create, of_created
from cancelkit.spec import Contract, Field, Operation, Role
from cancelkit.spec.values import NoValue, Values

LONG_AGO = "2001-01-01T00:00:00Z"
UUID = "11111111-2222-4333-8444-555555555555"
NUMBER = 990_000_001
_TRIES = 6
"""So often another value is sent where an answer shows the one sent: it may be the server's own, of few that fit."""
UNKNOWN: dict[str, Any] = {"remote_id": "R-1", "no_such_field": {"deep": [1]}}


def foreign_values(contract: Contract, operation: Operation) -> dict[str, Any]:
    """Fields that the operation's body does not offer, with a value that a record would not have by itself."""
    offered, shown = fields(operation), contract.resource.judged
    values = {name: value for name, value in UNKNOWN.items() if name not in offered and name not in shown}
    for name, field in shown.items():
        if name not in offered:
            value = _value(contract, name, field)
            if value is not None:
                values[name] = value
    return values


def _value(contract: Contract, name: str, field: Field) -> Any:
    moves = contract.resource.transitions
    if moves and name == moves.field:
        return next(iter(sorted(moves.allowed.get(moves.initial, ()))), None)
    if field.type == "boolean":
        return not field.default
    if field.type == "object":
        return {"sent": "by a client"}
    values = Values(field.schema, direction="response", place=name)
    for value in (LONG_AGO, UUID, NUMBER, "sent by a client"):
        fits = field.schema.get("format") not in ("date-time", "uuid") or value in (LONG_AGO, UUID)
        if fits and values.admits(value) and isinstance(value, str) is not (field.type in ("integer", "number")):
            return value
    try:
        return values.other_than(field.default)
    except NoValue:
        return None


def unlike(contract: Contract, name: str, value: Any, row: Row) -> Any:
    """The value; another one where the record shows this one by itself, as far as there is another."""
    field = contract.resource.fields.get(name)
    if field is None or row.get(name) != value:
        return value
    try:
        return Values(field.schema, direction="response", place=name).other_than(value)
    except NoValue:
        return value


def _observe(name: str, value: Any, context: Context) -> tuple[Created, ...]:
    made = create(context, {}, {name: value}, **{name: value})
    for _ in range(_TRIES):
        row = made.answer.json
        if not isinstance(row, dict) or name not in row or row[name] != value:
            break
        value = unlike(context.contract, name, value, row)
        made = create(context, {}, {name: value}, **{name: value})
    return (made,)


def _all(values: Mapping[str, Any], context: Context) -> Created:
    return create(context, {}, values, **values)


def _not_taken(values: Mapping[str, Any], name: str, judge: Judge, context: Context) -> tuple[Created, ...]:
    """What a body with all of them showed; where that is wrong, the field by itself."""
    found = context.shared("ignored create", partial(_all, values))
    return _observe(name, values[name], context) if any(judge((found,))) else (found,)


def _proof(contract: Contract, name: str, value: Any) -> tuple[Judge, Proof]:
    some = Examples(contract)
    judge, proof = of_created(contract, {})
    taken = examples.answer(proof.accepts[0][0].answer.status, some.record(**{name: value}))
    rejected = (Created({}, {}, taken, some.record(), {name: value}),)
    return judge, Proof(proof.accepts, (*proof.rejects, rejected))


def rules(contract: Contract) -> Iterator[Rule]:
    operation = contract.role(Role.CREATE)
    values = foreign_values(contract, operation) if operation else {}
    for name, value in values.items():
        judge, proof = _proof(contract, name, value)
        yield from from_behaviour(
            contract,
            "unknown-fields-ignored",
            f"create/ignores-{name}",
            partial(_not_taken, values, name, judge),
            judge,
            proof,
            requires=f"A create body that also holds {name}, which is none of its fields, is accepted without it.",
        )
