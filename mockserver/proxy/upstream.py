"""The real server, as one of the two that may answer a call (halves.py).

Owns: connections to it, what it is sent, and the words for its not answering.
Knows nothing of: the contract.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator

import httpx
from starlette.types import Scope

from cancelkit.mockserver.proxy import wire
from cancelkit.mockserver.proxy.lending import Lending
from cancelkit.mockserver.proxy.settings import CannotSend, Forwarding
from cancelkit.mockserver.sessions import DEFAULT

IDLE_SECONDS = 1.5
"""How long an unused connection is kept: less than the usual server does, or it would be closed while being used."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
BROKEN = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


class Unreachable(Exception):
    """Upstream did not answer. status: for the client, 502 or 504."""

    def __init__(self, status: int, detail: str, code: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.code = code


class Real:
    """The real server. via: this proxy's name. transport: in place of the network, for tests."""

    def __init__(
        self, settings: Forwarding, via: bytes, lending: Lending | None, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        self._settings, self._via, self._lending = settings, via, lending
        self._transport = transport or _transport(settings)
        self._timeout = httpx.Timeout(settings.timeout, connect=min(settings.timeout, 10.0)).as_dict()
        self._url = httpx.URL(settings.origin)
        self.upstream: str | None = settings.origin

    def origin(self, scope: Scope) -> str:
        return self._settings.origin

    def realm(self, session: str) -> str:
        return "" if session == DEFAULT else session

    async def send(self, scope: Scope, content: AsyncIterator[bytes] | None, *, ours: bool) -> httpx.Response:
        method, target = scope["method"], wire.target(scope, self._settings.base)
        keep_host = self._settings.keeps_host
        headers = wire.onward(scope, host=self._url.netloc, keep_host=keep_host, via=self._via, ours=ours)
        if self._lending is not None:
            headers = self._lending.lent(headers)
        # An idle connection may be closed by upstream at the moment it is used again; one more try is safe.
        again = method in SAFE and content is None
        while True:
            try:
                return await self._once(method, target, headers, content)
            except (httpx.HTTPError, httpx.InvalidURL) as problem:
                if not (again and isinstance(problem, BROKEN)):
                    raise _unreachable(problem, self._settings.origin, self._settings.timeout) from problem
            again = False

    async def _once(
        self, method: str, target: bytes, headers: wire.Pairs, content: AsyncIterator[bytes] | None
    ) -> httpx.Response:
        request = httpx.Request(
            method,
            self._url.copy_with(raw_path=target),
            headers=headers,
            content=content,
            extensions={"timeout": self._timeout, "target": target},
        )
        return await self._transport.handle_async_request(request)

    async def close(self) -> None:
        await self._transport.aclose()


def _transport(settings: Forwarding) -> httpx.AsyncHTTPTransport:
    context: ssl.SSLContext | bool = not settings.insecure
    if settings.ca is not None:
        try:
            context = ssl.create_default_context(cafile=str(settings.ca))
        except OSError as problem:  # also what is no certificate: ssl.SSLError
            raise CannotSend(f"--upstream-ca {settings.ca}: {problem.strerror or problem}") from problem
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=IDLE_SECONDS)
    return httpx.AsyncHTTPTransport(verify=context, limits=limits)


def _unreachable(problem: Exception, origin: str, seconds: float) -> Unreachable:
    if isinstance(problem, httpx.ConnectTimeout | httpx.ConnectError | httpx.UnsupportedProtocol):
        status = 504 if isinstance(problem, httpx.ConnectTimeout) else 502
        return Unreachable(status, f"{origin} can't be reached: {_said(problem)}", "upstream_unreachable")
    if isinstance(problem, httpx.TimeoutException):
        return Unreachable(504, f"{origin} did not answer within {seconds:g} seconds", "upstream_timeout")
    return Unreachable(502, f"{origin} broke the connection: {_said(problem)}", "upstream_broken")


def _said(problem: Exception) -> str:
    return str(problem) or type(problem).__name__
