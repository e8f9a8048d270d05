"""The real server, as somebody to send calls on to.

Owns: connections to it, and the words for its not answering.
Knows nothing of: the contract, ASGI.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator

import httpx

from cancelkit.mockserver.proxy.settings import CannotSend, Forwarding
from cancelkit.mockserver.proxy.wire import Pairs

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


class Upstream:
    """One server. transport: in place of the network, for tests."""

    def __init__(self, settings: Forwarding, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._origin = settings.origin
        self._transport = transport or _transport(settings)
        self._seconds = settings.timeout
        self._timeout = httpx.Timeout(settings.timeout, connect=min(settings.timeout, 10.0)).as_dict()
        self.host = httpx.URL(self._origin).netloc

    async def send(
        self, method: str, target: bytes, headers: Pairs, content: AsyncIterator[bytes] | None
    ) -> httpx.Response:
        """Send a call and return the answer, its body yet to be read from `stream`.

        Raises:
            Unreachable: no answer began; what to tell the client.
        """
        # An idle connection may be closed by upstream at the moment it is used again; one more try is safe.
        again = method in SAFE and content is None
        while True:
            try:
                return await self._once(method, target, headers, content)
            except (httpx.HTTPError, httpx.InvalidURL) as problem:
                if not (again and isinstance(problem, BROKEN)):
                    raise _unreachable(problem, self._origin, self._seconds) from problem
            again = False

    async def _once(
        self, method: str, target: bytes, headers: Pairs, content: AsyncIterator[bytes] | None
    ) -> httpx.Response:
        request = httpx.Request(
            method,
            httpx.URL(self._origin).copy_with(raw_path=target),
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
