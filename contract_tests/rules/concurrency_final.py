"""Parallel writes of which only one can be first: one final status is reached, a deleted record stays deleted.

Owns: concurrency/rejects, concurrency/final-statuses, concurrency/delete-and-update.
Knows nothing of: writes that go together (see concurrency.py), what one write after another does.
Source: x-transitions (final, actions); x-behaviours transitions, reject-final, delete-gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.oracles.records import ABSENT
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.calls import good_body
from cancelkit.contract_tests.rules.writes import DELETE, PATCH, PUT, UPDATES, seen
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract

AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Contest:
    """Calls sent at once, each with the final status that it asks for, and the status that the record has then."""

    what: str
    calls: tuple[tuple[str, Answer], ...]
    after: Any


@dataclass(frozen=True, slots=True)
class Ending:
    """A delete and updates of one record, sent at once, and what reading the record answers then."""

    what: str
    delete: Answer
    updates: tuple[Answer, ...]
    after: Answer


def _status(bench: Bench, id: int) -> Any:
    row = seen(bench, id)
    return row.get("status", ABSENT) if isinstance(row, dict) else ABSENT


def _actions(operation_id: str, status: str, bench: Bench) -> list[Contest]:
    """Several calls of one action on a record, for a few records."""
    found = []
    for _ in range(2 + 2 * bench.scale):
        id = bench.create()["id"]
        answers = bench.parallel([partial(bench.call, operation_id, id=id) for _ in range(AT_ONCE)])
        calls = tuple((status, answer) for answer in answers)
        found.append(Contest(f"{AT_ONCE} times {operation_id} at once", calls, _status(bench, id)))
    return found


def _finals(area: str, bench: Bench) -> list[Contest]:
    """Every final status asked for at once, from a status that leads to all of them."""
    moves = bench.spec.transitions
    finals = sorted(moves.final)
    crossroads = [old for old in moves.statuses if moves.final <= moves.allowed.get(old, frozenset())]
    found = []
    for round in range((1 + bench.scale) * bool(crossroads)):
        old = crossroads[round % len(crossroads)]
        id = bench.fresh(old)["id"]
        sends = [partial(bench.call, UPDATES[area], id=id, body={"status": status}) for status in finals]
        answers = bench.parallel(sends)
        what = f"{area.upper()} of {' and '.join(finals)} at once, from {old}"
        found.append(Contest(what, tuple(zip(finals, answers, strict=True)), _status(bench, id)))
    return found


def judge_contest(found: Iterable[Contest]) -> Iterator[str]:
    """One call is accepted, the others are refused, and the record has the status that was accepted."""
    for one in found:
        won = [status for status, answer in one.calls if answer.ok]
        wrong = [answer.status for _, answer in one.calls if not answer.ok and answer.status != 400]
        if wrong:
            yield f"{one.what}: answered {wrong}, neither 200 nor 400"
        elif len(won) > 1:
            yield f"{one.what}: {len(won)} were accepted, although the first of them is final"
        elif one.after not in (won or [status for status, _ in one.calls]):
            shown = "not to be had" if one.after is ABSENT else one.after
            yield f"{one.what}: {' '.join(won) or 'nothing'} was accepted, and the status is {shown}"


def _endings(bench: Bench) -> list[Ending]:
    found = []
    for _ in range(2 + 2 * bench.scale):
        id = bench.create(quantity=1)["id"]
        sends = [partial(bench.call, DELETE, id=id)]
        for operation_id in (PATCH, PUT):
            body = good_body(bench, bench.spec.operations[operation_id])
            sends += [partial(bench.call, operation_id, id=id, body=body)] * 2
        order = bench.rng.sample(range(len(sends)), len(sends))
        answers = dict(zip(order, bench.parallel([sends[number] for number in order]), strict=True))
        after = bench.call("retrieveCancellationRequest", id=id)
        updates = tuple(answers[number] for number in range(1, len(sends)))
        found.append(Ending("a DELETE among PATCHes and PUTs", answers[0], updates, after))
    return found


def judge_endings(found: Iterable[Ending]) -> Iterator[str]:
    """The delete holds, whatever came before or after it; an update finds the record or does not."""
    for one in found:
        wrong = [answer.status for answer in one.updates if answer.status not in (200, 404)]
        if wrong:
            yield f"{one.what}: answered {wrong}, neither 200 nor 404"
        if one.delete.status in (204, 404) and one.after.status != 404:
            yield f"{one.what}: the record is there again, answered {one.after.status}"
        elif one.delete.status not in (204, 404):
            yield f"{one.what}: the DELETE answered {one.delete.status}, not 204"


def rules(spec: Contract) -> Iterator[Rule]:
    ok, no, gone, none = (
        examples.answer(200, examples.record()),
        examples.invalid("status"),
        examples.answer(204),
        examples.error(404),
    )
    level = spec.behaviours["transitions"].fact.level
    asked: dict[str, Any] = {
        "accepts": ([Contest("a", (("rejected", no), ("completed", ok)), "completed")],),
        "rejects": (
            [Contest("a", (("rejected", ok), ("completed", ok)), "completed")],
            [Contest("a", (("rejected", no), ("completed", ok)), "rejected")],
            [Contest("a", (("rejected", no), ("completed", no)), "approved")],
            [Contest("a", (("rejected", ok), ("completed", examples.error(500))), "rejected")],
            [Contest("a", (("rejected", ok), ("completed", no)), ABSENT)],
        ),
    }
    for name, status in spec.transitions.actions.items():
        yield Rule(
            id=f"concurrency/{status.removesuffix('ed')}s",
            area="concurrency",
            requires=f"Of several {name} of one record sent at once, one is accepted; the record is {status} for the "
            "others.",
            source="x-transitions: final; x-behaviours: reject-final",
            level=level,
            observe=partial(_actions, name, status),
            judge=judge_contest,
            **asked,
        )
    for area, operation_id in UPDATES.items():
        yield Rule(
            id=f"concurrency/final-statuses-{area}",
            area="concurrency",
            requires=f"Of {spec.operations[operation_id].method}s to different final statuses sent at once, one is "
            "accepted and holds.",
            source="x-transitions: final",
            level=level,
            observe=partial(_finals, area),
            judge=judge_contest,
            **asked,
        )
    deleted = spec.behaviours["delete-gone"]
    yield Rule(
        id="concurrency/delete-and-update",
        area="concurrency",
        requires="A record that was deleted while it was updated is gone: no update brings it back.",
        source="x-behaviours: delete-gone",
        level=deleted.fact.level,
        observe=_endings,
        judge=judge_endings,
        accepts=([Ending("a", gone, (ok, none), none)],),
        rejects=(
            [Ending("a", gone, (ok,), ok)],
            [Ending("a", gone, (examples.error(500),), none)],
            [Ending("a", examples.error(500), (ok,), none)],
        ),
    )
