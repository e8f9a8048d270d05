"""What a body field must refuse, in create, PUT and PATCH alike: null, too small, too long, no member, no such key.

Owns: <create|put|patch>/refuses-<kind>-<field>, /requires-<field>, /refuses-no-object.
Source: the bodies' schemas; x-behaviours null-clears, references-exist, refused-changes-nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.cells import Table
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing import refusals_walk
from cancelkit.contract_tests.observing.evidence import Refusal, Usual
from cancelkit.contract_tests.observing.names import bodies, scope_word
from cancelkit.contract_tests.observing.refusals_walk import once_more, valid_beside, walk
from cancelkit.contract_tests.observing.sending import fields, good_body, kept, kinds, text_field
from cancelkit.contract_tests.observing.stating import Judge, from_behaviour, from_fact
from cancelkit.contract_tests.observing.writes import all_refused, filled, refused
from cancelkit.spec import Contract, Level, Operation, Role
from cancelkit.spec.values import Values

WORDS = {
    "null": "null for {0}, which is not nullable,",
    "minimum": "a {0} below its minimum",
    "maximum": "a {0} above its maximum",
    "enum": "a {0} that is not one of its values",
    "reference": "a {0} that names nothing in the {1}",
    "type": "a {0} of the wrong type that can't be converted",
    "maxLength": "a {0} longer than its maxLength",
    "minLength": "a {0} shorter than its minLength",
    "part": "a {0} with a part that its schema refuses",
}
BESIDE = "must not be stored"
LEVELS = {"null": "null-clears", "reference": "references-exist"}


MOST = 10


def _observe(operation: Operation, judge: Judge, name: str, kind: str, context: Context) -> tuple[Refusal, ...]:
    """What the walk showed; what is wrong with it, once more and each by itself."""
    tries = [one for one in walk(context, operation).tries if (one.sent.name, one.sent.kind) == (name, kind)]
    wrong = [one for one in tries if any(judge([one.refusal]))]
    if not wrong:
        return tuple(one.refusal for one in tries)
    return tuple(refusal for one in wrong[:MOST] for refusal in once_more(context, operation, one))


def _missing(operation: Operation, name: str, context: Context) -> tuple[Refusal, ...]:
    if operation.role is Role.CREATE:
        sent = (context.body(), context.body(**valid_beside(context, operation, name, None)))
        bodies = [{key: value for key, value in body.items() if key != name} for body in sent]
        return tuple(Refusal(f"POST without {name}", context.call(operation, body=one), name) for one in bodies)
    row = filled(context)
    base = {**kept(context, operation, row, whole=False), **bystander_of(context.contract, operation, name)}
    body = {key: value for key, value in base.items() if key != name}
    return (refused(context, operation, body, row, name),)


def _no_object(operation: Operation, context: Context) -> tuple[Refusal, ...]:
    """A valid body in a list, and other JSON that is no object; what it would have changed is read again."""
    row = None if operation.role is Role.CREATE else filled(context)
    good = good_body(context, operation, row)
    good = good if row is None else {**kept(context, operation, row, whole=False), **good}
    id = {} if row is None else {"id": context.id_of(row)}
    wrong: tuple[Any, ...] = ([], [good], "text", 5, None)
    calls = [(f"{operation.method} {body!r}", partial(context.call, operation, body=body, **id)) for body in wrong]
    return all_refused(context, row, calls, 400)


def bystander_of(contract: Contract, operation: Operation, name: str) -> dict[str, str]:
    """A field with a value that would be fine by itself, beside the one that is refused."""
    free = [k for k, f in fields(operation).items() if not f.reference and Values(f.schema).admits(BESIDE)]
    texts = [k for k in (text_field(contract, operation), *free) if k and k in contract.resource.fields and k != name]
    return {texts[0]: BESIDE} if texts else {}


def tables(contract: Contract) -> Iterator[Table]:
    return refusals_walk.tables(contract)


def rules(contract: Contract) -> Iterator[Rule]:
    usual = Usual(contract)
    for area, operation in bodies(contract):
        creates = operation.role is Role.CREATE
        effect = "" if creates else ", and changes nothing"
        if operation.body is not None and operation.body.schema.get("type", "object") == "object":
            yield from from_behaviour(
                contract,
                "error-shape",
                f"{area}/refuses-no-object",
                partial(_no_object, operation),
                *usual.refusals(None, 400, record=not creates),
                requires=f"{operation.method} with a body that is JSON but no object is 400{effect}.",
            )
        for name, field in fields(operation).items():
            for kind in kinds(name, field, contract):
                what = WORDS.get(kind, f"a {{0}} that its {kind} refuses").format(name, scope_word(contract))
                judge, proof = usual.refusals(name, record=not creates)
                yield from_fact(
                    f"{area}/refuses-{kind}-{name}",
                    contract.level(LEVELS.get(kind, ""), field.fact.level),
                    f"{area} body: {name}",
                    f"{operation.method} with {what} is 400 naming it{effect}, alone and beside valid fields.",
                    partial(_observe, operation, judge, name, kind),
                    judge,
                    proof,
                )
            if field.required and not field.has_default:
                yield from_fact(
                    f"{area}/requires-{name}",
                    Level.DOCUMENTED,
                    f"{area} body: required",
                    f"{operation.method} without {name}, which is required, is 400 naming it{effect}.",
                    partial(_missing, operation, name),
                    *usual.refusals(name, record=not creates),
                )
