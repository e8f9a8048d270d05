"""A create stores what was sent: all fields together, the required ones alone, and the first values of the others.

Owns: create/keeps-all, create/only-required, create/initial-state.
Source: the operation that creates; x-behaviours create-initial-state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.examples import ELSE, Examples
from cancelkit.contract_tests.observing.sending import fields, valid_values
from cancelkit.contract_tests.observing.stating import Judge, Proof, from_behaviour, from_fact
from cancelkit.contract_tests.observing.values_walk import walk
from cancelkit.contract_tests.observing.writes import seen
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Level, Operation, Role


@dataclass(frozen=True, slots=True)
class Created:
    """A create: what was sent, what must be so now and what not, what was answered and what is read afterwards."""

    sent: Mapping[str, Any]
    expected: Mapping[str, Any]
    answer: Answer
    after: Any
    unwanted: Mapping[str, Any] = field(default_factory=dict)


def create(
    context: Context, expected: Mapping[str, Any] | None = None, unwanted: Mapping[str, Any] | None = None, **sent: Any
) -> Created:
    """Create with these fields over a valid body; `expected` where the record must differ from what is sent."""
    return create_with(context, context.body(**sent), expected, unwanted)


def create_with(
    context: Context,
    body: Mapping[str, Any],
    expected: Mapping[str, Any] | None = None,
    unwanted: Mapping[str, Any] | None = None,
) -> Created:
    """Create with exactly this body."""
    operation = context.contract.operations[next(o.id for o in [context.contract.role(Role.CREATE)] if o)]
    answer = context.call(operation, body=body)
    known = fields(operation)
    wanted = {**{name: value for name, value in body.items() if name in known}, **(expected or {})}
    made = isinstance(answer.json, dict) and answer.json.get(context.contract.resource.id_field) is not None
    return Created(body, wanted, answer, seen(context, context.id_of(answer.json)) if made else None, unwanted or {})


def judge_created(records: Records, status: int, made: Iterable[Created]) -> Iterator[str]:
    """Each create is accepted, shows what it must, and reads the same afterwards."""
    for one in made:
        if one.answer.status != status:
            yield f"POST {dict(one.sent)}: answered {one.answer.status}, not {status}"
            continue
        for where, row in (("the answer", one.answer.json), ("the record read again", one.after)):
            yield from (f"POST {dict(one.sent)}: in {where} {text}" for text in records.lacks(row, one.expected))
            for name, value in one.unwanted.items():
                if isinstance(row, Mapping) and name in row and records.taken(name, row[name], value):
                    yield f"POST {dict(one.sent)}: in {where} {name} is {value!r}, as sent"
        if isinstance(one.after, Mapping) and isinstance(one.answer.json, Mapping):
            names = records.changed(one.answer.json, one.after, list(one.answer.json))
            yield from (f"POST {dict(one.sent)}: {name} is not what was answered when read again" for name in names)


def of_created(contract: Contract, expected: Mapping[str, Any]) -> tuple[Judge, Proof]:
    """The judge of creates that must store `expected`, and evidence for it."""
    some, records = Examples(contract), Records(contract)
    shown, status = records.shown(expected), _status(contract)
    good = some.record(**shown)

    def made(answer: Answer, after: Any) -> tuple[Created, ...]:
        return (Created({}, expected, answer, after),)

    rejects = [
        made(examples.answer(202, good), good),
        made(examples.answer(status, good), None),
        made(examples.invalid("else"), None),
    ]
    if shown:
        wrong = some.record(**dict.fromkeys(shown, ELSE))
        rejects += [made(examples.answer(status, wrong), good), made(examples.answer(status, good), wrong)]
    return partial(judge_created, records, status), Proof((made(examples.answer(status, good), good),), tuple(rejects))


def _status(contract: Contract) -> int:
    operation = contract.role(Role.CREATE)
    return operation.success.status if operation else 201


def _all(operation: Operation, context: Context) -> tuple[Created, ...]:
    names = fields(operation).items()
    valid = {name: valid_values(context, operation, name, known) for name, known in names}
    body = {name: context.rng.choice([value for value in values if value != ""]) for name, values in valid.items()}
    return (create(context, **body),)


def _only_required(operation: Operation, context: Context) -> tuple[Created, ...]:
    names = fields(operation)
    body = {name: value for name, value in context.body().items() if name in names and names[name].required}
    left = {name: known.default for name, known in names.items() if known.has_default or known.nullable}
    return (create_with(context, body, {**left, **body}),)


def initial(contract: Contract) -> dict[str, Any]:
    """What a new record shows in the fields that no create body offers."""
    moves, offered = contract.resource.transitions, fields(contract.role(Role.CREATE))
    found: dict[str, Any] = {}
    for name, known in contract.resource.judged.items():
        if known.has_default or (known.nullable and name not in offered and not known.set_on):
            found[name] = known.default
    return found | ({moves.field: moves.initial} if moves and moves.field not in offered else {})


def _first_state(operation: Operation, expected: Mapping[str, Any], context: Context) -> tuple[Created, ...]:
    choices = [{name: v} for name, known in fields(operation).items() for v in known.enum if name not in expected]
    made = [create(context, {k: v for k, v in expected.items() if k not in sent}, **sent) for sent in choices or [{}]]
    return (*made, *_walked(context, expected))


def _walked(context: Context, expected: Mapping[str, Any]) -> Iterator[Created]:
    """What creates with every kind of value began with; of the first that is wrong, once more."""
    wanted, status = Records(context.contract), _status(context.contract)
    for write in walk(context):
        if write.area == "create" and write.answer.ok:
            body = write.path[-1][1]
            told = {*body, *wanted.shown(body)}
            left = {name: value for name, value in expected.items() if name not in told}
            found = Created(body, left, write.answer, write.answer.json)
            if any(judge_created(wanted, status, [found])):
                yield create_with(context, body, left)
                return
            yield found


def rules(contract: Contract) -> Iterator[Rule]:
    operation = contract.role(Role.CREATE)
    if operation is None:
        return
    status = operation.success.status
    for key, requires, source, observe in (
        ("keeps-all", f"A create with every field is {status} and stores each of them.", "create body", _all),
        (
            "only-required",
            f"A create with nothing but the required fields is {status}; the others are null.",
            "create body: required",
            _only_required,
        ),
    ):
        wanted = dict.fromkeys(fields(operation), "a")
        judged = of_created(contract, wanted)
        yield from_fact(f"create/{key}", Level.DOCUMENTED, source, requires, partial(observe, operation), *judged)
    expected = initial(contract)
    if expected:
        look = partial(_first_state, operation, expected)
        judged = of_created(contract, expected)
        yield from from_behaviour(contract, "create-initial-state", "create/initial-state", look, *judged)
