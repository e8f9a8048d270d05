"""A mock with a real server behind it, in the test's own process and spoken to without a socket.

Owns: `half_real`, which runs a flow of calls; Seen, a real server that keeps what it is sent.
Knows nothing of: what the tests look at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from cancelkit.fixtures.world import generate_world
from cancelkit.mockserver.app import create_app
from cancelkit.mockserver.proxy.settings import Forwarding
from cancelkit.mockserver.serving.behind import behind
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import Contract, load

UPSTREAM = "http://shop.test:8000"
Flow = Callable[[httpx.AsyncClient], Awaitable[Any]]


class Seen(httpx.AsyncBaseTransport):
    """A real server. sent: what came, oldest first."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response] | None = None) -> None:
        self._answer = answer or (lambda request: httpx.Response(200, json={"real": True}))
        self.sent: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.sent.append(request)
        answer = self._answer(request)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(answer.content))

    @property
    def targets(self) -> list[str]:
        """Of each call: method, host and target as it was written."""
        return [f"{r.method} {r.url.host} {r.extensions['target'].decode()}" for r in self.sent]


def half_real(
    server: Any, flow: Flow, contract: Contract | None = None, settings: Settings | None = None, **forwarding: Any
) -> Any:
    """Run `flow` with a client of a mock in front of `server` (an ASGI application or a transport)."""
    contract, settings = contract or load(), settings or Settings()
    transport = server if isinstance(server, httpx.AsyncBaseTransport) else httpx.ASGITransport(server)

    async def run() -> Any:
        app = create_app(
            settings,
            generate_world(contract, size=60),
            contract,
            forwarding=Forwarding(**{"upstream": UPSTREAM, **forwarding}),
            transport=transport,
        )
        front = httpx.ASGITransport(behind(app, settings), client=("127.0.0.1", 50000))
        async with httpx.AsyncClient(
            transport=front, base_url="http://localhost", headers={"Authorization": "Token demo"}
        ) as client:
            return await flow(client)

    return asyncio.run(run())
