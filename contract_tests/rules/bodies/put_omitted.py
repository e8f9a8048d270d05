"""PUT resets what has a default where it leaves it out, PATCH does not; twice is the same as once.

Owns: put/resets-default, put/twice; patch/applies-no-default, patch/twice.
Source: x-behaviours put-omitted, patch-partial.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing.evidence import Change, Usual
from cancelkit.contract_tests.observing.names import updates
from cancelkit.contract_tests.observing.sending import (
    after_put,
    current_value,
    fields,
    kept,
    other_value,
    plain_fields,
    some_values,
)
from cancelkit.contract_tests.observing.stating import from_behaviour
from cancelkit.contract_tests.observing.writes import change, filled
from cancelkit.spec import Contract, Operation


def _defaults(operation: Operation, context: Context) -> tuple[Change, ...]:
    contract, row = context.contract, filled(context)
    body = some_values(context, operation, row, plain_fields(context, operation)[:1])
    found = [change(context, operation, body, row, after_put(contract, operation, body))]
    defaults = {name: field for name, field in fields(operation).items() if field.has_default}
    for turn in range(3):
        if not isinstance(found[-1].after, Mapping):
            break
        now = dict(found[-1].after)
        body = {n: f.default if turn == 1 else other_value(context, n, f, {n: f.default}) for n, f in defaults.items()}
        body = {**kept(context, operation, now, whole=False), **body}
        found.append(change(context, operation, body, now, body))
    return tuple(found)


def _twice(operation: Operation, context: Context) -> tuple[Change, ...]:
    row, contract = filled(context), context.contract
    names = fields(operation)
    body = {name: current_value(context, name, row) for name, field in names.items() if not field.has_default}
    body = {name: value for name, value in body.items() if value is not None or names[name].nullable}
    body = {**body, **some_values(context, operation, row, plain_fields(context, operation)[:1])}
    first = change(context, operation, body, row, after_put(contract, operation, body))
    if not isinstance(first.after, Mapping):
        return (first,)
    return first, change(context, operation, body, dict(first.after), after_put(contract, operation, body))


def rules(contract: Contract) -> Iterator[Rule]:
    usual = Usual(contract)
    for area, operation in updates(contract):
        key = "put-omitted" if area == "put" else "patch-partial"
        method = operation.method
        defaults = any(field.has_default for field in fields(operation).values())
        reset = ("resets-default", "PUT resets an omitted field that has a default to it.", _defaults)
        if area == "patch":
            reset = ("applies-no-default", "PATCH never applies a default.", _defaults)
        for name, requires, observe in (
            *([reset] if defaults else []),
            ("twice", f"The same {method} twice gives the same state as once.", _twice),
        ):
            look = partial(observe, operation)
            yield from from_behaviour(contract, key, f"{area}/{name}", look, *usual.changes(), requires=requires)
