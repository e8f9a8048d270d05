"""Records beyond the API: found by id alone, searched, written whole.

Owns: what the control room and progress do with records that no client may do.
Knows nothing of: HTTP; whether what is written fits the contract (editing.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import orjson

from cancelkit.fixtures.world import Request
from cancelkit.mockserver.state import clock
from cancelkit.mockserver.state.store import Store
from cancelkit.mockserver.state.text import fold

SEARCHED = (
    ("order_item", "order", "number"),
    ("order_item", "sku"),
    ("order_item", "order", "customer", "first_name"),
    ("order_item", "order", "customer", "last_name"),
    ("order_item", "order", "customer", "email"),
)
"""Where a search looks, besides the id and the description: columns that the contract's filters ask for."""
STATUS = ("status",)


class Shelf:
    """The records of one session."""

    __slots__ = ("_reading", "_writing")

    def __init__(self, reading: Callable[[], Store], writing: Callable[[], Store]) -> None:
        self._reading = reading
        self._writing = writing

    def find(self, number: int) -> Request | None:
        """The record with this id, in whichever channel."""
        return self._reading().find(number)

    def put(self, channel: int, record: dict[str, Any], plan: dict[str, Any] | None) -> None:
        """Write a record whole, new or in place of the one with its id."""
        self._writing().put(channel, record, plan)

    def remove(self, number: int) -> bool:
        """Delete a record. Returns whether there was one."""
        found = self.find(number)
        if found is not None:
            self._writing().delete(found.channel, number)
        return found is not None

    def next_id(self) -> int:
        """The id that the next record will have."""
        return self._reading().next_id

    def with_status(self, status: str) -> Iterator[tuple[int, datetime]]:
        """Id and modified_date of each record in `status`."""
        for (doc,) in self._reading().select("doc", f"{self._column(STATUS)} = ?", [status]):
            record = orjson.loads(doc)
            yield record["id"], datetime.fromisoformat(record["modified_date"])

    def status_of(self, number: int) -> str | None:
        """The status of a record, None when there is none."""
        found = self.find(number)
        return found.base["status"] if found else None

    def move(self, number: int, status: str, at: datetime) -> None:
        """Set a record's status and modified_date, whatever the transitions say."""
        found = self.find(number)
        if found is not None:
            self.put(found.channel, found.base | {"status": status, "modified_date": clock.text(at)}, found.plan)

    def search(
        self, *, channel: int | None, status: str | None, text: str, page: int, limit: int, newest: bool = False
    ) -> tuple[int, list[Request]]:
        """Return how many records match, and those of one page by ascending id, or descending for the newest first.

        Args:
            text: to be found in the id, an order number, a SKU, the customer's names and email, or the description,
                ignoring case; empty finds all.
            page: counts from 1; a page beyond the last is empty.
        """
        store = self._reading()
        terms, bound = ["1"], list[Any]()
        for name, value in (("channel", channel), (self._column(STATUS), status)):
            if value is not None:
                terms.append(f"{name} = ?")
                bound.append(value)
        if text:
            places = [f"instr({name}, ?)" for path in SEARCHED if (name := self._column(path))]
            terms.append(f"(id = ? OR {' OR '.join(places)} OR instr(fold(CAST(doc AS TEXT) ->> 'description'), ?))")
            number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1
            bound += [number, *[fold(text)] * (len(places) + 1)]
        order = "ORDER BY id DESC" if newest else "ORDER BY id"
        ids = [id for (id,) in store.select("id", f"{' AND '.join(terms)} {order}", bound)]
        shown = ids[(page - 1) * limit : page * limit]
        return len(ids), [record for id in shown if (record := store.find(id))]

    def _column(self, path: tuple[str, ...]) -> str:
        """The column that holds `path`; empty where the contract has no filter on it."""
        return self._reading().column(path) or ""
