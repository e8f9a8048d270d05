"""Parallel writes of which only one can be first: one final state is reached, a deleted record stays deleted.

Owns: concurrency/<action>s, concurrency/final-statuses-<area>, concurrency/delete-and-update.
Source: x-transitions (final), x-action; x-behaviours transitions, delete-gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.context import Context
from cancelkit.contract_tests.oracles.records import ABSENT
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.examples import Examples
from cancelkit.contract_tests.rules.names import short, updates
from cancelkit.contract_tests.rules.sending import good_body, kept
from cancelkit.contract_tests.rules.stating import Proof, from_behaviour
from cancelkit.contract_tests.rules.writes import retrieve, seen
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Operation, Role

AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Contest:
    """Calls sent at once, each with the value that it asks for, and the value that the record has then."""

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


def _actions(operation: Operation, field: str, value: Any, context: Context) -> list[Contest]:
    """Several calls of one action on a record, for a few records."""
    found = []
    for _ in range(2 + 2 * context.scale):
        id = context.id_of(context.create())
        answers = context.parallel([partial(context.call, operation, id=id) for _ in range(AT_ONCE)])
        calls = tuple((value, answer) for answer in answers)
        found.append(Contest(f"{AT_ONCE} times {operation.id} at once", calls, _value(context, id, field)))
    return found


def _finals(operation: Operation, context: Context) -> list[Contest]:
    """Every final state asked for at once, from a state that leads to all of them."""
    moves = context.contract.transitions
    finals = sorted(moves.final)
    crossroads = [old for old in moves.statuses if moves.final <= moves.allowed.get(old, frozenset())]
    found = []
    for round in range((1 + context.scale) * bool(crossroads)):
        old = crossroads[round % len(crossroads)]
        row = context.fresh(old)
        id, base = context.id_of(row), kept(context, operation, row, whole=False)
        sends = [partial(context.call, operation, id=id, body={**base, moves.field: new}) for new in finals]
        answers = context.parallel(sends)
        what = f"{operation.method} of {' and '.join(finals)} at once, from {old}"
        found.append(Contest(what, tuple(zip(finals, answers, strict=True)), _value(context, id, moves.field)))
    return found


def judge_contest(found: Iterable[Contest]) -> Iterator[str]:
    """One call is accepted, the others are refused, and the record has the value that was accepted."""
    for one in found:
        won = [value for value, answer in one.calls if answer.ok]
        wrong = [answer.status for _, answer in one.calls if not answer.ok and answer.status != 400]
        if wrong:
            yield f"{one.what}: answered {wrong}, neither 200 nor 400"
        elif len(won) > 1:
            yield f"{one.what}: {len(won)} were accepted, although the first of them is final"
        elif one.after not in (won or [value for value, _ in one.calls]):
            shown = "not to be had" if one.after is ABSENT else one.after
            yield f"{one.what}: {' '.join(map(str, won)) or 'nothing'} was accepted, and the value is {shown}"


def _endings(context: Context) -> list[Ending]:
    found = []
    methods = " and ".join(f"{operation.method}s" for _, operation in updates(context.contract))
    for _ in range(2 + 2 * context.scale):
        row = context.create()
        id = context.id_of(row)
        sends = [partial(context.call, Role.DESTROY, id=id)]
        for _, operation in updates(context.contract):
            body = {**kept(context, operation, row, whole=False), **good_body(context, operation)}
            sends += [partial(context.call, operation, id=id, body=body)] * 2
        order = context.rng.sample(range(len(sends)), len(sends))
        answers = dict(zip(order, context.parallel([sends[number] for number in order]), strict=True))
        after = retrieve(context, id)
        changes = tuple(answers[number] for number in range(1, len(sends)))
        found.append(Ending(f"a DELETE among {methods}", answers[0], changes, after))
    return found


def judge_endings(status: int, found: Iterable[Ending]) -> Iterator[str]:
    """The delete holds, whatever came before or after it; an update finds the record or does not."""
    for one in found:
        wrong = [answer.status for answer in one.updates if answer.status not in (200, 404)]
        if wrong:
            yield f"{one.what}: answered {wrong}, neither 200 nor 404"
        if one.delete.status in (status, 404) and one.after.status != 404:
            yield f"{one.what}: the record is there again, answered {one.after.status}"
        elif one.delete.status not in (status, 404):
            yield f"{one.what}: the DELETE answered {one.delete.status}, not {status}"


def _contests(contract: Contract) -> Proof:
    ok, no = examples.answer(200, Examples(contract).record()), examples.invalid("state")
    return Proof(
        ([Contest("a", (("a", no), ("b", ok)), "b")],),
        (
            [Contest("a", (("a", ok), ("b", ok)), "b")],
            [Contest("a", (("a", no), ("b", ok)), "a")],
            [Contest("a", (("a", no), ("b", no)), "c")],
            [Contest("a", (("a", ok), ("b", examples.error(500))), "a")],
            [Contest("a", (("a", ok), ("b", no)), ABSENT)],
        ),
    )


def rules(contract: Contract) -> Iterator[Rule]:
    moves = contract.resource.transitions
    if contract.role(Role.CREATE) is None or not contract.role(Role.RETRIEVE):
        return
    state, proof = partial(from_behaviour, contract, "transitions"), _contests(contract)
    for operation in contract.actions:
        action = operation.action
        if action is None or action.value not in action.refused or (moves and moves.initial in action.refused):
            continue
        requires = (
            f"Of several {operation.id} of one record sent at once, one is accepted; the record is {action.value} for "
            "the others."
        )
        look = partial(_actions, operation, action.field, action.value)
        source = f"x-transitions: final; x-behaviours: {short(operation)}-final"
        yield from state(
            f"concurrency/{short(operation)}s", look, judge_contest, proof, requires=requires, source=source
        )
    for area, operation in updates(contract):
        if moves is None or len(moves.final) < 2 or operation.body is None or moves.field not in operation.body.fields:
            continue
        requires = f"Of {operation.method}s to different final statuses sent at once, one is accepted and holds."
        yield from state(
            f"concurrency/final-statuses-{area}",
            partial(_finals, operation),
            judge_contest,
            proof,
            requires=requires,
            source="x-transitions: final",
        )
    destroy = contract.role(Role.DESTROY)
    if destroy is None or not updates(contract):
        return
    ok, gone = examples.answer(200, Examples(contract).record()), examples.answer(destroy.success.status)
    none, failed = examples.error(404), examples.error(500)
    yield from from_behaviour(
        contract,
        "delete-gone",
        "concurrency/delete-and-update",
        _endings,
        partial(judge_endings, destroy.success.status),
        Proof(
            ([Ending("a", gone, (ok, none), none)],),
            ([Ending("a", gone, (ok,), ok)], [Ending("a", gone, (failed,), none)], [Ending("a", failed, (ok,), none)]),
        ),
        requires="A record that was deleted while it was updated is gone: no update brings it back.",
    )
