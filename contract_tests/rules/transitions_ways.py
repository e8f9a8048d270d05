"""However a record came to a state, it is the same state: by PATCH, by PUT, by an action, from each state before it.

Owns: transitions/ways-to-<state>.
Source: x-transitions, x-action; x-filter on the state.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.cells import Cell, Table
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.machine.histories import acting, updating
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.oracles.statuses import acted_again
from cancelkit.contract_tests.rules import examples, transitions
from cancelkit.contract_tests.rules.evidence import Change, Refusal, Row, Usual, judge_changes, judge_refusals
from cancelkit.contract_tests.rules.examples import Examples
from cancelkit.contract_tests.rules.filters_found import Found
from cancelkit.contract_tests.rules.filters_found import judge as judge_found
from cancelkit.contract_tests.rules.listing import listings
from cancelkit.contract_tests.rules.sending import fields, kept
from cancelkit.contract_tests.rules.stating import Proof, from_fact
from cancelkit.contract_tests.rules.transitions import Move
from cancelkit.contract_tests.rules.writes import read, seen
from cancelkit.contract_tests.target.answer import UNSET
from cancelkit.spec import Contract, Operation, Role, Transitions

TABLE: Final = "ways to a state"
TRIED: Final = 2
"""So many moves that are not permitted are tried in each way, others in the next one; all of them in deep."""


@dataclass(frozen=True, slots=True)
class Came:
    """What was seen on a way: writes that must be done, moves asked for, calls that must be refused, and filters."""

    what: str
    changes: tuple[Change, ...] = ()
    moves: tuple[Move, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    found: tuple[Found, ...] = ()


def ways(contract: Contract, scale: int) -> list[tuple[str, str, str]]:
    """(old state, how, new state) of every arrival; in quick one for each state and each kind of write."""
    moves, found = contract.resource.transitions, list[tuple[str, str, str]]()
    if moves is None:
        return []
    movers = [name for name, operation in updating(contract).items() if moves.field in fields(operation)]
    for new in moves.statuses:
        for old in moves.statuses:
            if old != new and new in moves.allowed.get(old, ()):
                found += [(old, how, new) for how in movers]
            for how, operation in acting(contract).items():
                action = operation.action
                if action and action.value == new and old not in action.refused:
                    found.append((old, how, new))
    return found if scale > 1 else list({(how, new): (old, how, new) for old, how, new in reversed(found)}.values())


def _observe(state: str, moves: Transitions, context: Context) -> list[Came]:
    found: list[Came] = []
    for turn, (old, how, new) in enumerate(ways(context.contract, context.scale)):
        if new == state:
            with suppress(Skip):
                found.append(_came(context, moves, (old, how, new), turn))
                context.cover(TABLE, before=old, by=how, state=new)
    if not found:
        raise Skip(f"no way leads to the {moves.field} {state}")
    return found


def _came(context: Context, moves: Transitions, way: tuple[str, str, str], turn: int) -> Came:
    """Bring a record there, ask filters for it, try what is not permitted then, and at last something that is."""
    old, how, new = way
    row = read(context, context.id_of(context.fresh(None if old == moves.initial else old)))
    operation = {**updating(context.contract), **acting(context.contract)}[how]
    arrived = _move(context, operation, moves, row, new)
    change = Change(f"{old} to {new} by {how}", arrived.answer, row, arrived.after, {moves.field: new}, None)
    now = arrived.after if isinstance(arrived.after, dict) else row
    updates = list(updating(context.contract).values())
    forbidden = [s for s in moves.statuses if not moves.permits(new, s)]
    most = min(len(forbidden), len(forbidden) if context.scale > 2 else TRIED)
    chosen = [*forbidden[turn % (len(forbidden) or 1) :], *forbidden][:most]
    tried = [_move(context, updates[(turn + n) % len(updates)], moves, now, s) for n, s in enumerate(chosen)]
    refusals = []
    for name, acts in acting(context.contract).items():
        again = acted_again(context.contract, acts) in (200, acts.success.status)
        if acts.action and new in acts.action.refused and not again:
            answer = context.call(acts, id=context.id_of(now))
            what = f"{name} of a record that came to {new} from {old} by {how}"
            refusals.append(Refusal(what, answer, before=now, after=seen(context, context.id_of(now))))
    found = tuple(_found(context, now, (old, new), turn))
    follows = sorted(moves.allowed.get(new, frozenset()) - {new})
    ready = [
        o for o in acting(context.contract).values() if o.action and o.action.value and new not in o.action.refused
    ]
    changes = [change]
    if ready and (turn % 2 or not follows):
        changes.append(_acted(context, ready[turn // 2 % len(ready)], moves, now, f"after {old} to {new} by {how}"))
    elif follows:
        tried.append(_move(context, updates[turn % len(updates)], moves, now, follows[turn % len(follows)]))
    return Came(f"from {old} by {how}", tuple(changes), tuple(tried), tuple(refusals), found)


def _acted(context: Context, operation: Operation, moves: Transitions, row: Row, when: str) -> Change:
    """An action that the record's state permits."""
    state = str(operation.action and operation.action.value)
    done = _move(context, operation, moves, row, state)
    return Change(f"{operation.id} {when}", done.answer, row, done.after, {moves.field: state}, None)


def _move(context: Context, operation: Operation, moves: Transitions, row: Row, new: str) -> Move:
    body: Any = UNSET
    if operation.action is None:
        body = {**kept(context, operation, row, whole=False), moves.field: new}
    answer = context.call(operation, id=context.id_of(row), body=body)
    return Move(str(row.get(moves.field)), new, row, answer, seen(context, context.id_of(row)))


def _found(context: Context, row: Row, states: tuple[str, str], turn: int) -> Iterator[Found]:
    """The record by its state before and by the present one, in one of the lists."""
    lists = [one for one in listings(context.contract) if one.ids]
    for one in lists[turn % len(lists) :][:1] if lists else ():
        for name, _, rule in one.judged:
            if rule.path == (context.resource.state,) and rule.lookup == "exact" and not rule.transform:
                for state in states:
                    page = one.ask(context, {**one.query([context.id_of(row)]), name: state})
                    count = page.count if "count" in one.fields else len(page.ids)
                    what = f"{one.operation.id} with {name}={state}"
                    shown = (page.status, list(page.ids), count, True, [row])
                    yield Found(what, ((name, rule, state),), *shown, id_field=one.id_field)


def judge(records: Records, moves: Transitions, found: list[Came]) -> Iterator[str]:
    """The write that leads there happens; then only what the state permits; and filters know the state."""
    for one in found:
        texts = [*judge_changes(records, one.changes), *transitions.judge(records, moves, one.moves)]
        texts += [*judge_refusals(records, one.refusals), *judge_found(one.found)]
        yield from (f"{one.what}: {text}" for text in texts)


def _proof(contract: Contract, moves: Transitions, state: str) -> Proof:
    some = Examples(contract)
    row = some.record(**{moves.field: state})
    ok, no = examples.answer(200, row), examples.invalid("non_field_errors")
    change, refusal = Change("a", ok, row, row, {moves.field: state}, None), Refusal("a", no, before=row, after=row)
    stays = Move(state, state, row, ok, row)
    right = Came("a", (change,), (stays,), (refusal,))
    wrong = (
        Came("a", (Change("a", no, row, row, {}, None),)),
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
            "it so, and what may follow is the same.",
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
