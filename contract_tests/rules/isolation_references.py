"""A row of a table that belongs to another scope can't be named: not to create, not to update.

Owns: isolation/<create|put|patch>-<field>.
Source: x-behaviours references-exist (they exist in the scope).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.rules.evidence import Refusal, Usual
from cancelkit.contract_tests.rules.names import bodies, scope_word
from cancelkit.contract_tests.rules.refusals_walk import valid_beside
from cancelkit.contract_tests.rules.sending import fields, kept
from cancelkit.contract_tests.rules.stating import from_behaviour
from cancelkit.contract_tests.rules.writes import filled, refused
from cancelkit.spec import Contract, Operation, Role


def foreign_keys(context: Context, name: str) -> list[Any]:
    """Keys of the other scope that can't be of this one too.

    Tables may be shared: they count only where the two scopes are seen to use different rows throughout.
    """
    own, other = context.references.get(name, ()), context.other_references.get(name, ())
    if not other:
        raise Skip(f"no {name} of the other {scope_word(context.contract)} is known")
    if set(own) & set(other) or len(own) < 2 or len(other) < 2:
        raise Skip(f"the scopes may share their rows for {name}")
    return list(other)


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
    return tuple(found)


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
