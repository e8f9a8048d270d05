"""What goes on beside the calls while a server runs: letting idle sessions go, keeping the state.

Owns: the background tasks, from the server's start to its stop.
Knows nothing of: what the tasks do. An application that is called without a server has none of them.
Source: ASGI specification, "Lifespan Protocol".
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from starlette.types import Receive, Send

from cancelkit.mockserver.journal.events import Events
from cancelkit.mockserver.sessions import Sessions
from cancelkit.mockserver.state.durability import StateError

if TYPE_CHECKING:
    from cancelkit.mockserver.serving.keepers import Keepers
    from cancelkit.mockserver.serving.keeping import Keeper

LOOK_SECONDS = 5.0
"""How often idle sessions are looked for."""


class Half(Protocol):
    """What lives as long as the server."""

    def start(self) -> None: ...
    async def close(self) -> None: ...


class Lifetime:
    """Answers the lifespan protocol. ready: calls are welcome; not while a server starts or stops."""

    def __init__(
        self, sessions: Sessions, events: Events, keeper: Keeper | Keepers | None, half: Half | None = None
    ) -> None:
        """half: what else is to be started and closed."""
        self._half = half
        self._sessions = sessions
        self._events = events
        self.keeper = keeper
        self.ready = True

    async def __call__(self, receive: Receive, send: Send) -> None:
        await receive()
        self.ready = False
        tasks = [asyncio.create_task(self._expire())]
        if self.keeper is not None:
            tasks.append(asyncio.create_task(self.keeper.run()))
        if self._half is not None:
            self._half.start()
        await send({"type": "lifespan.startup.complete"})
        self.ready = True
        await receive()
        self.ready = False
        self._events.close()
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if self._half is not None:
            await self._half.close()
        await send(self._last_words())

    def _last_words(self) -> dict[str, str]:
        try:
            if self.keeper is not None:
                self.keeper.close()
        except StateError as error:
            return {"type": "lifespan.shutdown.failed", "message": str(error)}
        return {"type": "lifespan.shutdown.complete"}

    async def _expire(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self._sessions.expire()
