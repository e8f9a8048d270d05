"""Every pair of statuses, by PATCH and by PUT: permitted ones happen, others are refused and change nothing.

Owns: transitions/<patch|put>/from-<status>, transitions/with-other-fields.
Knows nothing of: reject (see reject.py).
Source: x-transitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.oracles import refusals
from cancelkit.contract_tests.oracles.records import changed, lacks
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.evidence import Refusal, Row, examples_of_refusals, judge_refusals
from cancelkit.contract_tests.rules.writes import IBANS, UPDATES, refused, seen
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Transitions


@dataclass(frozen=True, slots=True)
class Move:
    """A request asked to go from `old` to `new`, the record before, as answered, and as read again."""

    old: str
    new: str
    before: Row
    answer: Answer
    after: Any


def _observe(operation_id: str, old: str, bench: Bench) -> list[Move]:
    moves = bench.spec.transitions
    found = []
    stays = bench.fresh(old, quantity=3, iban=IBANS[0])
    for new in sorted(moves.statuses, key=lambda new: moves.permits(old, new)):
        row = stays if new == old or not moves.permits(old, new) else bench.fresh(old, quantity=3, iban=IBANS[0])
        answer = bench.call(operation_id, id=row["id"], body={"status": new})
        found.append(Move(old, new, row, answer, seen(bench, row["id"])))
        if row is stays and isinstance(found[-1].after, Mapping) and found[-1].after.get("status") != old:
            stays = bench.fresh(old, quantity=3, iban=IBANS[0])
    return found


def judge(moves: Transitions, found: Iterable[Move]) -> Iterator[str]:
    """Permitted moves must happen and touch the status only; others must be a 400 that names it."""
    for one in found:
        what = f"{one.old} to {one.new}"
        if not moves.permits(one.old, one.new):
            yield from (f"{what}, which is not permitted: {text}" for text in refusals.names(one.answer, "status"))
            wanted = one.old
        else:
            if one.answer.status != 200:
                yield f"{what}, which is permitted: answered {one.answer.status}, not 200"
                continue
            yield from (f"{what}: in the answer {text}" for text in lacks(one.answer.json, {"status": one.new}))
            wanted = one.new
        yield from (f"{what}: read again, {text}" for text in lacks(one.after, {"status": wanted}))
        if isinstance(one.after, Mapping):
            kept = [name for name in one.before if name not in ("status", "modified_date")]
            names = changed(one.before, one.after, kept)
            yield from (f"{what}: {name} went from {one.before[name]!r} to {one.after[name]!r}" for name in names)


def _mixed(operation_id: str, bench: Bench) -> tuple[Refusal, ...]:
    """A refused move together with fields that would be fine by themselves."""
    moves = bench.spec.transitions
    found = []
    for old in moves.statuses:
        new = next((s for s in moves.statuses if not moves.permits(old, s)), None)
        if new is None:
            continue
        row = bench.fresh(old)
        body = {"description": "must not be stored", "quantity": 9, "status": new}
        found.append(refused(bench, operation_id, body, row, "status", what=f"{old} to {new} with other fields"))
    return tuple(found)


def _examples(moves: Transitions, old: str) -> dict[str, Any]:
    before = examples.record(status=old)
    good, bad = [], []
    for new in moves.statuses:
        moved, refusal = examples.answer(200, {**before, "status": new}), examples.invalid("status")
        right = moves.permits(old, new)
        move = Move(old, new, before, moved if right else refusal, {**before, "status": new if right else old})
        wrong = Move(old, new, before, refusal if right else moved, before)
        good.append(move)
        bad += [[wrong], [Move(old, new, before, move.answer, {**before, "status": "else"})]]
        bad.append([Move(old, new, before, move.answer, {**move.after, "quantity": 8})])
        bad.append([Move(old, new, before, examples.html(400), before)])
    return {"accepts": (good,), "rejects": tuple(bad)}


def rules(spec: Contract) -> Iterator[Rule]:
    moves = spec.transitions
    for name, operation_id in UPDATES.items():
        method = spec.operations[operation_id].method
        for old in moves.statuses:
            follows = ", ".join(sorted(moves.allowed.get(old, ()))) or "nothing else"
            yield Rule(
                id=f"transitions/{name}/from-{old}",
                area="transitions",
                requires=f"By {method}, {old} may become {follows}, or stay; anything else is 400 naming status.",
                source="x-transitions",
                level=moves.fact.level,
                observe=partial(_observe, operation_id, old),
                judge=partial(judge, moves),
                **_examples(moves, old),
            )
        yield Rule(
            id=f"transitions/{name}/with-other-fields",
            area="transitions",
            requires=f"A {method} that is refused for its status stores none of its other fields.",
            source="x-transitions; x-behaviours: refused-changes-nothing",
            level=spec.behaviours["refused-changes-nothing"].fact.level,
            observe=partial(_mixed, operation_id),
            judge=judge_refusals,
            **examples_of_refusals("status"),
        )
