"""What a create body does not offer is ignored: unknown fields, read-only ones, and those of an update.

Owns: create/ignores-<field>.
Knows nothing of: updates (see update_fields.py).
Source: x-behaviours unknown-fields-ignored, create-initial-state; schema CancellationRequestCreate.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.create_echo import Created, create, examples_of_created, judge_created
from cancelkit.contract_tests.rules.writes import CREATE, fields
from cancelkit.spec import Contract

LONG_AGO = "2001-01-01T00:00:00Z"
UUID = "11111111-2222-4333-8444-555555555555"


def foreign_values(spec: Contract, operation_id: str) -> dict[str, Any]:
    """Fields that the operation's body does not offer, with a value that a new record would not have by itself."""
    offered = fields(spec, operation_id)
    values: dict[str, Any] = {"remote_id": "R-1", "no_such_field": {"deep": [1]}}
    for name, field in spec.fields("CancellationRequest").items():
        if name in offered:
            continue
        if field.schema.get("format") == "date-time":
            values[name] = LONG_AGO
        elif field.schema.get("format") == "uuid":
            values[name] = UUID
        elif name == "status":
            values[name] = sorted(spec.transitions.allowed[spec.transitions.initial])[0]
        elif field.type == "boolean":
            values[name] = not field.default
        elif field.type == "integer":
            values[name] = 990_000_001
        elif field.type == "object":
            values[name] = {"sent": "by a client"}
    return values


def _observe(name: str, value: Any, bench: Bench) -> tuple[Created, ...]:
    return (create(bench, {}, {name: value}, **{name: value}),)


def _examples(name: str, value: Any) -> dict[str, Any]:
    made = examples_of_created({"quantity": 3})
    taken = examples.answer(201, examples.record(**{name: value}))
    rejected = (Created({}, {}, taken, examples.record(), {name: value}),)
    return {"accepts": made["accepts"], "rejects": (*made["rejects"], rejected)}


def rules(spec: Contract) -> Iterator[Rule]:
    behaviour = spec.behaviours["unknown-fields-ignored"]
    for name, value in foreign_values(spec, CREATE).items():
        yield Rule(
            id=f"create/ignores-{name}",
            area="create",
            requires=f"A create body that also holds {name}, which is none of its fields, is accepted without it.",
            source="x-behaviours: unknown-fields-ignored",
            level=behaviour.fact.level,
            observe=partial(_observe, name, value),
            judge=judge_created,
            **_examples(name, value),
        )
