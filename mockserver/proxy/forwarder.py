"""What sends calls on, made once for a server and called for each call.

Owns: Forwarder: the real server, its key, and refusing what would go round for ever.
Knows nothing of: which calls are sent on, the course of one (forwarding.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from secrets import token_hex

import httpx
from starlette.types import Receive, Scope, Send

from cancelkit.mockserver.proxy import wire
from cancelkit.mockserver.proxy.forwarding import Course
from cancelkit.mockserver.proxy.halves import Half
from cancelkit.mockserver.proxy.lending import Lending
from cancelkit.mockserver.proxy.settings import Forwarding
from cancelkit.mockserver.proxy.upstream import Real
from cancelkit.mockserver.proxy.watch import Watch
from cancelkit.mockserver.replies import error
from cancelkit.spec import Contract


class Forwarder:
    """Sends calls on: to the real server, or to another half."""

    def __init__(
        self,
        contract: Contract,
        settings: Forwarding,
        watch: Watch,
        tokens: Sequence[str] = (),
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """
        Args:
            tokens: the keys of clients that upstream's key is lent to. transport: to upstream, in place of the network.
        Raises:
            SpecError: upstream's key can't be lent.
        """
        self._settings, self._watch = settings, watch
        self._via = f"cancelkit-{token_hex(4)}".encode()
        self._lending = Lending(contract, settings.key, tokens) if settings.key is not None else None
        self._real = Real(settings, self._via, self._lending, transport)

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send, session: str, half: Half | None = None
    ) -> None:
        refusal = None
        if half is None:
            if wire.went_through(scope, self._via):
                await error(508, "The upstream of this server is the server itself.", "loop").reply.send(send)
                return
            refusal = self._lending.refusal(scope) if self._lending else None
        await Course(self._settings, half or self._real, self._watch, (scope, receive, send), session).run(refusal)

    async def close(self) -> None:
        await self._real.close()
