"""The times that the server writes tell when a write was, on the server's clock or on ours.

Owns: create/dates, patch/dates.
Source: x-set-on; x-behaviours dates-tell-when.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.examples import Examples
from cancelkit.contract_tests.observing.names import updates
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.observing.writes import good_call
from cancelkit.contract_tests.oracles.instants import instant
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Operation, Role

SLACK = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Dated:
    """A write's answer, the field that must tell its time, and our clock when the answer came."""

    what: str
    answer: Answer
    field: str
    now: datetime


def _observe(operation: Operation, names: tuple[str, ...], context: Context) -> list[Dated]:
    row = None if operation.role is Role.CREATE else context.ready(operation, context.create())
    answer = good_call(context, operation, row)
    return [Dated(operation.method, answer, name, datetime.now(UTC)) for name in names]


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


def rules(contract: Contract) -> Iterator[Rule]:
    some, then = Examples(contract), datetime(2025, 3, 1, 10, 0, 1, tzinfo=UTC)
    created, changed = contract.resource.set_on("create"), contract.resource.set_on("change")

    def dated(name: str, now: datetime = then, /, **shown: Any) -> list[Dated]:
        return [Dated("POST", examples.answer(201, some.record(**shown)), name, now)]

    create = contract.role(Role.CREATE)
    operations = [("create", create, (*created, *changed))] if create else []
    operations += [(area, operation, changed) for area, operation in updates(contract)[:1]]
    for area, operation, names in operations:
        if not names:
            continue
        first = names[0]
        yield from from_behaviour(
            contract,
            "dates-tell-when",
            f"{area}/dates",
            partial(_observe, operation, names),
            judge,
            Proof(
                (dated(first), dated(first, **{first: "2025-03-01T13:00:00+03:00"})),
                (dated(first, then + timedelta(hours=3)), dated(first, **{first: "2025-03-01T13:00:00Z"})),
            ),
            requires=f"{' and '.join(names)} of a record just {'created' if area == 'create' else 'changed'} "
            "tell the present time.",
        )
