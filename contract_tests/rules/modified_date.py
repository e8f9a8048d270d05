"""modified_date moves forward with every change, and only then; created_date, uuid and id never move.

Owns: <patch|put|reject>/advances-modified, robustness/reads-change-nothing.
Knows nothing of: the other fields' values.
Source: x-behaviours modified-date-advances, identity-stands, head-and-options.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.oracles.instants import instant
from cancelkit.contract_tests.oracles.records import IDENTITY, changed
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.rules.evidence import Row, stands
from cancelkit.contract_tests.rules.writes import (
    LIST,
    LIST_DETAILED,
    PATCH,
    PUT,
    REJECT,
    RETRIEVE,
    RETRIEVE_DETAILED,
    fields,
    other_value,
    read,
)
from cancelkit.spec import Contract


@dataclass(frozen=True, slots=True)
class Touched:
    """A record before and after something, each as read."""

    what: str
    before: Row
    after: Any


def pause(row: Row) -> None:
    """Wait until the server's clock shows a later time than `row`'s: seconds may be all that it keeps.

    It may write their fraction all the same, as zeros.
    """
    shown = [instant(row.get(name)) for name in ("created_date", "modified_date")]
    time.sleep(0.02 if any(moment and moment.microsecond for moment in shown) else 1.1)


def _observe(operation_id: str, bench: Bench) -> list[Touched]:
    found = []
    row = read(bench, bench.create(quantity=2)["id"])
    bodies: list[Any] = [None]
    if operation_id != REJECT:
        known = fields(bench.spec, operation_id)
        bodies = [{"description": "now it moves"}, {"quantity": other_value(bench, "quantity", known["quantity"], row)}]
        bodies.append({"status": other_value(bench, "status", known["status"], row)})
    for body in bodies:
        pause(row)
        answer = bench.call(operation_id, id=row["id"], **({} if body is None else {"body": body}))
        after = read(bench, row["id"])
        if not answer.ok:
            continue
        if isinstance(answer.json, Mapping):
            found.append(Touched(f"{body} as answered", row, answer.json))
        found.append(Touched(f"{body} as read again", row, after))
        row = after
    return found


def judge_advanced(found: Iterable[Touched]) -> Iterator[str]:
    """modified_date must be later than before, id, uuid and created_date the same."""
    for one in found:
        old, new = (instant(row.get("modified_date")) for row in (one.before, one.after))
        if old is None or new is None or new <= old:
            shown = f"was {one.before.get('modified_date')}, is {one.after.get('modified_date')}"
            yield f"{one.what}: modified_date {shown}"
        for name in changed(one.before, one.after, IDENTITY):
            yield f"{one.what}: {name} went from {one.before[name]!r} to {one.after[name]!r}"


def _reads(bench: Bench) -> list[Touched]:
    row = read(bench, bench.create(quantity=2)["id"])
    other = read(bench, bench.create()["id"])
    pause(row)
    for _ in range(2):
        bench.call(RETRIEVE, id=row["id"])
        bench.call(RETRIEVE_DETAILED, id=row["id"])
        for operation_id in (LIST, LIST_DETAILED):
            bench.call(operation_id, query={"pk__in": row["id"], "limit": 5})
            bench.call(operation_id, query={"limit": 5, "status": row["status"]})
        path = bench.spec.operations[RETRIEVE].path.format(channel_id=bench.channel, id=row["id"])
        bench.send("HEAD", path)
        bench.send("OPTIONS", path)
    return [Touched("after reading it in every way", r, read(bench, r["id"])) for r in (row, other)]


def judge_unmoved(found: Iterable[Touched]) -> Iterator[str]:
    """Not one field may differ."""
    for one in found:
        yield from (f"{one.what}: {text}" for text in stands(one.before, one.after))


def rules(spec: Contract) -> Iterator[Rule]:
    before, after = examples.record(), examples.record(modified_date="2025-03-01T10:00:02Z")
    behaviour = spec.behaviours["modified-date-advances"]
    for area, operation_id in (("patch", PATCH), ("put", PUT), ("reject", REJECT)):
        method = "rejecting" if area == "reject" else spec.operations[operation_id].method
        yield Rule(
            id=f"{area}/advances-modified",
            area=area,
            requires=f"A change by {method} moves modified_date forward, and leaves id, uuid and created_date.",
            source="x-behaviours: modified-date-advances, identity-stands",
            level=behaviour.fact.level,
            observe=partial(_observe, operation_id),
            judge=judge_advanced,
            accepts=([Touched("a", before, after)],),
            rejects=(
                [Touched("a", before, before)],
                [Touched("a", after, before)],
                [Touched("a", before, {**after, "created_date": after["modified_date"]})],
                [Touched("a", before, {**after, "uuid": "else"})],
            ),
        )
    yield Rule(
        id="robustness/reads-change-nothing",
        area="robustness",
        requires="GET, HEAD and OPTIONS change no record, not even its modified_date.",
        source="x-behaviours: modified-date-advances, head-and-options",
        level=behaviour.fact.level,
        observe=_reads,
        judge=judge_unmoved,
        accepts=([Touched("a", before, before)],),
        rejects=([Touched("a", before, after)], [Touched("a", before, None)]),
    )
