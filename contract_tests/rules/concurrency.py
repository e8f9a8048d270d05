"""Parallel writes: no lost change, no id twice, nothing half done.

Owns: concurrency/creates, concurrency/updates, concurrency/puts, concurrency/deletes, concurrency/reject-and-patch.
Knows nothing of: what single writes do.
Source: x-behaviours ids-unique, patch-partial, put-omitted; createCancellationRequest, deleteCancellationRequest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.oracles.records import lacks
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.create_unique import judge_unique
from cancelkit.contract_tests.rules.writes import CREATE, DELETE, IBANS, PATCH, PUT, REJECT, seen
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract


@dataclass(frozen=True, slots=True)
class Together:
    """Calls that were sent at once about one record, what must stand afterwards, and what does."""

    what: str
    answers: tuple[Answer, ...]
    expected: Mapping[str, Any]
    after: Any


def _creates(bench: Bench) -> list[Together]:
    found = []
    for round in range(bench.scale):
        bodies = [bench.body(description=f"parallel {round} {n} {bench.marker}", quantity=n + 1) for n in range(12)]
        answers = bench.parallel([partial(bench.call, CREATE, body=body) for body in bodies])
        for body, answer in zip(bodies, answers, strict=True):
            id = answer.json.get("id") if isinstance(answer.json, dict) else None
            found.append(Together("a create among twelve", (answer,), body, seen(bench, id) if id else None))
    return found


def judge_creates(found: Iterable[Together]) -> Iterator[str]:
    """Each is 201 and stored as sent; no id and no uuid twice."""
    seen_all = list(found)
    for one in seen_all:
        if one.answers[0].status != 201:
            yield f"{one.what}: answered {one.answers[0].status}, not 201"
        else:
            yield from (f"{one.what}: {text}" for text in lacks(one.after, one.expected))
    yield from judge_unique([one.answers[0].json for one in seen_all if isinstance(one.answers[0].json, Mapping)])


def _updates(operation_id: str, bench: Bench) -> list[Together]:
    """Updates of one record, each of another field; no PUT of them resets what another one sets."""
    method = bench.spec.operations[operation_id].method
    found = []
    for round in range(3 + 2 * bench.scale):
        row = bench.create(quantity=1)
        expected: dict[str, Any] = {
            "description": f"together {round}",
            "iban": IBANS[round % len(IBANS)],
            "holder_name": f"Gül {round}",
            "quantity": round + 2,
        }
        if operation_id == PATCH:
            expected["fully_refund_as_loyalty_money"] = True
        bodies = [{name: value} for name, value in expected.items()]
        bench.rng.shuffle(bodies)
        answers = bench.parallel([partial(bench.call, operation_id, id=row["id"], body=body) for body in bodies])
        what = f"{len(bodies)} times {method}, of different fields"
        found.append(Together(what, tuple(answers), expected, seen(bench, row["id"])))
    return found


def _reject_and_patch(bench: Bench) -> list[Together]:
    found = []
    for round in range(2 + 2 * bench.scale):
        row = bench.create(quantity=1)
        expected = {"status": "rejected", "description": f"meanwhile {round}", "quantity": 4}
        thunks = [
            partial(bench.call, PATCH, id=row["id"], body={"description": expected["description"]}),
            partial(bench.call, REJECT, id=row["id"]),
            partial(bench.call, PATCH, id=row["id"], body={"quantity": 4}),
        ]
        answers = bench.parallel(thunks)
        found.append(Together("a reject among PATCHes", tuple(answers), expected, seen(bench, row["id"])))
    return found


def judge_updates(found: Iterable[Together]) -> Iterator[str]:
    """Every accepted change must stand; none may be refused."""
    for one in found:
        wrong = [answer.status for answer in one.answers if answer.status != 200]
        if wrong:
            yield f"{one.what}: answered {wrong}, not 200"
        else:
            yield from (f"{one.what}: {text}" for text in lacks(one.after, one.expected))


def _deletes(bench: Bench) -> list[Together]:
    found = []
    for _ in range(1 + bench.scale):
        rows = [bench.create() for _ in range(3)]
        calls = [
            partial(bench.call, DELETE, id=rows[0]["id"]),
            partial(bench.call, PUT, id=rows[1]["id"], body={"quantity": 8}),
            partial(bench.call, PATCH, id=rows[2]["id"], body={"quantity": 9}),
            partial(bench.call, DELETE, id=rows[0]["id"]),
        ]
        answers = bench.parallel(calls)
        deletes = (answers[0], answers[3])
        found.append(Together("two DELETEs of one record", deletes, {}, seen(bench, rows[0]["id"])))
        found.append(Together("a PUT beside them", answers[1:2], {"quantity": 8}, seen(bench, rows[1]["id"])))  # type: ignore[arg-type]
        found.append(Together("a PATCH beside them", answers[2:3], {"quantity": 9}, seen(bench, rows[2]["id"])))  # type: ignore[arg-type]
    return found


def judge_deletes(found: Iterable[Together]) -> Iterator[str]:
    """Deletes are 204 or 404 and leave nothing; what is beside them stands."""
    for one in found:
        statuses = [answer.status for answer in one.answers]
        if one.expected:
            yield from judge_updates([one])
        elif 204 not in statuses or not set(statuses) <= {204, 404}:
            yield f"{one.what}: answered {statuses}"
        elif one.after is not None:
            yield f"{one.what}: the record still stands"


def rules(spec: Contract) -> Iterator[Rule]:
    new = examples.record(quantity=3)
    made = examples.answer(201, new)
    ok, gone, none = examples.answer(200, new), examples.answer(204), examples.error(404)
    unique, partial_ = spec.behaviours["ids-unique"], spec.behaviours["patch-partial"]
    deleted = spec.behaviours["delete-gone"]

    def one(answers: tuple[Answer, ...], expected: Mapping[str, Any], after: Any) -> list[Together]:
        return [Together("a", answers, expected, after)]

    for name, requires, behaviour, observe, judge, accepts, rejects in (
        (
            "creates",
            "Creates sent at once are all stored as sent, each under an id and a uuid of its own.",
            unique,
            _creates,
            judge_creates,
            one((made,), {"quantity": 3}, new),
            (
                one((made,), {"quantity": 4}, new),
                one((examples.error(500),), {}, None),
                [*one((made,), {}, new), *one((made,), {}, new)],
            ),
        ),
        (
            "updates",
            "PATCHes of different fields sent at once all take effect.",
            partial_,
            partial(_updates, PATCH),
            judge_updates,
            one((ok, ok), {"quantity": 3}, new),
            (one((ok, ok), {"quantity": 4}, new), one((ok, examples.error(500)), {}, new)),
        ),
        (
            "puts",
            "PUTs of different fields sent at once all take effect: each keeps what it leaves out.",
            spec.behaviours["put-omitted"],
            partial(_updates, PUT),
            judge_updates,
            one((ok, ok), {"quantity": 3}, new),
            (one((ok, ok), {"quantity": 4}, new), one((ok, examples.error(500)), {}, new)),
        ),
        (
            "reject-and-patch",
            "A reject and PATCHes of other fields sent at once all take effect.",
            partial_,
            _reject_and_patch,
            judge_updates,
            one((ok, ok), {"quantity": 3}, new),
            (one((ok, ok), {"status": "rejected"}, new),),
        ),
        (
            "deletes",
            "Of two DELETEs sent at once one is 204, and the record is gone; writes of other records stand.",
            deleted,
            _deletes,
            judge_deletes,
            one((gone, none), {}, None),
            (one((none, none), {}, None), one((gone, gone), {}, new), one((ok,), {"quantity": 9}, new)),
        ),
    ):
        yield Rule(
            id=f"concurrency/{name}",
            area="concurrency",
            requires=requires,
            source=f"x-behaviours: {behaviour.id}",
            level=behaviour.fact.level,
            observe=observe,
            judge=judge,
            accepts=(accepts,),
            rejects=rejects,
        )
