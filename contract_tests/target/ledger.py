"""Every record that this run created, so that none is left behind.

Owns: who created what, what is already gone, and what may have come to be without an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Record:
    """A record that this run created: its scope and id as text, as they stand in a path (not percent-encoded)."""

    scope: tuple[str, ...]
    id: str

    @classmethod
    def at(cls, scope: Sequence[Any], id: Any) -> Record:
        return cls(tuple(map(str, scope)), str(id))


@dataclass(slots=True)
class Ledger:
    """Thread-safe. `suspects`: creates whose connection dropped and whose record could not be found again.

    reused: scopes that gave an id twice, in which a record may have been taken for one that is gone.
    """

    suspects: list[str] = field(default_factory=list)
    reused: set[tuple[str, ...]] = field(default_factory=set)
    _open: dict[Record, str] = field(default_factory=dict)
    _created: set[Record] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def track(self, scope: Sequence[Any], id: Any, owner: str) -> None:
        """Note a record that `owner`, a rule id, created; on some servers under the id of one that is gone."""
        record = Record.at(scope, id)
        with self._lock:
            if record in self._created:
                self.reused.add(record.scope)
            self._created.add(record)
            self._open[record] = owner

    def gone(self, scope: Sequence[Any], id: Any) -> None:
        with self._lock:
            self._open.pop(Record.at(scope, id), None)

    def suspect(self, text: str) -> None:
        with self._lock:
            self.suspects.append(text)

    def created(self, scope: Sequence[Any], id: Any) -> bool:
        """Whether this run created the record, gone or not."""
        with self._lock:
            return Record.at(scope, id) in self._created

    def open(self, owner: str | None = None) -> list[Record]:
        """What still stands: all of it, or what `owner` created."""
        with self._lock:
            return sorted(r for r, who in self._open.items() if owner is None or who == owner)

    @property
    def total(self) -> int:
        with self._lock:
            return len(self._created)
