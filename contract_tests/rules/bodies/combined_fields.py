"""The fields of one body together: each with each, left out, changed, the same, null and at a bound, in each state.

Owns: <create|patch|put>/combines, and the table of fields together.
Source: x-behaviours patch-partial, put-omitted; x-transitions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import combinations, product
from typing import Any, Final

from cancelkit.contract_tests.context.bodies import values_of
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.states import reachable
from cancelkit.contract_tests.engine.cells import Cell, Table
from cancelkit.contract_tests.engine.covering import covering
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing.evidence import Change, Row, Usual
from cancelkit.contract_tests.observing.names import bodies, updates
from cancelkit.contract_tests.observing.refusals_walk import brought
from cancelkit.contract_tests.observing.sending import after_put, current_value, fields, kept, may_refuse, other_value
from cancelkit.contract_tests.observing.stating import Judge, from_behaviour, from_fact
from cancelkit.contract_tests.observing.writes import change, filled, seen
from cancelkit.contract_tests.rules.bodies.create_echo import Created, create_with, of_created
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Field, Level, Operation, Role

RECORD: Final = "record"
"""Stands among the fields for the state that the record is in."""
OUT, SAME, CHANGED, NULL, EMPTY, LEAST = "left out", "same", "changed", "null", "empty", "least"
FEW = 3
Choice = dict[str, str]
"""How each field is sent, by name."""


def hows(contract: Contract, operation: Operation) -> dict[str, list[str]]:
    """The ways of each field; the states that the record may be in first."""
    creates = operation.role is Role.CREATE
    states = [] if creates else list(reachable(contract))
    found = {RECORD: states} if states and RECORD not in fields(operation) else {}
    for name, field in fields(operation).items():
        left_out = not field.required and (creates or _omits(contract, operation))
        found[name] = [OUT] * left_out + [SAME] * (not creates) + [CHANGED]
        if name == contract.resource.state or name in contract.resource.references:
            continue
        few = [value for value in field.enum if value is not None] or [True, False] * (field.type == "boolean")
        if 1 < len(few) <= FEW:
            found[name] = [*[OUT] * left_out, *map(str, few)]
        found[name] += [NULL] * field.nullable
        empties = contract.chosen("empty-text") != "refused" and field.type == "string" and not few
        found[name] += [EMPTY] * (empties and values_of(field).admits(""))
        found[name] += [LEAST] * (field.type in ("integer", "number") and "minimum" in field.schema)
    return found


def _omits(contract: Contract, operation: Operation) -> bool:
    return operation.method == "PATCH" or contract.behaviour("put-omitted") is not None


def choices(contract: Contract, operation: Operation, scale: int) -> list[Choice]:
    """Bodies in which each way stands (quick), each two do (standard), each three do (deep)."""
    found = hows(contract, operation)
    turned = [[*ways[at % len(ways) :], *ways[: at % len(ways)]] for at, ways in enumerate(found.values())]
    return [dict(zip(found, row, strict=True)) for row in covering(turned, scale)]


def _body(context: Context, operation: Operation, row: Row, choice: Choice) -> dict[str, Any]:
    """The body that a choice means for a record; what it can't mean is left out."""
    found = {}
    for name, field in fields(operation).items():
        how = choice.get(name, OUT)
        if how != OUT:
            with suppress(Skip):
                found[name] = _value(context, name, field, row, how)
    return {**kept(context, operation, row, whole=False), **found}


def _value(context: Context, name: str, field: Field, row: Row, how: str) -> Any:
    if how == SAME or (how == CHANGED and name == context.contract.resource.state and _final(context, row)):
        value = current_value(context, name, row)
        if value is None and not field.nullable:
            raise Skip(f"{name} has no value")
        return value
    made = {NULL: None, EMPTY: "", LEAST: field.schema.get("minimum")}
    if how in made:
        return made[how]
    if how == CHANGED:
        return other_value(context, name, field, row)
    return next(value for value in (*field.enum, True, False) if str(value) == how)


def _final(context: Context, row: Row) -> bool:
    moves = context.contract.resource.transitions
    return moves is not None and not moves.allowed.get(str(context.state_of(row)))


def _record(context: Context, state: str | None) -> dict[str, Any]:
    return brought(context, filled(context), state)


def _send(context: Context, operation: Operation, row: Row, choice: Choice, *, reread: bool = True) -> Change | None:
    body = _body(context, operation, row, choice)
    if not body:
        return None
    found = change(context, operation, body, row, after_put(context.contract, operation, body), reread=reread)
    shown = found.answer.json if isinstance(found.answer.json, dict) else {}
    emptied = {name: None for name, value in body.items() if value == "" and shown.get(name, "") is None}
    found = replace(found, expected={**found.expected, **emptied})
    return None if _open(context, operation, found.answer, body) else found


def _open(context: Context, operation: Operation, answer: Answer, body: Mapping[str, Any]) -> bool:
    """Whether it was refused for what only a server can know, such as a key that does not go with another."""
    if answer.status not in answer.refusals or not isinstance(answer.json, dict):
        return False
    known, references = fields(operation), context.contract.resource.references
    named = [name for name in body if name in answer.json]
    return bool(named) and all(name in references or may_refuse(known[name], body[name]) for name in named)


def _observe(operation: Operation, area: str, judge: Judge, context: Context) -> list[Change]:
    """A record of each state takes one body after another; it is read after every other one, and after the last."""
    found: list[Change] = []
    pool: dict[str | None, Row] = {}
    last: dict[Any, tuple[Choice, Change]] = {}
    for number, choice in enumerate(_by_state(choices(context.contract, operation, context.scale))):
        if context.over_time:
            break
        state = choice.get(RECORD)
        row = pool.pop(state, None) or _record(context, state)
        one = _send(context, operation, row, choice, reread=number % 2 == 0 or context.again)
        if one is None:
            continue
        _cover(context, area, choice)
        found.append(one)
        if any(judge([one])):
            return _smallest(context, operation, judge, choice) or [one]
        last[context.id_of(row)] = choice, one
        if isinstance(one.after, Mapping):
            pool[str(context.state_of(one.after)) if state else None] = dict(one.after)
    for id, (choice, one) in last.items():
        found.append(replace(one, after=seen(context, id)))
        if any(judge(found[-1:])):
            return _smallest(context, operation, judge, choice) or found[-1:]
    return found


def _by_state(every: list[Choice]) -> list[Choice]:
    return sorted(every, key=lambda one: one.get(RECORD, ""))


def _cover(context: Context, area: str, choice: Choice) -> None:
    for one in combinations(sorted(choice.items()), min(context.scale, len(choice))):
        texts = [f"{name} {how}" for name, how in one] + [""] * (3 - len(one))
        context.cover("fields", operation=area, **dict(zip(("first", "second", "third"), texts, strict=True)))


def _creates(operation: Operation, judge: Judge, context: Context) -> list[Created]:
    found = []
    for choice in choices(context.contract, operation, context.scale):
        sent = _body(context, operation, {}, choice)
        known = fields(operation).items()
        left = {n: f.default for n, f in known if n not in sent and (f.has_default or f.nullable)}
        body = {name: value for name, value in context.body(**sent).items() if name in sent or name not in left}
        one = create_with(context, body, left)
        shown = one.answer.json if isinstance(one.answer.json, dict) else {}
        emptied = {name: None for name, value in sent.items() if value == "" and shown.get(name, "") is None}
        one = replace(one, expected={**one.expected, **emptied})
        if not _open(context, operation, one.answer, body):
            _cover(context, "create", choice)
            found.append(one)
        if any(judge([one])):
            return [one]
    return found


def _smallest(context: Context, operation: Operation, judge: Judge, choice: Choice) -> list[Change]:
    """The choice on a record of its own, with as few of its fields as still show what is wrong."""
    found: list[Change] = []
    left = choice
    for name in (None, *(name for name in choice if name != RECORD)):
        fewer = {key: how for key, how in left.items() if key != name}
        with suppress(Inconclusive):
            one = _send(context, operation, _record(context, choice.get(RECORD)), fewer)
            if one is not None and any(judge([one])):
                found, left = [one], fewer
        if not found:
            break
    return found


def rules(contract: Contract) -> Iterator[Rule]:
    usual, create = Usual(contract), contract.role(Role.CREATE)
    if create is not None and len(fields(create)) > 1:
        judged, evidence = of_created(contract, dict.fromkeys(fields(create), "a"))
        yield from_fact(
            "create/combines",
            Level.DOCUMENTED,
            "create body",
            "However fields are combined in a create, each that is sent is stored; the others are null or a default.",
            partial(_creates, create, judged),
            judged,
            evidence,
        )
    for area, operation in updates(contract):
        if len(fields(operation)) < 2:
            continue
        judge, proof = usual.changes()
        yield from from_behaviour(
            contract,
            "patch-partial" if area == "patch" else "put-omitted",
            f"{area}/combines",
            partial(_observe, operation, area, judge),
            judge,
            proof,
            requires=f"However fields are combined in a {operation.method}, each that is sent is set, and no other.",
        )


def tables(contract: Contract) -> Iterator[Table]:
    def cells(scale: int) -> Iterator[Cell]:
        for area, operation in bodies(contract):
            found = hows(contract, operation)
            for names in combinations(sorted(found), min(scale, len(found))) if len(fields(operation)) > 1 else ():
                for ways in product(*(found[name] for name in names)):
                    texts = [f"{name} {how}" for name, how in zip(names, ways, strict=True)]
                    yield (area, *texts, *[""] * (3 - len(texts)))

    says = "fields that an operation was sent together, and how; in quick one at a time, in deep three"
    yield Table("fields", says, ("operation", "first", "second", "third"), cells)
