"""A create that is refused leaves no record behind.

Owns: create/refused-creates-nothing.
Source: x-behaviours refused-changes-nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.rules.newest import findable
from cancelkit.contract_tests.rules.refusals_walk import creates, walk
from cancelkit.contract_tests.rules.stating import Proof, from_behaviour
from cancelkit.spec import Contract, Operation, Role

Rows = Iterable[Mapping[str, Any]]


def _observe(operation: Operation, context: Context) -> tuple[Any, ...]:
    """Ids of records that stand although the create that described them so was refused; found twice to be sure."""
    return creates(operation, context).left if walk(context, operation).left else ()


def judge_nothing(ids: Iterable[Any]) -> Iterator[str]:
    """No record may stand."""
    for id in ids:
        yield f"record {id} was created by a call that was refused"


def rules(contract: Contract) -> Iterator[Rule]:
    operation = contract.role(Role.CREATE)
    if operation is not None and findable(contract):
        yield from from_behaviour(
            contract,
            "refused-changes-nothing",
            "create/refused-creates-nothing",
            partial(_observe, operation),
            judge_nothing,
            Proof(([],), ([9],)),
            requires="A create that is refused leaves no record behind.",
        )
