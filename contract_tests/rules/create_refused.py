"""A create that is refused leaves no record behind.

Owns: create/refused-creates-nothing, create/refuses-no-object.
Knows nothing of: which refusals are right (see body_refusals.py).
Source: x-behaviours refused-changes-nothing, error-shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules.evidence import Refusal, examples_of_refusals, judge_refusals
from cancelkit.contract_tests.rules.newest import described
from cancelkit.contract_tests.rules.writes import CREATE, bad_values, fields
from cancelkit.spec import Contract


def _observe(bench: Bench) -> list[Mapping[str, Any]]:
    """Rows that stand although the create that described them so was refused."""
    found: list[Mapping[str, Any]] = []
    text = f"refused {bench.marker} {bench.rng.randrange(10**9)}"
    accepted = set()
    for name, field in fields(bench.spec, CREATE).items():
        if name == "description":
            continue
        for _, value in bad_values(bench, field):
            answer = bench.call(CREATE, body=bench.body(**{"description": text, name: value}))
            if answer.ok and isinstance(answer.json, dict):
                accepted.add(answer.json.get("id"))
    found.extend(row for row in described(bench, text) if row["id"] not in accepted)
    return found


def _judge(found: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for row in found:
        yield f"record {row.get('id')} was created by a call that was refused"


def _no_object(bench: Bench) -> tuple[Refusal, ...]:
    bodies: list[Any] = [[], [bench.body()], "text", 5, None]
    return tuple(Refusal(f"POST {body!r}", bench.call(CREATE, body=body), statuses=(400,)) for body in bodies)


def rules(spec: Contract) -> Iterator[Rule]:
    behaviour = spec.behaviours["refused-changes-nothing"]
    yield Rule(
        id="create/refused-creates-nothing",
        area="create",
        requires="A create that is refused leaves no record behind.",
        source="x-behaviours: refused-changes-nothing",
        level=behaviour.fact.level,
        observe=_observe,
        judge=_judge,
        accepts=([],),
        rejects=([{"id": 9}],),
    )
    yield Rule(
        id="create/refuses-no-object",
        area="create",
        requires="A create whose body is JSON but no object is 400.",
        source="x-behaviours: error-shape; schema CancellationRequestCreate",
        level=spec.behaviours["error-shape"].fact.level,
        observe=_no_object,
        judge=judge_refusals,
        **examples_of_refusals(None, 400, record=False),
    )
