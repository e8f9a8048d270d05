"""Every record is one of its own: no id and no uuid twice, a second request for the same item accepted.

Owns: create/unique, create/repeated-item, create/listed.
Knows nothing of: parallel creates (see concurrency_creates.py).
Source: x-behaviours ids-unique, create-repeated-item.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contract_tests.answer import Answer
from contract_tests.bench import Bench
from contract_tests.rule import Rule
from contract_tests.rules import examples
from contract_tests.rules.evidence import Reply, examples_of_replies, judge_replies
from contract_tests.rules.writes import CREATE, DELETE, LIST, LIST_DETAILED
from spec import Level, Spec


def _many(bench: Bench) -> list[Mapping[str, Any]]:
    made: list[Mapping[str, Any]] = []
    for number in range(4 + 4 * bench.scale):
        made.append(bench.create())
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
    first = bench.create()
    body = bench.body(order_item=first["order_item"], cancellation_type=first["cancellation_type"])
    return (Reply("POST for an order item that has an open request", bench.call(CREATE, body=body), (201,)),)


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


def rules(spec: Spec) -> Iterator[Rule]:
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
