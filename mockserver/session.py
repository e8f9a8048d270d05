"""One session: a mock of its own, with its own state, clock, faults and journal.

Owns: what a session keeps, and sharing the starting state until a first write.
Knows nothing of: HTTP, other sessions (sessions.py); what the store holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from cancelkit.fixtures.world import Scope
from cancelkit.mockserver.api.recognition import Recogniser
from cancelkit.mockserver.faults.fault import Faults
from cancelkit.mockserver.journal.coverage import Coverage
from cancelkit.mockserver.journal.ring import Journal
from cancelkit.mockserver.journal.totals import Totals
from cancelkit.mockserver.state import clock
from cancelkit.mockserver.state.clock import Clock, Going
from cancelkit.mockserver.state.logged import Changes, Keeping
from cancelkit.mockserver.state.progress import Progress
from cancelkit.mockserver.state.shelf import Shelf
from cancelkit.mockserver.state.snapshots import Snapshots
from cancelkit.mockserver.state.store import Store

ROOM = 2048
"""About how many bytes a write may take."""


def weight(stores: Iterable[Store]) -> int:
    """The memory of some stores together, beside what every session starts from; what several share counts once."""
    found: dict[object, int] = {}
    for store in set(stores):
        found |= store.rows.weights()
    return sum(found.values())


class SessionRefused(Exception):
    """There can be no such session, or no room for what it wants to keep.

    status: of HTTP, for whoever answers a client: 400 for a name that is none, 503 or 507 where there is no room.
    """

    def __init__(self, status: int, detail: str, code: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code


class Session:
    """One isolated state.

    Its store may be shared with the starting state, with a snapshot or with other sessions until its first write:
    `reading()` gives what is there, `writing()` makes it the session's own first.

    owner: the fingerprint of the key whose quota it takes from; "" for nobody's. keeper: told of each change before it.
    """

    __slots__ = (
        "_base",
        "_keeper",
        "_make_room",
        "_own",
        "_store",
        "calls",
        "clock",
        "coverage",
        "created",
        "faults",
        "journal",
        "name",
        "owner",
        "progress",
        "shelf",
        "snapshots",
        "start",
        "touched",
    )

    def __init__(
        self,
        name: str,
        base: Store,
        journal: int,
        make_room: Callable[[int], None],
        recognise: Recogniser | None = None,
        start: datetime | None = None,
        totals: Totals | None = None,
    ) -> None:
        self.name = name
        self.owner = ""
        self.created = datetime.now(UTC)
        self.touched = monotonic()
        self.calls = 0
        self.clock = Clock()
        self.faults = Faults()
        self.progress = Progress()
        self.shelf = Shelf(self.reading, self.writing)
        self.snapshots = Snapshots()
        self.coverage = Coverage(recognise or Recogniser(base.contract), totals or Totals())
        self.journal = Journal(journal)
        self._base = self._store = base
        self._own = False
        self._keeper: Keeping | None = None
        self._make_room = make_room
        self.start = start
        self.clock.keep(self._starting())

    @property
    def keeper(self) -> Keeping | None:
        return self._keeper

    @keeper.setter
    def keeper(self, keeper: Keeping | None) -> None:
        self._keeper = self.snapshots.keeper = keeper
        self.clock.told = keeper.goes if keeper is not None else lambda going: None

    @property
    def base(self) -> Store:
        """The starting state."""
        return self._base

    def reading(self) -> Store:
        """The store to read from; nothing may be written to it."""
        return self._store

    def writing(self) -> Store:
        """The store to write to, which nobody else sees.

        Raises:
            SessionRefused: one more record would need more memory than all sessions may have, or can't be kept.
        """
        self._make_room(ROOM)
        if not self._own:
            self._grow(self._store.copy(self.clock.now), Changes())
        return self._store

    @contextmanager
    def at_once(self, freeze: datetime | None = None) -> Iterator[Store]:
        """A store to write to: all that is written counts when this ends, or none of it.

        Args:
            freeze: where the clock stands from then on.
        Raises:
            SessionRefused: as `writing` does.
        """
        self._make_room(ROOM)
        store, changes = self._store.copy(self.clock.now), Changes()
        store.rows.log = changes
        yield store
        store.rows.log = None
        self._grow(store, changes, None if freeze is None else clock.going(freeze))

    def _grow(self, store: Store, changes: Changes, going: Going | None = None) -> None:
        if self._keeper is not None:
            self._keeper.grows(store, self._store, changes, going)
        self._store, self._own = store, True
        if going is not None:
            self.clock.keep(going)

    def share(self) -> Store:
        """Give the present state away, to be kept as it is: the next write goes to a copy."""
        self._own = False
        return self._store

    def take(self, store: Store, *, own: bool = False, going: Going | None = None) -> None:
        """Go on from `store`; `own` when nobody else holds it. going: how the clock goes from now on."""
        if self._keeper is not None:
            self._keeper.takes(store, going)
        if going is not None:
            self.clock.keep(going)
        self._store = store
        self._own = own

    def reset(self) -> None:
        """Back to the starting state and time, no faults and no progress; snapshots and journal stay."""
        self.take(self._base, going=self._starting())
        self.faults.clear()
        self.progress.replace((), self.clock.now())

    def _starting(self) -> Going:
        return clock.going(self.start)

    def settle(self) -> None:
        """Move on what is due by now."""
        if self.progress:
            self.progress.settle(self.clock.now(), self.shelf)

    def was_read(self, id: Any) -> None:
        """A client has read one record by its id."""
        self.progress.was_read(id, self.clock.now(), self.shelf)

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
    def scopes(self) -> list[Scope]:
        return self._store.catalogue.ordered

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
            "bytes": self.journal.weight + weight(self.stores()),
            "faults": len(self.faults),
            "frozen": self.clock.frozen,
        }
