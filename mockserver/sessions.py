"""Sessions: many mocks in one server, each with its own state, clock, faults and journal.

Owns: the sessions by name, making one on first use, sharing the starting state until a first write, letting idle ones
    go, the limits of number and memory.
Knows nothing of: HTTP; what the store holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from cancelkit.mockserver.faults.fault import Faults
from cancelkit.mockserver.api.recognition import Recogniser
from cancelkit.mockserver.journal.coverage import Coverage
from cancelkit.mockserver.journal.ring import Journal
from cancelkit.mockserver.replies import ApiError, error
from cancelkit.mockserver.settings import JOURNAL, SESSION_IDLE, SESSION_MEMORY, SESSIONS
from cancelkit.mockserver.state import clock
from cancelkit.mockserver.state.clock import Clock
from cancelkit.mockserver.state.progress import Progress
from cancelkit.mockserver.state.shelf import Shelf
from cancelkit.mockserver.state.snapshots import Snapshots
from cancelkit.mockserver.state.store import Store

DEFAULT = "default"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
GRACE_SECONDS = 60.0
"""A session unused for less is never put out to make room for another."""
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """number: of sessions, the default one not counted. idle: seconds after which an unused one goes.

    memory: bytes that all sessions' own copies, snapshots and journals may take together. journal: calls kept of each.
    """

    number: int = SESSIONS
    idle: float = SESSION_IDLE
    memory: int = SESSION_MEMORY
    journal: int = JOURNAL


WEIGH_SECONDS = 1.0
"""How long a count of the memory is good for; what is copied meanwhile is added to it."""


class SessionRefused(ApiError):
    """There can be no such session, or no room for what it wants to keep; `reply` says so in the API's words."""

    def __init__(self, status: int, detail: str, code: str) -> None:
        super().__init__(error(status, detail, code).reply)


class Session:
    """One isolated state.

    Its store may be shared with the starting state, with a snapshot or with other sessions until its first write:
    `reading()` gives what is there, `writing()` makes it the session's own first.
    """

    __slots__ = (
        "_base",
        "_make_room",
        "_own",
        "_start",
        "_store",
        "calls",
        "clock",
        "coverage",
        "created",
        "faults",
        "journal",
        "name",
        "progress",
        "shelf",
        "snapshots",
        "touched",
    )

    def __init__(
        self,
        name: str,
        base: Store,
        journal: int,
        make_room: Callable[[int], None],
        recognise: Recogniser,
        start: datetime | None = None,
    ) -> None:
        self.name = name
        self.created = datetime.now(UTC)
        self.touched = monotonic()
        self.calls = 0
        self.clock = Clock()
        self.faults = Faults()
        self.progress = Progress()
        self.shelf = Shelf(self.reading, self.writing)
        self.snapshots = Snapshots()
        self.coverage = Coverage(recognise)
        self.journal = Journal(journal)
        self._base = self._store = base
        self._own = False
        self._make_room = make_room
        self._start = start
        self._set_clock()

    def reading(self) -> Store:
        """The store to read from; nothing may be written to it."""
        return self._store

    def writing(self) -> Store:
        """The store to write to, which nobody else sees.

        Raises:
            SessionRefused: the copy would need more memory than all sessions may have.
        """
        if not self._own:
            self._make_room(self._store.weight)
            self._store = self._store.copy(self.clock.now)
            self._own = True
        return self._store

    def share(self) -> Store:
        """Give the present state away, to be kept as it is: the next write goes to a copy."""
        self._own = False
        return self._store

    def take(self, store: Store, *, own: bool = False) -> None:
        """Go on from `store`; `own` when nobody else holds it."""
        self._store = store
        self._own = own

    def reset(self) -> None:
        """Back to the starting state and time, no faults and no progress; snapshots and journal stay."""
        self.take(self._base)
        self._set_clock()
        self.faults.clear()
        self.progress.replace((), self.clock.now())

    def _set_clock(self) -> None:
        self.clock.release()
        if self._start is not None:
            self.clock.freeze(self._start)

    def settle(self) -> None:
        """Move on what is due by now."""
        if self.progress:
            self.progress.settle(self.clock.now(), self.shelf)

    def was_read(self, number: int) -> None:
        """A client has read one request by its id."""
        self.progress.was_read(number, self.clock.now(), self.shelf)

    def let_go(self) -> None:
        """Give the memory back now: what points to itself, as a session does, is found by the collector much later."""
        self.take(self._base)
        self.snapshots = Snapshots()
        self.clear_journal()

    def clear_journal(self) -> None:
        """Forget the calls, and what they covered."""
        self.journal.clear()
        self.coverage.clear()

    @property
    def own_copy(self) -> bool:
        """Whether the session's state has left the starting one."""
        return self._store is not self._base

    @property
    def channels(self) -> list[int]:
        return sorted(self._store.catalogue.channels)

    @property
    def records(self) -> int:
        return len(self._store)

    def stores(self) -> list[Store]:
        """The stores that this session keeps alive, besides the starting one."""
        kept = [self._store, *self.snapshots.stores()]
        return [store for store in kept if store is not self._base]

    def entry(self) -> dict[str, Any]:
        """As the control API shows it. bytes: of what the session keeps alive, the starting state not counted."""
        return {
            "name": self.name,
            "created": clock.text(self.created),
            "last_used": clock.text(datetime.now(UTC) - timedelta(seconds=monotonic() - self.touched)),
            "calls": self.calls,
            "records": self.records,
            "own_copy": self.own_copy,
            "bytes": self.journal.weight + sum(store.weight for store in set(self.stores())),
            "faults": len(self.faults),
            "frozen": self.clock.frozen,
        }


class Sessions:
    """The sessions of one server, all started from one store."""

    def __init__(
        self,
        base: Store,
        limits: Limits | None = None,
        *,
        start: datetime | None = None,
        changed: Callable[[str], None] | None = None,
    ) -> None:
        """
        Args:
            base: the starting state; nothing is ever written to it.
            start: where the clocks stand frozen at first; the real time when None.
            changed: called with the name of a session that was made or went.
        """
        self.limits = limits or Limits()
        self._base = base
        self._start = start
        self._changed = changed or (lambda name: None)
        self._named: dict[str, Session] = {}
        self._known = 0
        self._weighed = 0.0
        self._recognise = Recogniser(base.spec)
        self.default = Session(DEFAULT, base, self.limits.journal, self.make_room, self._recognise, start)

    def __len__(self) -> int:
        return len(self._named)

    def find(self, name: str) -> Session | None:
        """The session of that name, if there is one."""
        return self.default if name == DEFAULT else self._named.get(name)

    def get(self, name: str) -> Session:
        """The session of that name, made if need be.

        Raises:
            SessionRefused: 400 for a name that is none, 503 when there are too many sessions in use.
        """
        found = self.find(name)
        if found is not None:
            return found
        if NAME.fullmatch(name) is None:
            raise SessionRefused(
                400,
                "A session's name has 1 to 64 letters, digits, '.', '_' and '-', and starts with a letter or digit",
                "invalid_session",
            )
        self.expire()
        if len(self._named) >= self.limits.number and not self._give_way():
            raise SessionRefused(
                503,
                f"All {self.limits.number} sessions are in use; delete some, or start with a larger --session-limit",
                "session_limit",
            )
        made = Session(name, self._base, self.limits.journal, self.make_room, self._recognise, self._start)
        self._named[name] = made
        self._changed(name)
        return made

    def delete(self, name: str) -> bool:
        """Forget a session; the default one can't be. Returns whether there was one."""
        gone = self._named.pop(name, None)
        if gone is None:
            return False
        gone.let_go()
        self._changed(name)
        return True

    def expire(self) -> None:
        """Let sessions go that have been idle for too long."""
        if self.limits.idle:
            before = monotonic() - self.limits.idle
            for name in [s.name for s in self._named.values() if s.touched < before]:
                self.delete(name)

    def entries(self) -> list[dict[str, Any]]:
        """Every session, the default one first, then in the order in which they were made."""
        self.expire()
        return [session.entry() for session in (self.default, *self._named.values())]

    def weight(self) -> int:
        """What all sessions keep alive together; a store that several share counts once."""
        everyone = (self.default, *self._named.values())
        stores = {store for session in everyone for store in session.stores()}
        return sum(store.weight for store in stores) + sum(session.journal.weight for session in everyone)

    def _weigh(self) -> int:
        self._known, self._weighed = self.weight(), monotonic()
        return self._known

    def _give_way(self) -> bool:
        """Put out the session that has been unused for longest, if that is long enough."""
        oldest = min(self._named.values(), key=lambda session: session.touched, default=None)
        return oldest is not None and monotonic() - oldest.touched > GRACE_SECONDS and self.delete(oldest.name)

    def make_room(self, wanted: int) -> None:
        """See to it that `wanted` more bytes can be taken.

        Raises:
            SessionRefused: 507 when they can't.
        """
        self._known += wanted
        if self._known <= self.limits.memory and monotonic() - self._weighed < WEIGH_SECONDS:
            return
        self.expire()
        while self._weigh() + wanted > self.limits.memory:
            if not self._give_way():
                raise SessionRefused(
                    507,
                    f"All sessions together may keep {self.limits.memory // MEGABYTE} MB; delete some, "
                    "or start with a larger --session-memory",
                    "session_memory",
                )
