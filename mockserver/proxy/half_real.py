"""A mock with a real server behind it: what the contract does not describe, or what is named, is sent on.

Owns: whose each call is, and what watches over those of the real server: judge, journal, counts.
Knows nothing of: how a call is sent on (forwarder.py). Faults and sessions are the workbench's, for both halves.
"""

from __future__ import annotations

from collections.abc import Callable

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from cancelkit.mockserver.api.bodies import header
from cancelkit.mockserver.api.cors import Cors
from cancelkit.mockserver.api.dispatch import SESSION
from cancelkit.mockserver.api.recognition import Recogniser
from cancelkit.mockserver.control.app import Endpoints
from cancelkit.mockserver.journal.events import Events
from cancelkit.mockserver.proxy.control import beside
from cancelkit.mockserver.proxy.forwarder import Forwarder
from cancelkit.mockserver.proxy.halves import known
from cancelkit.mockserver.proxy.settings import Forwarding
from cancelkit.mockserver.proxy.watch import Watch
from cancelkit.mockserver.sessions import Sessions
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import Contract

WANTED = b"access-control-request-method"


class HalfReal:
    """The application in front of a mock's API."""

    def __init__(
        self,
        mock: ASGIApp,
        own: Callable[[str], bool],
        contract: Contract,
        settings: Settings,
        forwarding: Forwarding,
        sessions: Sessions,
        events: Events,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """
        Args:
            mock: the API. own: whether a path that is no operation's is answered by the mock all the same.
        Raises:
            SpecError: an operation is none of the contract's, or upstream's key can't be lent.
        """
        self._mock, self._own = mock, own
        self._forwarding = forwarding
        self._named = known(contract, forwarding.operations, "--forward")
        self._recognise = Recogniser(contract)
        self._watch = Watch(contract, sessions, events, prefixes=(), recorders=())
        self._forwarder = Forwarder(contract, forwarding, self._watch, settings.tokens, transport)
        self._upstream = Cors(self._forward, enabled=forwarding.cors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self._upstream if self._forwarded(scope) else self._mock)(scope, receive, send)

    def start(self) -> None:
        self._watch.start()

    async def close(self) -> None:
        await self._watch.close()
        await self._forwarder.close()

    def endpoints(self) -> Endpoints:
        """The mock's control endpoints, with what is to be said of the other half."""
        return beside(self._forwarding, lambda: dict(self._watch.counts), self._watch.forget)

    async def _forward(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._forwarder(scope, receive, send, scope[SESSION].name)

    def _forwarded(self, scope: Scope) -> bool:
        """Whether a call is the real server's. A preflight is whose the call is that it asks for."""
        method, path = scope["method"], scope["path"]
        if method == "OPTIONS" and (wanted := header(scope, WANTED)):
            method = wanted.decode("latin-1")
        meant = self._recognise(method, path)
        if meant.operation is not None:
            return meant.operation.id in self._named or not meant.fits
        if meant.methods and meant.fits and method == "OPTIONS":
            return False
        return bool(meant.methods) or not self._own(path)
