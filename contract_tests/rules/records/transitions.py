"""Every pair of states, by PATCH and by PUT: permitted moves happen, others are refused and change nothing.

Owns: transitions/<patch|put>/from-<state>, transitions/<patch|put>/with-other-fields.
Source: x-transitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.evidence import Refusal, Usual
from cancelkit.contract_tests.observing.examples import ELSE, Examples
from cancelkit.contract_tests.observing.names import updates
from cancelkit.contract_tests.observing.sending import fields, plain_fields, some_values
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour, from_fact
from cancelkit.contract_tests.observing.writes import left_alone, refused
from cancelkit.contract_tests.oracles import refusals
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.rules.records.arrivals import Move, ask, came, move, ways
from cancelkit.spec import Contract, Operation, Transitions


def _observe(operation: Operation, area: str, moves: Transitions, old: str, context: Context) -> list[Move]:
    """What must not happen, all of one record; what may happen, as it was seen on the ways to the new states.

    Not where the record was in another state on the way: a server may begin records elsewhere.
    """
    known = () if context.again else ways(context.contract, context.scale)
    resting = sorted((s for s in moves.statuses if s == old or not moves.permits(old, s)), key=lambda s: s == old)
    found = _resting(operation, moves, old, resting, context)
    for new in moves.statuses:
        if new not in resting:
            seen = came(context, moves, (old, area, new)).arrival if (old, area, new) in known else None
            if seen is None or seen.old != old:
                seen = move(context, operation, moves, context.fresh(old), new, old=old)
            found.append(seen)
    return found


def _resting(operation: Operation, moves: Transitions, old: str, asked: list[str], context: Context) -> list[Move]:
    """Moves that must leave the record as it is; observed again, one that did not is followed by a fresh record."""
    row = context.fresh(old)
    if not context.again:
        calls = [partial(ask, context, operation, moves, row, new) for new in asked]
        answers = left_alone(context, row, calls)
        return [Move(old, new, row, *seen) for new, seen in zip(asked, answers, strict=True)]
    found: list[Move] = []
    for new in asked:
        found.append(move(context, operation, moves, row, new, old=old))
        if not isinstance(found[-1].after, Mapping) or found[-1].after.get(moves.field) != old:
            row = context.fresh(old)
    return found


def judge(records: Records, moves: Transitions, found: Iterable[Move]) -> Iterator[str]:
    """Permitted moves must happen and touch the state only; others must be a 400 that names it."""
    for one in found:
        what, wanted = f"{one.old} to {one.new}", one.new
        if not moves.permits(one.old, one.new):
            yield from (f"{what}, which is not permitted: {text}" for text in refusals.names(one.answer, moves.field))
            wanted = one.old
        elif one.answer.status != 200:
            yield f"{what}, which is permitted: answered {one.answer.status}, not 200"
            continue
        else:
            shown = records.lacks(one.answer.json, {moves.field: one.new})
            yield from (f"{what}: in the answer {text}" for text in shown)
        yield from (f"{what}: read again, {text}" for text in records.lacks(one.after, {moves.field: wanted}))
        if isinstance(one.after, Mapping):
            kept = [name for name in one.before if name not in (moves.field, *records.stamps)]
            names = records.changed(one.before, one.after, kept)
            yield from (f"{what}: {name} went from {one.before[name]!r} to {one.after[name]!r}" for name in names)


def _mixed(operation: Operation, moves: Transitions, context: Context) -> tuple[Refusal, ...]:
    """A refused move together with fields that would be fine by themselves."""
    found = []
    for old in moves.statuses:
        new = next((s for s in moves.statuses if not moves.permits(old, s)), None)
        if new is None:
            continue
        row = context.fresh(old)
        body = {**some_values(context, operation, row, plain_fields(context, operation)[:2]), moves.field: new}
        what = f"{old} to {new} with other fields"
        found.append(refused(context, operation, body, row, moves.field, what=what))
    return tuple(found)


def _proof(contract: Contract, moves: Transitions, old: str) -> Proof:
    some = Examples(contract)
    before, spare = some.record(**{moves.field: old}), some.spare({moves.field})
    good, bad = [], []
    for new in moves.statuses:
        after = {**before, moves.field: new}
        moved, refusal = examples.answer(200, after), examples.invalid(moves.field)
        right = moves.permits(old, new)
        move = Move(old, new, before, moved if right else refusal, after if right else before)
        good.append(move)
        bad.append([Move(old, new, before, refusal if right else moved, before)])
        bad.append([Move(old, new, before, move.answer, {**before, moves.field: "else"})])
        bad.append([Move(old, new, before, examples.html(400), before)])
        if spare:
            bad.append([Move(old, new, before, move.answer, {**move.after, spare: ELSE})])
    return Proof((good,), tuple(bad))


def rules(contract: Contract) -> Iterator[Rule]:
    moves, usual = contract.resource.transitions, Usual(contract)
    for area, operation in updates(contract) if moves else ():
        if moves is None or moves.field not in fields(operation):
            continue
        for old in moves.statuses:
            follows = ", ".join(sorted(moves.allowed.get(old, ()))) or "nothing else"
            requires = f"By {operation.method}, {old} may become {follows}, or stay; "
            requires += f"anything else is 400 naming {moves.field}."
            yield from_fact(
                f"transitions/{area}/from-{old}",
                moves.level(old),
                "x-transitions",
                requires,
                partial(_observe, operation, area, moves, old),
                partial(judge, usual.records, moves),
                _proof(contract, moves, old),
            )
        yield from from_behaviour(
            contract,
            "refused-changes-nothing",
            f"transitions/{area}/with-other-fields",
            partial(_mixed, operation, moves),
            *usual.refusals(moves.field),
            requires=f"A {operation.method} that is refused for its {moves.field} stores none of its other fields.",
            source="x-transitions; x-behaviours: refused-changes-nothing",
        )
