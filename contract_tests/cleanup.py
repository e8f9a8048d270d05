"""Remove what the run created, and say what could not be removed.

Owns: deleting by the ledger, and finding records whose create lost its answer.
Knows nothing of: rules; never deletes a record that the run did not make.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from cancelkit.contract_tests.bench import LIST
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.target.client import Target
from cancelkit.contract_tests.target.ledger import Record

DELETE = "deleteCancellationRequest"
MOST_PAGES = 50


def remove(target: Target, records: Iterable[Record]) -> None:
    """Delete each record; one that is 404 already is gone. What fails stays in the ledger."""
    waiting = list(records)
    if not waiting:
        return
    operation = target.spec.operations[DELETE]

    def delete(record: Record) -> None:
        path = operation.path.replace("{channel_id}", str(record.channel)).replace("{id}", str(record.id))
        for _ in range(2):  # where the first lost its answer, the second tells by a 404 that it took effect
            with suppress(Inconclusive):
                if target.exchange(operation.method, path, owner="cleanup").status in (200, 202, 204, 404, 410):
                    target.ledger.gone(record.channel, record.id)
                return

    with ThreadPoolExecutor(min(len(waiting), 8)) as pool:
        list(pool.map(delete, waiting))


def clean(target: Target, marker: str) -> list[Record]:
    """Delete all that stands in the ledger and all whose create lost its answer; return what is left."""
    remove(target, target.ledger.open())
    for channel in {channel for channel, _ in target.traffic.unclear_creates} | target.ledger.reused:
        _search(target, channel, marker)
    remove(target, target.ledger.open())
    return target.ledger.open()


def _search(target: Target, channel: int, marker: str) -> None:
    """Records with this run's marker are ours; those that merely look like a lost create are named, not deleted."""
    bodies = [body for place, body in target.traffic.unclear_creates if place == channel and isinstance(body, dict)]
    for row in _newest(target, channel):
        id = row.get("id")
        if not isinstance(id, int):
            continue
        if marker in str(row.get("description")):
            target.ledger.track(channel, id, "lost answer")
        elif not target.ledger.created(channel, id) and any(
            all(row.get(name) == value for name, value in body.items() if name in row) for body in bodies
        ):
            target.ledger.suspect(f"channel {channel}, id {id}: may come from a create whose connection dropped")


def _newest(target: Target, channel: int) -> Iterable[dict[str, Any]]:
    """The rows from the last page backwards: new records have the largest ids."""
    operation = target.spec.operations[LIST]
    path = operation.path.replace("{channel_id}", str(channel))

    def page(number: int) -> dict[str, Any]:
        try:
            answer = target.exchange(operation.method, path, query={"limit": 100, "page": number}, owner="cleanup")
        except Inconclusive:
            return {}
        return answer.json if isinstance(answer.json, dict) and answer.status == 200 else {}

    first = page(1)
    size, count = len(first.get("results") or ()), first.get("count")
    last = -(-count // size) if size and isinstance(count, int) else 1
    for number in range(last, max(last - MOST_PAGES, 1), -1):
        yield from (row for row in page(number).get("results") or () if isinstance(row, dict))
    yield from (row for row in first.get("results") or () if isinstance(row, dict))
