"""PUT and PATCH change what was sent, and nothing else: not the other fields, not the other records.

Owns: <patch|put>/changes-<field>, /changes-all, /empty, /ignores-<field>.
Source: x-behaviours patch-partial, put-omitted, null-clears, identity-stands, unknown-fields-ignored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.bodies import values_of
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing.evidence import Change, Row, Usual
from cancelkit.contract_tests.observing.names import updates
from cancelkit.contract_tests.observing.sending import after_put, fields, kept, other_value, text_field
from cancelkit.contract_tests.observing.stating import Judge, Proof, from_behaviour, from_fact
from cancelkit.contract_tests.observing.writes import change, filled, filling, read, seen
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.rules.bodies.create_ignored import foreign_values, unlike
from cancelkit.spec import Body, Contract, Operation, Role
from cancelkit.spec.values import NoValue


def _neighbours(context: Context, count: int = 2) -> list[dict[str, Any]]:
    return [filled(context) for _ in range(count)]


def _unlike(context: Context) -> Iterator[Row]:
    """A filled record, and one that differs from it in every field: empty where it may be, another value of an enum."""
    row = filled(context)
    yield row
    create, few = context.contract.role(Role.CREATE), dict[str, Any]()
    for name, field in fields(create).items() if create else ():
        if (field.enum or field.type == "boolean") and not field.reference and name != context.resource.state:
            with suppress(NoValue):
                few[name] = values_of(field).other_than(row.get(name), random=context.rng)
    yield read(context, context.id_of(context.create(**few)))


def _steps(
    context: Context, operation: Operation, names: Iterable[str], row: Row, most: int
) -> list[tuple[str, Change]]:
    """Each of the fields changed by itself on one record, so many times; the state once less, last.

    The answers tell what each did; the record is read after the last of a field; after the last of all, if once.
    """
    contract, known, made = context.contract, fields(operation), list[tuple[str, Change]]()
    turned = list(names) if most > 1 else list(names)[::-1]  # so that no two fields have been changed in one order only
    turned.sort(key=lambda name: name == contract.resource.state)
    turned = [name for name in turned for _ in range(most - (name == contract.resource.state))]
    for number, name in enumerate(turned):
        with suppress(Skip):
            value = other_value(context, name, known[name], row)
            body = {**kept(context, operation, row, whole=False), name: value}
            left = after_put(contract, operation, body)
            last = most > 1 and turned[number + 1 : number + 2] != [name]
            one = change(context, operation, body, row, left, reread=last or context.again)
            made.append((name, one))
            if not one.answer.ok or not isinstance(one.after, Mapping):
                break
            row = one.after
    if made and most < 2:
        name, one = made[-1]
        made[-1] = name, replace(one, after=seen(context, context.id_of(row)))
    return made


def _singles(operation: Operation, names: Collection[str], context: Context) -> list[tuple[str, Change]]:
    """Each of the fields changed by itself on two unlike records and, but in quick, in each other state, between two
    others.
    """
    neighbours = _neighbours(context, 1)
    rows = [*_unlike(context), *(_in_states(context) if context.scale > 1 else ())]
    neighbours += _neighbours(context, 1)
    made: list[tuple[str, Change]] = []
    for number, row in enumerate(rows):
        made += _steps(context, operation, names, row, 1 if number else 2)
    others = tuple((one, seen(context, context.id_of(one))) for one in neighbours)
    return [(name, replace(one, others=others)) for name, one in made]


def _in_states(context: Context) -> Iterator[Row]:
    """A record in each state but the first, every other one filled."""
    moves = context.contract.resource.transitions
    for number, state in enumerate(state for state in moves.statuses if state != moves.initial) if moves else ():
        with suppress(Skip, Inconclusive):
            yield context.fresh(state, **({} if number % 2 else filling(context)))


def _changed(operation: Operation, name: str, judge: Judge, context: Context) -> tuple[Change, ...]:
    """What the changes one after another showed; where any of that is wrong, the field by itself."""
    made = context.shared(f"singles {operation.id}", partial(_singles, operation, fields(operation)))
    found = tuple(one for key, one in made if key == name)
    if found and not any(judge([one for _, one in made])):
        return found
    alone = tuple(one for _, one in _singles(operation, [name], context))
    if not alone:
        raise Skip(f"{name} has no other value")
    return alone


def _all(operation: Operation, context: Context) -> tuple[Change, ...]:
    row, contract = filled(context), context.contract
    names = {name: field for name, field in fields(operation).items() if name != contract.resource.state}
    single = {name for name, keys in context.references.items() if len(keys) < 2}
    base = kept(context, operation, row)
    body = {**base, **{n: other_value(context, n, field, row) for n, field in names.items() if n not in single}}
    first = change(context, operation, body, row, body, others=tuple(_neighbours(context)))
    if not isinstance(first.after, Mapping):
        return (first,)
    now = dict(first.after)
    cleared = {**kept(context, operation, now), **{name: None for name, field in names.items() if field.nullable}}
    return first, change(context, operation, cleared, now, after_put(contract, operation, cleared))


def takes_nothing(body: Body) -> bool:
    """Whether an empty object is a valid body."""
    return not body.schema.get("minProperties") and not any(field.required for field in body.fields.values())


def _empty(operation: Operation, context: Context) -> tuple[Change, ...]:
    found = []
    for row in (filled(context), context.create()):
        body = kept(context, operation, row, whole=False)
        found.append(change(context, operation, body, row, after_put(context.contract, operation, body)))
    return tuple(found)


def _ignored(operation: Operation, name: str, value: Any, context: Context) -> tuple[Change, ...]:
    row = filled(context)
    text = text_field(context.contract, operation)
    known = {**kept(context, operation, row), **({text: f"beside {name}"} if text else {})}
    sent = after_put(context.contract, operation, known)
    value = unlike(context.contract, name, value, row)
    own = {key: one for key, one in _identity(context, operation, row).items() if key != name}
    seen = [change(context, operation, {**known, **more, name: value}, row, sent) for more in ({}, own)]
    return tuple(replace(one, unwanted={name: value}) for one in seen)


def _identity(context: Context, operation: Operation, row: Row) -> dict[str, Any]:
    """What names the record, which its body does not offer, as the record shows it."""
    known, names = fields(operation), Records(context.contract).identity
    moving = context.resource.set_on("create")
    return {name: row[name] for name in names if name in row and name not in known and name not in moving}


def _all_ignored(operation: Operation, context: Context) -> tuple[Change, ...]:
    """Every field that the body does not offer, at once; then beside what names the record, as it is."""
    row: Row = filled(context)
    known, own = kept(context, operation, row), _identity(context, operation, row)
    foreign = foreign_values(context.contract, operation)
    unwanted = {name: unlike(context.contract, name, value, row) for name, value in foreign.items()}
    sent = after_put(context.contract, operation, known)
    found = []
    for beside in ({}, own):
        values = {name: value for name, value in unwanted.items() if name not in beside}
        found.append(replace(change(context, operation, {**known, **values, **beside}, row, sent), unwanted=values))
        row = found[-1].after if isinstance(found[-1].after, Mapping) else row
    return tuple(found)


def _not_taken(operation: Operation, name: str, value: Any, judge: Judge, context: Context) -> tuple[Change, ...]:
    """What the body with all of them showed; where that is wrong, the field by itself."""
    found = context.shared(f"ignored {operation.id}", partial(_all_ignored, operation))
    return _ignored(operation, name, value, context) if any(judge(found)) else found


def _of_ignored(usual: Usual, name: str, value: Any) -> tuple[Judge, Proof]:
    judge, proof = usual.changes()
    right = proof.accepts[0][0]
    hidden = {key: one for key, one in right.before.items() if key != name}
    taken = replace(right, before=hidden, after={**right.after, name: value}, unwanted={name: value})
    return judge, Proof(proof.accepts, (*proof.rejects, (taken,)))


def rules(contract: Contract) -> Iterator[Rule]:
    usual, state = Usual(contract), contract.resource.state
    stands = "every other field and every other record stand"
    for area, operation in updates(contract):
        key, method = "patch-partial" if area == "patch" else "put-omitted", operation.method
        for name in fields(operation):
            requires = f"{method} with {name} alone sets it; {stands}."
            judge, proof = usual.changes({name: "now"}, others=True)
            look = partial(_changed, operation, name, judge)
            yield from from_behaviour(contract, key, f"{area}/changes-{name}", look, judge, proof, requires=requires)
        but = f"every field but {state}" if state in fields(operation) else "every field"
        requires = f"{method} with {but} sets each of them; with null for the nullable ones clears these."
        level, look = operation.fact.level, partial(_all, operation)
        yield from_fact(
            f"{area}/changes-all", level, f"x-behaviours: {key}", requires, look, *usual.changes(others=True)
        )
        refused = area == "patch" and contract.chosen("empty-patch") == "refused"
        if operation.body is not None and takes_nothing(operation.body) and not refused:
            requires = f"{method} with an empty body is 200 and changes no field that has no default."
            look, judged = partial(_empty, operation), usual.changes({})
            yield from from_behaviour(contract, key, f"{area}/empty", look, *judged, requires=requires)
        for name, value in foreign_values(contract, operation).items():
            judge, proof = _of_ignored(usual, name, value)
            yield from from_behaviour(
                contract,
                "unknown-fields-ignored",
                f"{area}/ignores-{name}",
                partial(_not_taken, operation, name, value, judge),
                judge,
                proof,
                requires=f"{method} ignores {name}, which is none of the body's fields; the rest of the body holds.",
                source="x-behaviours: unknown-fields-ignored, identity-stands",
            )
