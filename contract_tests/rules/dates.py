"""created_date and modified_date tell the time of the write, on the server's clock or on ours.

Owns: create/dates, patch/dates.
Knows nothing of: whether modified_date moves with every change (see modified_date.py).
Source: x-behaviours dates-tell-when.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from cancelkit.contract_tests.bench import CREATE, PATCH, Bench
from cancelkit.contract_tests.oracles.instants import instant
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract

SLACK = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Dated:
    """A write's answer, the field that must tell its time, and our clock when the answer came."""

    what: str
    answer: Answer
    field: str
    now: datetime


def _created(bench: Bench) -> list[Dated]:
    answer = bench.call(CREATE, body=bench.body())
    now = datetime.now(UTC)
    return [Dated("POST", answer, field, now) for field in ("created_date", "modified_date")]


def _patched(bench: Bench) -> list[Dated]:
    id = bench.create()["id"]
    answer = bench.call(PATCH, id=id, body={"description": f"{bench.marker} changed"})
    return [Dated("PATCH", answer, "modified_date", datetime.now(UTC))]


def judge(found: Iterable[Dated]) -> Iterator[str]:
    """The field must be near our clock, or near the one that the answer's Date header shows."""
    for one in found:
        shown = instant(one.answer.json.get(one.field)) if isinstance(one.answer.json, Mapping) else None
        clocks = [one.now, *_date(one.answer.headers.get("date", ""))]
        if shown is not None and all(abs(shown - clock) > SLACK for clock in clocks):
            yield f"{one.what}: {one.field} is {shown.isoformat()}, at {one.now.isoformat(timespec='seconds')}"


def _date(header: str) -> Iterator[datetime]:
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return
    yield moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def rules(spec: Contract) -> Iterator[Rule]:
    behaviour = spec.behaviours["dates-tell-when"]
    then = datetime(2025, 3, 1, 10, 0, 1, tzinfo=UTC)

    def dated(field: str, now: datetime = then, shown: Mapping[str, Any] | None = None) -> list[Dated]:
        return [Dated("POST", examples.answer(201, examples.record(**(shown or {}))), field, now)]

    for area, observe, fields in (
        ("create", _created, ("created_date", "modified_date")),
        ("patch", _patched, ("modified_date",)),
    ):
        yield Rule(
            id=f"{area}/dates",
            area=area,
            requires=f"{' and '.join(fields)} of a record just {'created' if area == 'create' else 'changed'} "
            "tell the present time.",
            source="x-behaviours: dates-tell-when",
            level=behaviour.fact.level,
            observe=observe,
            judge=judge,
            accepts=(dated(fields[0]), dated(fields[0], shown={fields[0]: "2025-03-01T13:00:00+03:00"})),
            rejects=(
                dated(fields[0], then + timedelta(hours=3)),
                dated(fields[0], shown={fields[0]: "2025-03-01T13:00:00Z"}),
            ),
        )
