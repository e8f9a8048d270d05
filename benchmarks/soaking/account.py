"""What one customer knows of a session's records: those that every session starts with, and what has changed since.

Owns: records by id, how many have a status and which come first, in time and memory that changes take.
Knows nothing of: calls.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Any

Record = dict[str, Any]


class Start:
    """The records that every session starts with. ids: ascending. by_status: the ids of each."""

    def __init__(self, records: Mapping[int, Record]) -> None:
        self.records = records
        self.ids = sorted(records)
        self.by_status: dict[str, list[int]] = {}
        for id in self.ids:
            self.by_status.setdefault(records[id]["status"], []).append(id)


class Account:
    """The records of a session; new ones have higher ids than all before."""

    def __init__(self, start: Start, changed: Mapping[int, Record | None] | None = None) -> None:
        self._start = start
        self.changed: dict[int, Record | None] = dict(changed or {})

    def copy(self) -> Account:
        return Account(self._start, self.changed)

    def __getitem__(self, id: int) -> Record:
        record = self.changed[id] if id in self.changed else self._start.records[id]
        if record is None:
            raise KeyError(id)
        return record

    def __setitem__(self, id: int, record: Record) -> None:
        self.changed[id] = record

    def __delitem__(self, id: int) -> None:
        self.changed[id] = None

    def ids(self) -> list[int]:
        """All of them, ascending."""
        there = [id for id in self._start.ids if self.changed.get(id, self._start) is not None]
        return there + self._new()

    def _new(self) -> list[int]:
        return sorted(id for id, one in self.changed.items() if one is not None and id not in self._start.records)

    @property
    def newest(self) -> int:
        """The highest id; 0 where there is none."""
        new = self._new()
        return new[-1] if new else next((i for i in reversed(self._start.ids) if self.changed.get(i, 1)), 0)

    def any(self, chance: random.Random) -> int | None:
        """An id by chance; None where there is none."""
        old, new = self._start.ids, self._new()
        for _ in range(20 if old or new else 0):
            at = chance.randrange(len(old) + len(new))
            id = old[at] if at < len(old) else new[at - len(old)]
            if self.changed.get(id, self._start) is not None:
                return id
        return next(iter(self.ids()), None)

    def with_status(self, status: str, most: int) -> tuple[int, list[Record]]:
        """How many records have a status, and the first of them by id."""
        there = self._start.by_status.get(status, [])
        own = [one for one in self.changed.values() if one is not None and one["status"] == status]
        left = sum(1 for id in self.changed if _in(there, id))
        first: list[Record] = []
        for id in there:
            if len(first) == most:
                break
            if id not in self.changed:
                first.append(self._start.records[id])
        found: Iterable[Record] = sorted([*first, *own], key=lambda one: one["id"])
        return len(there) - left + len(own), list(found)[:most]


def _in(ids: list[int], id: int) -> bool:
    at = bisect_left(ids, id)
    return at < len(ids) and ids[at] == id
