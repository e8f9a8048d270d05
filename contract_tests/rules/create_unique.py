"""Every record is one of its own: no id and no uuid twice, a second request for the same item accepted.

Owns: create/unique, create/stamps-dates, create/repeated-item, create/listed.
Knows nothing of: parallel creates (see concurrency.py).
Source: x-behaviours ids-unique, create-repeated-item.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.oracles.instants import SECOND, instant
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.evidence import Reply, examples_of_replies, judge_replies
from cancelkit.contract_tests.rules.modified_date import pause
from cancelkit.contract_tests.rules.writes import CREATE, DELETE, LIST, LIST_DETAILED
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Level


def _many(bench: Bench) -> list[Mapping[str, Any]]:
    made: list[Mapping[str, Any]] = []
    body = bench.body()
    for number in range(4 + 4 * bench.scale):
        made.append(bench.create(**(body if number % 2 else {})))
        if number % 3 == 1:
            bench.call(DELETE, id=made[-1]["id"])
    return made + [row for row in bench.sample().rows if row["id"] in bench.sample().own]


def judge_unique(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """No id and no uuid may stand in two rows."""
    seen = list(rows)
    for name in ("id", "uuid"):
        for value, times in Counter(str(row[name]) for row in seen if row.get(name) is not None).items():
            if times > 1:
                yield f"the {name} {value} was given to {times} records"


def _repeated(bench: Bench) -> tuple[Reply, ...]:
    body = bench.body(quantity=1)
    what = "POST for an order item that has an open request"
    answers = [bench.call(CREATE, body={**body, **more}) for more in ({}, {}, {"quantity": 2})]
    return tuple(Reply(what, answer, (201,)) for answer in answers[1:])


Stamps = list[Mapping[str, Any]]


def _stamps(bench: Bench) -> Stamps:
    first = bench.create()
    pause(first)
    return [first, bench.create()]


def judge_stamps(rows: Stamps) -> Iterator[str]:
    """created_date must be later than that of the record created before, modified_date not earlier than it."""
    dates = [instant(row.get("created_date")) for row in rows]
    if None in dates or not all(a < b for a, b in pairwise(d for d in dates if d)):
        yield f"created_date of records created one after the other: {[row.get('created_date') for row in rows]}"
    for row, created in zip(rows, dates, strict=True):
        modified = instant(row.get("modified_date"))
        if created and (modified is None or modified < created - SECOND):
            yield f"modified_date {row.get('modified_date')} of a record created at {row.get('created_date')}"


@dataclass(frozen=True, slots=True)
class Listed:
    """A record just created, and what the lists answer when asked for it alone."""

    id: int
    plain: Answer
    detailed: Answer


def _listed(bench: Bench) -> tuple[Listed, ...]:
    found = []
    for _ in range(2):
        id = bench.create()["id"]
        query = {"pk__in": id}
        found.append(Listed(id, bench.call(LIST, query=query), bench.call(LIST_DETAILED, query=query)))
    return tuple(found)


def judge_listed(found: Iterable[Listed]) -> Iterator[str]:
    """Each list must hold the record, once, and count it."""
    for one in found:
        for name, answer in (("plain", one.plain), ("detailed", one.detailed)):
            body = answer.json if isinstance(answer.json, dict) else {}
            ids = [row.get("id") for row in body.get("results", []) if isinstance(row, dict)]
            if ids.count(one.id) != 1:
                yield f"the {name} list asked for record {one.id} alone holds it {ids.count(one.id)} times"
            elif body.get("count") != 1:
                yield f"the {name} list asked for record {one.id} alone counts {body.get('count')}"


def rules(spec: Contract) -> Iterator[Rule]:
    good, empty = examples.page([{"id": 7}]), examples.page([])
    yield Rule(
        id="create/unique",
        area="create",
        requires="Records created one after another all have different ids and uuids.",
        source="x-behaviours: ids-unique; schema CancellationRequest: uuid",
        level=spec.behaviours["ids-unique"].fact.level,
        observe=_many,
        judge=judge_unique,
        accepts=([{"id": 1, "uuid": "a"}, {"id": 2, "uuid": "b"}],),
        rejects=([{"id": 1, "uuid": "a"}, {"id": 1, "uuid": "b"}], [{"id": 1, "uuid": "a"}, {"id": 2, "uuid": "a"}]),
    )
    early, late = (
        examples.record(),
        examples.record(created_date="2025-03-01T10:00:02Z", modified_date="2025-03-01T10:00:02Z"),
    )
    yield Rule(
        id="create/stamps-dates",
        area="create",
        requires="created_date is when the record was created: later than that of one created before.",
        source="schema CancellationRequest: created_date, modified_date",
        level=Level.DOCUMENTED,
        observe=_stamps,
        judge=judge_stamps,
        accepts=([early, late],),
        rejects=([early, early], [late, early], [early, {**late, "modified_date": early["modified_date"]}]),
    )
    yield Rule(
        id="create/repeated-item",
        area="create",
        requires=spec.behaviours["create-repeated-item"].requires,
        source="x-behaviours: create-repeated-item",
        level=spec.behaviours["create-repeated-item"].fact.level,
        observe=_repeated,
        judge=judge_replies,
        **examples_of_replies(201, 400),
    )
    yield Rule(
        id="create/listed",
        area="create",
        requires="A record just created stands in the plain and in the detailed list, and is counted.",
        source="createCancellationRequest; listCancellationRequests",
        level=Level.DOCUMENTED,
        observe=_listed,
        judge=judge_listed,
        accepts=((Listed(7, good, good),),),
        rejects=(
            (Listed(7, empty, good),),
            (Listed(7, good, empty),),
            (Listed(7, examples.page([{"id": 7}], count=2), good),),
        ),
    )
