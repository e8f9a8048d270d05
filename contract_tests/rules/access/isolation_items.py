"""A record of one scope does not exist for another: every operation on records in every state, in both directions.

Owns: isolation/<operation>.
Source: x-behaviours channel-isolation, refused-changes-nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing.askers_walk import FOREIGN, Told, asked
from cancelkit.contract_tests.observing.evidence import Refusal, Usual, judge_refusals
from cancelkit.contract_tests.observing.names import isolation, item_operations, scope_word, short
from cancelkit.contract_tests.observing.stating import from_behaviour
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.oracles.statuses import foreign
from cancelkit.spec import Contract, Operation


def _observe(operation: Operation, context: Context) -> list[Refusal]:
    """What was answered to a right body, about records in every state."""
    status, records = (foreign(context.contract),), Records(context.contract)

    def refusals(told: Sequence[Told]) -> list[Refusal]:
        right = [one for one in told if one.body in ("a right body", "no body")]
        return [Refusal(one.what, one.answer, None, status, one.before, one.after) for one in right]

    return refusals(asked(context, operation, FOREIGN, lambda told: judge_refusals(records, refusals(told))))


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
            "and does nothing, whatever state the record is in.",
            needs_other=True,
        )
