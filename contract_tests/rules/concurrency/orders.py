"""Two writes that were sent at once, one after the other: what either order means for the answers and the records.

Owns: Write, Order, `in_turn`, the id that a create was answered with.
Knows nothing of: what was seen; pairs.py compares.
Source: what each write does by itself (machine/model.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.machine.model import Model, Outcome
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Operation

State = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Write:
    """A call to be sent. id: of its record; None for a create."""

    kind: str
    operation: Operation
    id: Any
    body: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Order:
    """What one order of the writes means: how each is answered, and each record's states on the way; None: gone."""

    outcomes: tuple[Outcome, ...]
    states: Mapping[Any, tuple[State | None, ...]]


def made(context: Context, answer: Answer) -> Any:
    """The id of the record that a create was answered with; None where it was refused."""
    return context.id_of(answer.json) if answer.ok and isinstance(answer.json, dict) else None


def _state(context: Context, row: Row) -> dict[str, Any]:
    """The record as the model keeps it."""
    references = context.resource.references
    opened = {place for one in references.values() for place in (one.opened, one.opened_detailed)}
    names = [name for name in context.resource.judged if name in row and name not in opened]
    return {name: context.key_of(row, name) for name in dict.fromkeys((*names, *references))}


def in_turn(
    context: Context, calls: Sequence[Write], answers: Sequence[Answer], rows: Sequence[Row], turn: tuple[int, int]
) -> Order:
    """What the calls mean, one after the other."""
    model, scope = Model(context.contract, {context.scope: context.references}), context.scope
    model.records[scope] = {context.id_of(row): _state(context, row) for row in rows}
    seen_states: dict[Any, list[State | None]] = {context.id_of(row): [_state(context, row)] for row in rows}
    outcomes: dict[int, Outcome] = {}
    for number in turn:
        call, answer = calls[number], answers[number]
        outcome = outcomes[number] = _outcome(model, scope, call)
        id = made(context, answer) if call.id is None else call.id
        if call.id is not None:
            model.settle(scope, id, outcome)
            seen_states[id].append(model.state(scope, id))
        elif id is not None:
            seen_states[id] = [outcome.state]
    return Order(
        tuple(outcomes[number] for number in (0, 1)), {id: tuple(states) for id, states in seen_states.items()}
    )


def _outcome(model: Model, scope: Any, call: Write) -> Outcome:
    if call.kind == "create":
        return model.create(scope, call.body or {})
    if call.kind == "delete":
        return model.delete(scope, call.id)
    if call.operation.action is not None:
        return model.act(call.operation, scope, call.id)
    return model.update(call.operation, scope, call.id, call.body or {})
