"""However a record came to a state, it is the same state: by PATCH, by PUT, by an action, from each state before it.

Owns: transitions/ways-to-<state>.
Source: x-transitions, x-action; x-filter on the state.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.cells import Cell, Table
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.machine.histories import updating
from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.evidence import Change, Refusal, Usual, judge_changes, judge_refusals
from cancelkit.contract_tests.observing.examples import Examples
from cancelkit.contract_tests.observing.filters_found import Found
from cancelkit.contract_tests.observing.filters_found import judge as judge_found
from cancelkit.contract_tests.observing.stating import Proof, from_fact
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.rules.records import transitions
from cancelkit.contract_tests.rules.records.arrivals import Came, Move, came, ways
from cancelkit.spec import Contract, Role, Transitions

TABLE: Final = "ways to a state"


def _observe(state: str, moves: Transitions, context: Context) -> list[Came]:
    found: list[Came] = []
    for old, how, new in ways(context.contract, context.scale):
        if new == state:
            with suppress(Skip):
                found.append(came(context, moves, (old, how, new)))
                context.cover(TABLE, before=old, by=how, state=new)
    if not found:
        raise Skip(f"no way leads to the {moves.field} {state}")
    return found


def judge(records: Records, moves: Transitions, found: list[Came]) -> Iterator[str]:
    """The write that leads there happens; then only what the state permits; filters know it; every field can be set."""
    for one in found:
        texts = [
            *judge_changes(records, [*one.changes, *one.edits.values()]),
            *transitions.judge(records, moves, one.moves),
        ]
        texts += [*judge_refusals(records, one.refusals), *judge_found(one.found)]
        yield from (f"{one.what}: {text}" for text in texts)


def _proof(contract: Contract, moves: Transitions, state: str) -> Proof:
    some = Examples(contract)
    row = some.record(**{moves.field: state})
    ok, no = examples.answer(200, row), examples.invalid("non_field_errors")
    change, refusal = Change("a", ok, row, row, {moves.field: state}, None), Refusal("a", no, before=row, after=row)
    stays = Move(state, state, row, ok, row)
    right = Came("a", stays, (change,), {"a": change}, (stays,), (refusal,))
    wrong = (
        Came("a", changes=(Change("a", no, row, row, {}, None),)),
        Came("a", edits={"a": Change("a", no, row, row, {}, None)}),
        Came("a", moves=(Move(state, state, row, no, row),)),
        Came("a", refusals=(Refusal("a", ok, before=row, after=row),)),
        Came("a", found=(Found("a", (), 404, [], None, True, []),)),
    )
    return Proof(([right],), tuple([one] for one in wrong))


def rules(contract: Contract) -> Iterator[Rule]:
    moves, usual = contract.resource.transitions, Usual(contract)
    if moves is None or not updating(contract) or contract.role(Role.CREATE) is None:
        return
    for state in dict.fromkeys(new for _, _, new in ways(contract, 2)):
        yield from_fact(
            f"transitions/ways-to-{state}",
            moves.fact.level,
            "x-transitions; x-action",
            f"Whatever state a record was in before, and whichever write made it {state}, it is {state}: filters find "
            "it so, what may follow is the same, and each field can be changed.",
            partial(_observe, state, moves),
            partial(judge, usual.records, moves),
            _proof(contract, moves, state),
        )


def tables(contract: Contract) -> Iterator[Table]:
    def cells(scale: int) -> Iterator[Cell]:
        yield from ((old, how, new) for old, how, new in ways(contract, scale))

    if ways(contract, 2) and updating(contract) and contract.role(Role.CREATE) is not None:
        says = "a write that brings a record from one state to another; in quick each write to each state"
        yield Table(TABLE, says, ("before", "by", "state"), cells)
