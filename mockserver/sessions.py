"""Sessions: many mocks in one server, all started from one state.

Owns: the sessions by name, making one on first use, reading a kept one on first use, letting idle ones go, the limits
    of number and memory.
Knows nothing of: HTTP; what the store holds; where sessions are kept (serving/keepers.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Protocol

from cancelkit.mockserver.api.recognition import Recogniser
from cancelkit.mockserver.journal.totals import Totals
from cancelkit.mockserver.session import Session, SessionRefused, weight
from cancelkit.mockserver.settings import JOURNAL, MEGABYTE, SESSION_IDLE, SESSION_MEMORY, SESSIONS
from cancelkit.mockserver.state.store import Store

DEFAULT = "default"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
GRACE_SECONDS = 60.0
"""A session unused for less is never put out to make room for another."""


@dataclass(frozen=True, slots=True)
class Limits:
    """number: of sessions, the default one not counted. idle: seconds after which an unused one goes.

    memory: bytes that all sessions' own copies, snapshots and journals may take together. journal: calls kept of each.
    """

    number: int = SESSIONS
    idle: float = SESSION_IDLE
    memory: int = SESSION_MEMORY
    journal: int = JOURNAL


class Kept(Protocol):
    """Where sessions outlive the server."""

    def begin(self, session: Session) -> None:
        """Have a session go on from what is kept under its name, if anything is, and keep it from now on.

        Raises:
            SessionRefused: what is kept can't be used, or nothing can be written.
        """

    def rest(self, name: str) -> None:
        """Let go of a session; what is kept of it stays."""

    def forget(self, name: str) -> None:
        """Let go of a session, and of what is kept of it."""

    def own(self, name: str, owner: str) -> None:
        """Keep whose a session is."""

    def owner(self, name: str) -> str:
        """Whose a session is."""


WEIGH_SECONDS = 1.0
"""How long a count of the memory is good for; what is copied meanwhile is added to it."""


class Sessions:
    """The sessions of one server, all started from one store."""

    def __init__(
        self,
        base: Store,
        limits: Limits | None = None,
        *,
        recognise: Recogniser | None = None,
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
        base.rows.share()
        self._base = base
        self._start = start
        self._recognise = recognise or Recogniser(base.contract)
        self._changed = changed or (lambda name: None)
        self._named: dict[str, Session] = {}
        self._kept: Kept | None = None
        self.asleep: dict[str, float] = {}
        self._known = 0
        self._weighed = 0.0
        self.totals = Totals()
        self.default = self._made(DEFAULT)

    def keep(self, kept: Kept, names: Iterable[str]) -> None:
        """Have sessions outlive the server; `asleep` holds those that nobody has asked for yet, and since when.

        Args:
            names: of those that are kept. Each is read when somebody asks for it.
        """
        self._kept, self.asleep = kept, dict.fromkeys(names, monotonic())

    def __len__(self) -> int:
        return len(self._named) + len(self.asleep)

    def __contains__(self, name: str) -> bool:
        return name in self.asleep or self.find(name) is not None

    @property
    def base(self) -> Store:
        """The starting state; nothing is ever written to it."""
        return self._base

    @property
    def start(self) -> datetime | None:
        """Where the clocks stand frozen at first; None for the real time."""
        return self._start

    @start.setter
    def start(self, start: datetime | None) -> None:
        self._start = start
        self.default.start = start

    @property
    def everyone(self) -> tuple[Session, ...]:
        """Every session that is not asleep, the default one first, then in the order in which they were made."""
        return (self.default, *self._named.values())

    def find(self, name: str) -> Session | None:
        """The session of that name, if there is one that is not asleep."""
        return self.default if name == DEFAULT else self._named.get(name)

    def get(self, name: str) -> Session:
        """The session of that name, made or read if need be.

        Raises:
            SessionRefused: 400 for a name that is none, 503 when there are too many sessions in use or what is kept of
                it can't be used, 507 when it can't be kept.
        """
        found = self.find(name)
        if found is not None:
            return found
        if name in self.asleep:
            return self._woken(name)
        if NAME.fullmatch(name) is None:
            raise SessionRefused(
                400,
                "A session's name has 1 to 64 letters, digits, '.', '_' and '-', and starts with a letter or digit",
                "invalid_session",
            )
        self.expire()
        if len(self) >= self.limits.number and not self._give_way():
            raise SessionRefused(
                503,
                f"All {self.limits.number} sessions are in use; delete some, or start with a larger --session-limit",
                "session_limit",
            )
        made = self._made(name)
        if self._kept is not None:
            self._kept.begin(made)
        self._named[name] = made
        self._changed(name)
        return made

    def _woken(self, name: str) -> Session:
        made = self._made(name)
        if self._kept is not None:
            self._kept.begin(made)
        self._named[name], since = made, self.asleep.pop(name)
        self._weighed = 0.0  # what it takes is not known
        try:
            self.make_room(0)
        except SessionRefused:
            self._rest(name)
            self.asleep[name] = since
            raise
        self._changed(name)
        return made

    def _rest(self, name: str) -> None:
        """Have a kept session read again when it is asked for."""
        gone = self._named.pop(name)
        self.asleep[name] = gone.touched
        if self._kept is not None:
            self._kept.rest(name)
        gone.let_go()

    def own(self, session: Session, owner: str) -> None:
        """Say whose quota a session takes from; the default one is nobody's."""
        if session is not self.default:
            session.owner = owner
            if self._kept is not None:
                self._kept.own(session.name, owner)

    def of(self, owner: str) -> list[Session]:
        """The sessions that take from a quota; those that are asleep are read for that."""
        if self._kept is not None:
            for name in [name for name in self.asleep if self._kept.owner(name) == owner]:
                with suppress(SessionRefused):
                    self.get(name)
        return [session for session in self.everyone if session.owner == owner]

    def _made(self, name: str) -> Session:
        return Session(name, self._base, self.limits.journal, self.make_room, self._recognise, self._start, self.totals)

    def delete(self, name: str) -> bool:
        """Forget a session; the default one can't be. Returns whether there was one."""
        gone = self._named.pop(name, None)
        if gone is None and self.asleep.pop(name, None) is None:
            return False
        if self._kept is not None:
            self._kept.forget(name)
        if gone is not None:
            gone.let_go()
        self._changed(name)
        return True

    def expire(self) -> None:
        """Let sessions go that have been idle for too long."""
        if self.limits.idle:
            before = monotonic() - self.limits.idle
            for name in [name for name, touched in self._touched().items() if touched < before]:
                self.delete(name)

    def _touched(self) -> dict[str, float]:
        """When each session was last used; since when one is asleep."""
        return {**self.asleep, **{session.name: session.touched for session in self._named.values()}}

    def entries(self) -> list[dict[str, Any]]:
        """Every session that is not asleep, the default one first, then in the order in which they were made."""
        self.expire()
        return [session.entry() for session in self.everyone]

    def weight(self) -> int:
        """What all sessions keep alive together; a store that several share counts once."""
        stores = weight(store for session in self.everyone for store in session.stores())
        return stores + sum(session.journal.weight for session in self.everyone)

    def _weigh(self) -> int:
        self._known, self._weighed = self.weight(), monotonic()
        return self._known

    def _give_way(self) -> bool:
        """Put out the session that has been unused for longest, if that is long enough."""
        touched = self._touched()
        oldest = min(touched, key=touched.__getitem__, default=None)
        return oldest is not None and monotonic() - touched[oldest] > GRACE_SECONDS and self.delete(oldest)

    def _make_way(self) -> bool:
        """Give back the memory of the session that has been unused for longest, if that is long enough."""
        oldest = min(self._named.values(), key=lambda session: session.touched, default=None)
        if oldest is None or monotonic() - oldest.touched <= GRACE_SECONDS:
            return False
        if self._kept is None:
            return self.delete(oldest.name)
        self._rest(oldest.name)
        return True

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
            if not self._make_way():
                raise SessionRefused(
                    507,
                    f"All sessions together may keep {self.limits.memory // MEGABYTE} MB; delete some, "
                    "or start with a larger --session-memory",
                    "session_memory",
                )


__all__ = ["DEFAULT", "Kept", "Limits", "Session", "SessionRefused", "Sessions"]
