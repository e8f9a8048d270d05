"""What one session, or one key, may take: calls a second, records, memory.

Owns: whose a call and a session are, the count of what each has taken, and refusing what would be too much.
Knows nothing of: HTTP, what a call does (gate.py), how much there is for all together (sessions.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import ceil
from time import monotonic

from cancelkit.mockserver.session import ROOM, Session, SessionRefused, weight
from cancelkit.mockserver.sessions import Sessions
from cancelkit.mockserver.settings import MEGABYTE, Quota

NOBODY = ""
"""Who a call without a known key is by, and whose the default session is, where quotas go by key; and who a call is by
whose session can't be."""
BUCKETS = 4096
"""Those who have not called for a second are forgotten when there are as many."""
WEIGH_SECONDS = 1.0
"""How long a count of the memory is good for; what is taken meanwhile is added to it."""
LATER = 60
"""When to come again for records or memory, in seconds; waiting alone frees none, but somebody may delete some."""


class OverQuota(SessionRefused):
    """Too much. kind: "calls", "records" or "memory". retry_after: seconds."""

    def __init__(self, kind: str, detail: str, retry_after: int = LATER) -> None:
        super().__init__(429, detail, f"quota_{kind}")
        self.kind = kind
        self.retry_after = retry_after


class Rate:
    """Calls a second, each caller's own: a bucket that holds the calls of one second and fills by itself."""

    def __init__(self, calls: float) -> None:
        self._calls = calls
        self._size = max(calls, 1.0)
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, who: str, now: float) -> float:
        """Take a call. Returns 0, or the seconds until there is one to take."""
        left, since = self._left.get(who, (self._size, now))
        left = min(self._size, left + (now - since) * self._calls)
        if left < 1:
            self._left[who] = left, now
            return (1 - left) / self._calls
        if len(self._left) >= BUCKETS:
            used = {name: held for name, held in self._left.items() if now - held[1] < self._size / self._calls}
            self._left = used if len(used) < BUCKETS else {}
        self._left[who] = left - 1, now
        return 0.0


class Quotas:
    """Counts what is taken, for one server."""

    def __init__(self, quota: Quota, sessions: Sessions, now: Callable[[], float] = monotonic) -> None:
        self._quota = quota
        self._sessions = sessions
        self._now = now
        self._rate = Rate(quota.calls) if quota.calls else None
        self._kept: dict[str, tuple[float, int, int]] = {}

    def call(self, who: str) -> None:
        """Take a call. Raises OverQuota: `who` has had all of this second's."""
        wait = self._rate.take(who, self._now()) if self._rate else 0.0
        if wait:
            raise self._over("calls", f"{self._quota.calls:g} calls a second", ceil(wait))

    def owner(self, session: Session | None, who: str) -> str:
        """Whose what `who` keeps in a session is: by session its own, by key that of its first call."""
        return who if session is None or self._quota.by == "session" else session.owner

    def keep(self, owner: str, *, records: int = 0, memory: int = ROOM) -> None:
        """See to it that so much more may be kept. Raises OverQuota: it may not."""
        most, sessions = self._quota.records, self._of(owner)
        if records > 0 and most is not None and self._records(sessions) + records > most:
            raise self._over("records", f"{most} records more than at the start")
        if self._quota.memory is not None and memory > 0 and not self._fits(owner, sessions, memory):
            raise self._over("memory", f"{self._quota.memory // MEGABYTE} MB of records and snapshots")

    def _of(self, owner: str) -> list[Session]:
        if self._quota.by == "key":
            return self._sessions.of(owner)
        found = self._sessions.find(owner)
        return [found] if found else []

    def _records(self, sessions: Iterable[Session]) -> int:
        start = len(self._sessions.base)
        return sum(max(session.records - start, 0) for session in sessions)

    def _fits(self, owner: str, sessions: Iterable[Session], more: int) -> bool:
        """Weighs at most once a second, and where what was admitted since may have been less than was thought."""
        most, now = self._quota.memory or 0, self._now()
        weighed, known, added = self._kept.get(owner, (-WEIGH_SECONDS, 0, 0))
        if now - weighed >= WEIGH_SECONDS or (added and known + added + more > most):
            if len(self._kept) >= BUCKETS:
                self._kept.clear()
            weighed, added = now, 0
            known = weight(store for session in sessions for store in session.stores())
        fits = known + added + more <= most
        self._kept[owner] = weighed, known, added + more * fits
        return fits

    def _over(self, kind: str, what: str, retry_after: int = LATER) -> OverQuota:
        self._sessions.totals.refused[kind] += 1
        return OverQuota(kind, f"Each {self._quota.by} has a quota of {what}.", retry_after)
