"""Parallel writes of which only one can be first: one final state is reached, a deleted record stays deleted.

Owns: concurrency/<action>s, concurrency/<final|rival>-statuses-<area>, concurrency/delete-and-update.
Source: x-transitions, x-action; x-behaviours transitions, <action>-final (or action-refused), delete-gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.examples import ELSE, LATER, Examples
from cancelkit.contract_tests.observing.names import short, updates
from cancelkit.contract_tests.observing.sending import fields, good_body, kept
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour, from_fact
from cancelkit.contract_tests.observing.writes import retrieve, seen
from cancelkit.contract_tests.oracles.records import ABSENT
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Action, Contract, Level, Operation, Role, Transitions

AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Contest:
    """Calls sent at once, each with the value that it asks for, and the one that the record has then."""

    what: str
    calls: tuple[tuple[Any, Answer], ...]
    after: Any


@dataclass(frozen=True, slots=True)
class Ending:
    """A delete and updates of one record, sent at once, and what reading the record answers then."""

    what: str
    delete: Answer
    updates: tuple[Answer, ...]
    after: Answer


def _value(context: Context, id: Any, field: str) -> Any:
    row = seen(context, id)
    return row.get(field, ABSENT) if isinstance(row, dict) else ABSENT


def _actions(operation: Operation, action: Action, state: Any, context: Context) -> list[Contest]:
    """Several calls of one action on a record, for a few records."""
    found = []
    for _ in range(1 + 2 * context.scale):
        id = context.id_of(context.fresh(state))
        answers = context.parallel([partial(context.call, operation, id=id) for _ in range(AT_ONCE)])
        calls = tuple((action.value, answer) for answer in answers)
        found.append(Contest(f"{AT_ONCE} times {operation.id} at once", calls, _value(context, id, action.field)))
    return found


def _rivals(operation: Operation, moves: Transitions, context: Context) -> list[Contest]:
    """All states that exclude each other asked for at once, from a state that leads to them."""
    starts = list(moves.rivals.items())
    found = []
    for round in range(1 + context.scale):
        old, rivals = starts[round % len(starts)]
        row = context.fresh(old)
        id, base = context.id_of(row), kept(context, operation, row, whole=False)
        sends = [partial(context.call, operation, id=id, body={**base, moves.field: state}) for state in rivals]
        answers = context.parallel(sends)
        what = f"{operation.method} of {' and '.join(map(str, rivals))} at once, from {old}"
        calls = tuple(zip(rivals, answers, strict=True))
        found.append(Contest(what, calls, _value(context, id, moves.field)))
    return found


def judge_contest(found: Iterable[Contest]) -> Iterator[str]:
    """One call is accepted, the others are refused, and the record has the value that was accepted."""
    for one in found:
        won = [status for status, answer in one.calls if answer.ok]
        wrong = [answer.status for _, answer in one.calls if not answer.ok and answer.status not in answer.refusals]
        if wrong:
            yield f"{one.what}: answered {wrong}, neither 200 nor 400"
        elif len(won) > 1:
            yield f"{one.what}: {len(won)} were accepted, although the first of them excludes the others"
        elif one.after not in (won or [status for status, _ in one.calls]):
            shown = "not to be had" if one.after is ABSENT else one.after
            yield f"{one.what}: {' '.join(map(str, won)) or 'nothing'} was accepted, and the record has {shown}"


def _endings(destroy: Operation, context: Context) -> list[Ending]:
    found = []
    among = [operation for _, operation in updates(context.contract)]
    for _ in range(1 + 2 * context.scale):
        row = context.create()
        id = context.id_of(row)
        sends = [partial(context.call, destroy, id=id)]
        for operation in among:
            body = {**kept(context, operation, row, whole=False), **good_body(context, operation)}
            sends += [partial(context.call, operation, id=id, body=body)] * 2
        order = context.rng.sample(range(len(sends)), len(sends))
        answers = dict(zip(order, context.parallel([sends[number] for number in order]), strict=True))
        after = retrieve(context, id)
        rest = tuple(answers[number] for number in range(1, len(sends)))
        what = f"a DELETE among {' and '.join(f'{operation.method}s' for operation in among)}"
        found.append(Ending(what, answers[0], rest, after))
    return found


def judge_endings(status: int, found: Iterable[Ending]) -> Iterator[str]:
    """The delete holds, whatever came before or after it; an update finds the record or does not."""
    for one in found:
        wrong = [answer.status for answer in one.updates if not answer.ok and answer.status != 404]
        if wrong:
            yield f"{one.what}: answered {wrong}, neither 200 nor 404"
        if one.delete.status in (status, 404) and one.after.status != 404:
            yield f"{one.what}: the record is there again, answered {one.after.status}"
        elif one.delete.status not in (status, 404):
            yield f"{one.what}: the DELETE answered {one.delete.status}, not {status}"


def _contests(some: Examples, won: Any, lost: Any) -> Proof:
    """Contests for `won`, rightly and wrongly decided; `lost` is what it was not."""
    ok, no = examples.answer(200, some.record()), examples.invalid("non_field_errors")

    def contest(first: Answer, second: Answer, after: Any) -> list[Contest]:
        return [Contest("a", ((lost, first), (won, second)), after)]

    wrong = (
        contest(ok, ok, won),
        contest(no, ok, lost),
        contest(no, no, LATER),
        contest(examples.error(500), ok, won),
        contest(no, ok, ABSENT),
    )
    return Proof((contest(no, ok, won),), wrong)


def rules(contract: Contract) -> Iterator[Rule]:
    moves, some = contract.resource.transitions, Examples(contract)
    if contract.role(Role.CREATE) is None:
        return
    level = contract.level("transitions", moves.fact.level if moves else Level.ASSUMED)
    for operation in contract.actions:
        action = operation.action
        if action is None or moves is None or action.field != moves.field or action.value not in action.refused:
            continue  # only where the action's own outcome refuses it is there a first one
        name = short(operation)
        start = next((old for old in (moves.initial, *moves.statuses) if old not in action.refused), None)
        promise = contract.promised(f"{name}-final", "action-refused")
        if contract.behaviour(promise) is not None and start is not None:
            yield from_fact(
                f"concurrency/{name}s",
                level,
                f"x-transitions: final; x-behaviours: {promise}",
                f"Of several {operation.id} of one record sent at once, one is accepted; the record is "
                f"{action.value} for the others.",
                partial(_actions, operation, action, None if start == moves.initial else start),
                judge_contest,
                _contests(some, action.value, ELSE),
            )
    for area, operation in updates(contract) if moves and moves.rivals else ():
        if moves and moves.field in fields(operation):
            first, second, *_ = next(iter(moves.rivals.values()))
            final = all(moves.final.issuperset(states) for states in moves.rivals.values())
            key, words = (
                ("final", "different final statuses") if final else ("rival", "statuses that exclude each other")
            )
            yield from_fact(
                f"concurrency/{key}-statuses-{area}",
                level,
                "x-transitions: final" if final else "x-transitions",
                f"Of {operation.method}s to {words} sent at once, one is accepted and holds.",
                partial(_rivals, operation, moves),
                judge_contest,
                _contests(some, first, second),
            )
    destroy = contract.role(Role.DESTROY)
    if destroy is not None and updates(contract):
        status, row = destroy.success.status, examples.answer(200, some.record())
        gone, none, broken = examples.answer(status), examples.error(404), examples.error(500)
        wrong = (Ending("a", gone, (row,), row), Ending("a", gone, (broken,), none), Ending("a", broken, (row,), none))
        yield from from_behaviour(
            contract,
            "delete-gone",
            "concurrency/delete-and-update",
            partial(_endings, destroy),
            partial(judge_endings, status),
            Proof(([Ending("a", gone, (row, none), none)],), tuple([one] for one in wrong)),
            requires="A record that was deleted while it was updated is gone: no update brings it back.",
        )
