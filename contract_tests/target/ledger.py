"""Every record that this run created, so that none is left behind.

Owns: who created what, what is already gone, and what may have come to be without an answer.
Knows nothing of: HTTP; whoever deletes tells it how that went.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock


@dataclass(frozen=True, slots=True, order=True)
class Record:
    """A cancellation request that this run created."""

    channel: int
    id: int


@dataclass(slots=True)
class Ledger:
    """Thread-safe. `suspects`: creates whose connection dropped and whose record could not be found again.

    reused: channels that gave an id twice, in which a record may have been taken for one that is gone.
    """

    suspects: list[str] = field(default_factory=list)
    reused: set[int] = field(default_factory=set)
    _open: dict[Record, str] = field(default_factory=dict)
    _created: set[Record] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def track(self, channel: int, id: int, owner: str) -> None:
        """Note a record that `owner`, a rule id, created; on some servers under the id of one that is gone."""
        record = Record(channel, id)
        with self._lock:
            if record in self._created:
                self.reused.add(channel)
            self._created.add(record)
            self._open[record] = owner

    def gone(self, channel: int, id: int) -> None:
        with self._lock:
            self._open.pop(Record(channel, id), None)

    def suspect(self, text: str) -> None:
        with self._lock:
            self.suspects.append(text)

    def created(self, channel: int, id: int) -> bool:
        """Whether this run created the record, gone or not."""
        with self._lock:
            return Record(channel, id) in self._created

    def open(self, owner: str | None = None) -> list[Record]:
        """What still stands: all of it, or what `owner` created."""
        with self._lock:
            return sorted(r for r, who in self._open.items() if owner is None or who == owner)

    @property
    def total(self) -> int:
        with self._lock:
            return len(self._created)
