"""A record of one scope does not exist for another: every operation on one record, in both directions.

Owns: isolation/<operation>.
Source: x-behaviours channel-isolation, refused-changes-nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.oracles.statuses import foreign
from cancelkit.contract_tests.rules.evidence import Refusal, Usual
from cancelkit.contract_tests.rules.names import item_operations, scope_word, short
from cancelkit.contract_tests.rules.sending import with_body
from cancelkit.contract_tests.rules.stating import from_behaviour
from cancelkit.contract_tests.rules.writes import seen
from cancelkit.spec import Contract, Operation

Scope = tuple[Any, ...]


def isolation(contract: Contract) -> str:
    """The behaviour that keeps scopes apart: <scope>-isolation, or scope-isolation."""
    return contract.promised(f"{scope_word(contract)}-isolation", "scope-isolation")


def shown(scope: Scope) -> str:
    """A scope in a sentence."""
    return "/".join(map(str, scope))


def both_ways(context: Context) -> tuple[tuple[Scope, Scope], ...]:
    """(a scope, the other one), each way in which records can be created."""
    other = context.other_scope
    if other is None:
        raise Skip(f"no other {scope_word(context.contract)} is given")
    ways = ((context.scope, other), (other, context.scope))
    return ways if all(context.other_references.get(name) for name in context.references) else ways[:1]


def _observe(operation: Operation, context: Context) -> tuple[Refusal, ...]:
    found, word = [], scope_word(context.contract)
    for home, away in both_ways(context):
        row = context.create(home)
        id = context.id_of(row)
        answer = context.call(operation, scope=away, id=id, **with_body(context, operation))
        what = f"{operation.method} in {word} {shown(away)} of a record of {word} {shown(home)}"
        found.append(
            Refusal(
                what, answer, statuses=(foreign(context.contract),), before=row, after=seen(context, id, scope=home)
            )
        )
    return tuple(found)


def rules(contract: Contract) -> Iterator[Rule]:
    usual, status = Usual(contract), foreign(contract)
    for operation in item_operations(contract) if contract.resource.scope else ():
        yield from from_behaviour(
            contract,
            isolation(contract),
            f"isolation/{short(operation)}",
            partial(_observe, operation),
            *usual.refusals(None, status),
            requires=f"{operation.method} {operation.path} with an id of another {scope_word(contract)} is {status} "
            "and does nothing.",
            needs_other=True,
        )
