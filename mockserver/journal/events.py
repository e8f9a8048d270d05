"""Live news for whoever watches: calls and changes, as they happen.

Owns: the watchers of each session and their queues.
Knows nothing of: HTTP; how news is written to a stream is control/'s.

A watcher that does not keep up loses the oldest news rather than holding memory; it is told how much.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from cancelkit.mockserver.journal.ring import Entry

QUEUE = 2000
What = Literal["records", "sessions", "faults", "clock", "snapshots", "progress", "journal"]
News = tuple[str, str, Any]


class Watcher:
    """One stream: gathers news until they are taken."""

    __slots__ = ("_news", "_wake", "lost", "session")

    def __init__(self, session: str) -> None:
        self.session = session
        self.lost = 0
        self._news: deque[News] = deque()
        self._wake = asyncio.Event()

    def tell(self, news: News) -> None:
        if len(self._news) >= QUEUE:
            self._news.popleft()
            self.lost += 1
        self._news.append(news)
        self._wake.set()

    def wake(self) -> None:
        """End the present wait."""
        self._wake.set()

    async def take(self, timeout: float) -> list[News]:
        """Wait for news, at most `timeout` seconds, and return all there is."""
        if not self._news:
            try:
                async with asyncio.timeout(timeout):
                    await self._wake.wait()
            except TimeoutError:
                return []
        self._wake.clear()
        news = list(self._news)
        self._news.clear()
        return news


class Events:
    """Who watches which session. watched: whether anybody does; closed: no more news will come."""

    __slots__ = ("_watchers", "closed", "watched")

    def __init__(self) -> None:
        self._watchers: list[Watcher] = []
        self.watched = False
        self.closed = False

    def close(self) -> None:
        """The server stops: every stream is to end."""
        self.closed = True
        for watcher in self._watchers:
            watcher.wake()

    @contextmanager
    def watch(self, session: str) -> Iterator[Watcher]:
        watcher = Watcher(session)
        self._watchers.append(watcher)
        self.watched = True
        try:
            yield watcher
        finally:
            self._watchers.remove(watcher)
            self.watched = bool(self._watchers)

    def called(self, session: str, entry: Entry) -> None:
        """A call was made in `session`."""
        for watcher in self._watchers:
            if watcher.session == session:
                watcher.tell(("call", session, entry))

    def changed(self, session: str, what: What) -> None:
        """Something of `session` has changed; `sessions` concerns every watcher."""
        for watcher in self._watchers:
            if what == "sessions" or watcher.session == session:
                watcher.tell(("change", session, what))
