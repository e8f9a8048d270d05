"""A row of a table that belongs to another scope can't be named: not to create, not to update.

Owns: isolation/<create|put|patch>-<field>.
Source: x-behaviours references-exist (they exist in the scope).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.discovery import named_values
from cancelkit.contract_tests.context.ground import Scope
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.observing.evidence import Refusal, Row, Usual
from cancelkit.contract_tests.observing.names import bodies, scope_word
from cancelkit.contract_tests.observing.refusals_walk import valid_beside
from cancelkit.contract_tests.observing.sending import fields, kept
from cancelkit.contract_tests.observing.stating import from_behaviour
from cancelkit.contract_tests.observing.writes import filled, left_alone, read, refused
from cancelkit.spec import Contract, Operation, Role

FEW: Final = 3
"""A field with at most so many values is tried with each of them beside the key."""


def foreign_keys(context: Context, name: str) -> list[Any]:
    """Keys of the other scope that can't be of this one too.

    Tables may be shared: keys count only where the two scopes are seen to use different rows throughout, or where the
    row that a key opens says itself that it is another scope's.
    """
    if context.other_scope is None:
        raise Skip(f"no other {scope_word(context.contract)} is given")
    own, other = _seen(context, name, context.scope), _seen(context, name, context.other_scope)
    if not other:
        raise Skip(f"no {name} of the other {scope_word(context.contract)} is known")
    if own.keys().isdisjoint(other) and len(own) > 1 and len(other) > 1:
        return list(other)
    if told := [key for key, row in other.items() if key not in own and _says_other(context, row)]:
        return told
    raise Skip(f"the scopes may share their rows for {name}")


def _seen(context: Context, name: str, scope: Scope) -> dict[Any, Any]:
    """The keys that a scope is known to use, with the rows that they open where the scope's records show them."""
    found: dict[Any, Any] = dict.fromkeys(context.keys_in(scope).get(name, ()))
    reference = context.resource.references[name]
    for row in context.sample(scope=scope).rows:
        key = context.key_of(row, name)
        if isinstance(key, int | str) and not isinstance(key, bool):
            found[key] = row.get(reference.opened_detailed or reference.opened or name)
    return found


def _says_other(context: Context, row: Any) -> bool:
    """Whether an opened row names the other scope, and not this one, where rows name a scope."""
    last = context.resource.scope[-1].name
    said, other = set(named_values(row, {last, last.removesuffix("_id")})), context.other_scope or ()
    return context.scope[-1] not in said and other[-1] in said


def _observe(operation: Operation, name: str, context: Context) -> tuple[Refusal, ...]:
    keys, found = foreign_keys(context, name), []
    for number, key in enumerate(context.rng.sample(keys, min(2, len(keys)))):
        if operation.role is Role.CREATE:
            answer = context.call(operation, body=context.body(**{name: key}))
            found.append(Refusal(f"POST with {name} {key} of another {scope_word(context.contract)}", answer, name))
        else:
            row = filled(context)
            base = kept(context, operation, row, whole=False)
            others = valid_beside(context, operation, name, row) if number else {}
            body = {**base, **others, name: key}
            found.append(refused(context, operation, body, row, name))
    return (*found, *_in_company(operation, name, keys, found[-1].before, context))


def _in_company(
    operation: Operation, name: str, keys: list[Any], row: Row | None, context: Context
) -> Iterator[Refusal]:
    """The other scope's key beside a key of its for each reference that follows, and beside each value of a short list;
    but in quick also by itself once an action was done."""
    sent: list[tuple[dict[str, Any], str | None]] = []
    known = list(fields(operation))
    for other, field in fields(operation).items():
        if other in context.resource.references:
            with suppress(Skip):
                if known.index(other) > known.index(name):
                    sent += [({other: key}, None) for key in foreign_keys(context, other)[:1]]
        elif other != context.resource.state and context.scale > 1:
            values = [value for value in field.enum if value is not None] or [True, False] * (field.type == "boolean")
            sent += [({other: value}, name) for value in values if len(values) <= FEW]
    bodies = [({**beside, name: keys[at % len(keys)]}, says) for at, (beside, says) in enumerate(sent)]
    base = {} if row is None else kept(context, operation, row, whole=False)
    calls = [
        partial(context.call, operation, body=context.body(**body))
        if row is None
        else partial(context.call, operation, id=context.id_of(row), body={**base, **body})
        for body, _ in bodies
    ]
    for (body, says), (answer, after) in zip(bodies, left_alone(context, row, calls), strict=True):
        what = f"{operation.method} with {body}, {name} of another {scope_word(context.contract)}"
        yield Refusal(what, answer, says, before=row, after=after)
    if row is not None and context.scale > 1:
        for action in context.contract.actions:
            if context.call(action, id=context.id_of(row)).ok:
                row, key = read(context, context.id_of(row)), keys[0]
                body = {**kept(context, operation, row, whole=False), name: key}
                what = f"{operation.method} after {action.id} with {name} {key}"
                yield refused(context, operation, body, row, name, what=what)
                break


def rules(contract: Contract) -> Iterator[Rule]:
    usual, word = Usual(contract), scope_word(contract)
    for area, operation in bodies(contract) if contract.resource.scope else ():
        for name in fields(operation):
            if name in contract.resource.references:
                yield from from_behaviour(
                    contract,
                    "references-exist",
                    f"isolation/{area}-{name}",
                    partial(_observe, operation, name),
                    *usual.refusals(name, record=area != "create"),
                    requires=f"{operation.method} with {name} of another {word} is 400 naming it.",
                    needs_other=True,
                )
