"""PUT and PATCH change what was sent, and nothing else: not the other fields, not the other records.

Owns: <patch|put>/sets-<field>, /changes-<field>, /clears-<field>, /changes-all, /empty, /ignores-<field>.
Source: x-behaviours patch-partial, put-omitted, null-clears, identity-stands, unknown-fields-ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.bodies import values_of
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.create_ignored import foreign_values, unlike
from cancelkit.contract_tests.rules.evidence import Change, Usual
from cancelkit.contract_tests.rules.names import updates
from cancelkit.contract_tests.rules.sending import LONG, after_put, fields, kept, other_value, text_field
from cancelkit.contract_tests.rules.stating import Judge, Proof, from_behaviour, from_fact
from cancelkit.contract_tests.rules.writes import change, filled
from cancelkit.spec import Body, Contract, Field, Operation


def _neighbours(context: Context, count: int = 2) -> list[dict[str, Any]]:
    return [filled(context) for _ in range(count)]


def _one(operation: Operation, name: str, field: Field, context: Context) -> tuple[Change, ...]:
    contract = context.contract
    before_it = _neighbours(context, 1)
    row = filled(context)
    others = (*before_it, *_neighbours(context, 1))
    found: list[Change] = []
    for _ in range(1 if name == contract.resource.state else 2):
        body = {**kept(context, operation, row, whole=False), name: other_value(context, name, field, row)}
        found.append(change(context, operation, body, row, after_put(contract, operation, body), others=others))
        if not isinstance(found[-1].after, Mapping):
            return tuple(found)
        row = dict(found[-1].after)
    if name == text_field(contract, operation):
        for text in (value for value in (*LONG, "") if values_of(field).admits(value)):
            body = {**kept(context, operation, row, whole=False), name: text}
            found.append(change(context, operation, body, row, after_put(contract, operation, body)))
    return tuple(found)


def _set(operation: Operation, name: str, field: Field, context: Context) -> tuple[Change, ...]:
    row = filled(context)
    body = {name: other_value(context, name, field, row)}
    return (change(context, operation, {**kept(context, operation, row, whole=False), **body}, row, body),)


def judge_set(records: Records, changes: Iterable[Change]) -> Iterator[str]:
    """Each write must be accepted, and its record show what was sent when it is read again."""
    for one in changes:
        if not one.answer.ok:
            yield f"{one.what}: answered {one.answer.status}"
        yield from (f"{one.what}: in the record read again {text}" for text in records.lacks(one.after, one.expected))


def _of_set(usual: Usual, name: str) -> tuple[Judge, Proof]:
    _, proof = usual.changes({name: "now"})
    right = proof.accepts[0][0]
    rejects = [(replace(right, answer=examples.invalid(name)),), (replace(right, after=None),)]
    if usual.records.shown({name: "now"}):
        rejects.append((replace(right, after=right.before),))
    return partial(judge_set, usual.records), Proof(proof.accepts, tuple(rejects))


def _clear(operation: Operation, name: str, context: Context) -> tuple[Change, ...]:
    row = filled(context)
    body = {**kept(context, operation, row), name: None}
    return (change(context, operation, body, row, after_put(context.contract, operation, body)),)


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
    seen = change(context, operation, {**known, name: value}, row, sent)
    return (replace(seen, unwanted={name: value}),)


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
        for name, field in fields(operation).items():
            requires = f"{method} with {name} alone sets it; {stands}."
            look = partial(_one, operation, name, field)
            judged = usual.changes({name: "now"}, others=True)
            yield from from_behaviour(contract, key, f"{area}/changes-{name}", look, *judged, requires=requires)
            if name != state:  # which state may follow is only assumed: see transitions.py
                requires = f"{method} with {name} alone is accepted, and sets it."
                look, level, source = partial(_set, operation, name, field), field.fact.level, f"{area} body: {name}"
                yield from_fact(f"{area}/sets-{name}", level, source, requires, look, *_of_set(usual, name))
            if field.nullable:
                requires = f"{method} with {name} null clears it; every other field stands."
                look, judged = partial(_clear, operation, name), usual.changes({name: None})
                clears = f"{area}/clears-{name}"
                yield from from_behaviour(contract, "null-clears", clears, look, *judged, requires=requires)
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
            yield from from_behaviour(
                contract,
                "unknown-fields-ignored",
                f"{area}/ignores-{name}",
                partial(_ignored, operation, name, value),
                *_of_ignored(usual, name, value),
                requires=f"{method} ignores {name}, which is none of the body's fields; the rest of the body holds.",
                source="x-behaviours: unknown-fields-ignored, identity-stands",
            )
