"""The rows that a run knows to exist: what the target holds already, and records of every kind of its own.

Owns: Shelf (a sample is made once per channel and run).
Knows nothing of: rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from threading import Lock
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.sample import Sample

DETAILED, RETRIEVE = "listCancellationRequestsDetailed", "retrieveCancellationRequestDetailed"
OWNER = "shelf"
MOST = 200


class Shelf:
    """Makes a channel's sample when it is first asked for; thread-safe."""

    def __init__(self) -> None:
        self._samples: dict[int, Sample] = {}
        self._lock = Lock()

    def sample(self, bench: Bench, channel: int) -> Sample:
        with self._lock:
            if channel not in self._samples:
                self._samples[channel] = _make(bench, channel)
            return self._samples[channel]


def _make(bench: Bench, channel: int) -> Sample:
    owner, bench.rule_id = bench.rule_id, OWNER
    trace, bench.trace = bench.trace, []
    try:
        own = frozenset() if bench.read_only else _stock(bench, channel)
        first = bench.call(DETAILED, channel=channel, query={"limit": 1})
        total = first.json["count"] if isinstance(first.json, dict) and isinstance(first.json.get("count"), int) else 0
        rows = _listed(bench, channel, max_rows=MOST)
        if missing := sorted(own - rows.keys()):
            rows |= {id: row for id, row in _listed(bench, channel, query={"pk__in": missing}).items() if id in own}
        rows |= {id: row for id in sorted(own - rows.keys()) if (row := _retrieved(bench, channel, id))}
        return Sample(tuple(rows[id] for id in sorted(rows)), own & rows.keys(), max(total, len(rows)))
    finally:
        bench.rule_id = owner
        bench.trace = trace


def _listed(bench: Bench, channel: int, **how: Any) -> dict[int, dict[str, Any]]:
    """Rows by id; none where the list can't be read to its end, which the paging rules judge."""
    with suppress(Inconclusive):
        return {row["id"]: row for row in bench.rows(DETAILED, channel=channel, **how) if type(row.get("id")) is int}
    return {}


def _retrieved(bench: Bench, channel: int, id: int) -> dict[str, Any] | None:
    answer = bench.call(RETRIEVE, channel=channel, id=id)
    found = answer.json
    return found if answer.status == 200 and isinstance(found, dict) and found.get("id") == id else None


def _stock(bench: Bench, channel: int) -> frozenset[int]:
    def make(status: str, fields: dict[str, Any]) -> int | None:
        with suppress(Inconclusive, Skip):
            return int(bench.fresh(status, channel=channel, **fields)["id"])
        return None

    made = bench.parallel([lambda s=s, f=f: make(s, f) for s, f in _kinds(bench, channel)])  # type: ignore[misc]
    return frozenset(id for id in made if id is not None)


def _kinds(bench: Bench, channel: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each status twice: with every nullable field null, and with every one filled; over types, items and reasons."""
    items, reasons = bench.order_items, bench.reasons
    if channel == bench.other_channel:
        items, reasons = bench.other_order_items, bench.other_reasons
    if not items or not reasons:
        return
    fields = bench.spec.operations["createCancellationRequest"].body
    types = fields.fields["cancellation_type"].enum if fields else ()
    for number, status in enumerate((*bench.spec.transitions.statuses, *bench.spec.transitions.statuses)):
        filled = number >= len(bench.spec.transitions.statuses)
        yield (
            status,
            {
                "order_item": items[number % len(items)],
                "reason": reasons[number % len(reasons)],
                "cancellation_type": types[number % len(types)],
                "iban": f"TR33000610051978645784{number:04d}" if filled else None,
                "holder_name": "Şükrü Çağlayan" if filled else None,
                "quantity": number + 1 if filled else None,
            },
        )
