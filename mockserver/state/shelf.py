"""Records beyond the API: found by id alone, searched, written whole.

Owns: what the control room and progress do with records that no client may do.
Knows nothing of: HTTP; whether what is written fits the contract (editing.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from cancelkit.fixtures.world import Record, Scope
from cancelkit.mockserver.state import clock
from cancelkit.mockserver.state.conditions import Condition, Equal
from cancelkit.mockserver.state.holding import Holding
from cancelkit.mockserver.state.layout import DOC
from cancelkit.mockserver.state.store import Store

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class Shelf:
    """The records of one session."""

    __slots__ = ("_reading", "_writing")

    def __init__(self, reading: Callable[[], Store], writing: Callable[[], Store]) -> None:
        self._reading = reading
        self._writing = writing

    def find(self, id: Any) -> Record | None:
        """The record with this id, in whichever scope."""
        return self._reading().find(id)

    def put(self, record: Record) -> None:
        """Write a record whole, new or in place of the one with its id."""
        self._writing().put(record)

    def remove(self, id: Any) -> bool:
        """Delete a record. Returns whether there was one."""
        found = self.find(id)
        if found is not None:
            self._writing().delete(found.scope, id)
        return found is not None

    def with_status(self, status: Any) -> Iterator[tuple[Any, datetime]]:
        """Id and time of the last change of each record in a state."""
        store = self._reading()
        state, id_field = store.resource.state, store.layout.id_field
        if state is None or not id_field:
            return
        times = (*store.resource.set_on("change"), *store.resource.set_on("create"))
        for row in store.rows.select([Equal(store.layout.place((state,)), status)]).rows():
            record = orjson.loads(row[DOC])
            changed = next((record[name] for name in times if record.get(name)), None)
            yield record[id_field], datetime.fromisoformat(changed) if changed else _FIRST

    def status_of(self, id: Any) -> Any:
        """The state of a record, None when there is none."""
        found, state = self.find(id), self._reading().resource.state
        return found.base.get(state) if found and state else None

    def move(self, id: Any, status: Any, at: datetime) -> None:
        """Set a record's state and the time of its change, whatever the transitions say."""
        found, resource = self.find(id), self._reading().resource
        if found is not None and resource.state:
            times = {name: clock.text(at) for name in resource.set_on("change")}
            self.put(Record(found.scope, {**found.base, resource.state: status, **times}, found.extras))

    def search(
        self, *, scope: Scope | None, status: Any, text: str, page: int, limit: int, newest: bool = False
    ) -> tuple[int, list[Record]]:
        """Return how many records match, and those of one page by ascending number, or descending for the newest first.

        Args:
            text: to be found in the id, in what the contract's text filters look at, or in the record's own texts,
                ignoring case; empty finds all.
            page: counts from 1; a page beyond the last is empty.
        """
        store = self._reading()
        layout, state = store.layout, store.resource.state
        conditions: list[Condition] = [] if scope is None else layout.in_scope(scope)
        if status is not None and state:
            conditions.append(Equal(layout.place((state,)), status))
        found = store.rows.select(conditions)
        if text:
            found = found.holding(Holding(store.contract, layout, text))
        start, stop = _window(found.total, page, limit, newest=newest)
        total, rows = found.total, found.rows(start, stop - start)
        records = [layout.record(row) for row in rows]
        return total, records[::-1] if newest else records


def _window(total: int, page: int, limit: int, *, newest: bool) -> tuple[int, int]:
    """Where a page begins and ends among all that match, counted from the first."""
    start = min(total, (page - 1) * limit)
    stop = min(total, start + limit)
    return (total - stop, total - start) if newest else (start, stop)
