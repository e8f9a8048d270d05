"""A proxy, or a mock with a real server behind it, and its upstream over real connections.

Owns: `running` and `half_real`, with an upstream that answers as the test wants; `opened` and `get`, a client that
    writes bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from cancelkit.mockserver.app import create_app
from cancelkit.mockserver.proxy.app import Proxy, proxy_server
from cancelkit.mockserver.proxy.settings import Forwarding, ProxySettings
from cancelkit.mockserver.serving.serve import bind, server

PATH = b"/api/channel/5/cancellation_requests/"
Answer = Callable[[bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Upstream:
    """A server that keeps what it is sent and answers as the test wants. head: of each request, as it came."""

    def __init__(self, answer: Answer) -> None:
        self.heads: list[bytes] = []
        self.left = asyncio.Event()
        self._answer = answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.heads.append(head)
                await self._answer(head, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.left.set()
        finally:
            writer.close()


@asynccontextmanager
async def running(answer: Answer, base: str = "", **settings: Any) -> AsyncIterator[tuple[Upstream, int, Proxy]]:
    """An upstream, the port of a proxy in front of it, and the proxy."""
    made: list[Proxy] = []

    def front(url: str, ready: Callable[[], None]) -> Any:
        made.append(Proxy(ProxySettings(f"{url}{base}", **settings)))
        return proxy_server(made[0], ready=ready)

    async with _fronted(answer, front) as (upstream, port):
        yield upstream, port, made[0]


@asynccontextmanager
async def half_real(answer: Answer, **forwarding: Any) -> AsyncIterator[tuple[Upstream, int]]:
    """An upstream, and the port of a mock in front of it."""

    def front(url: str, ready: Callable[[], None]) -> Any:
        app = create_app(forwarding=Forwarding(url, **forwarding))
        return server(app, ready=ready, stopping=app.stop, lost=app.lost)

    async with _fronted(answer, front) as found:
        yield found


@asynccontextmanager
async def _fronted(
    answer: Answer, front: Callable[[str, Callable[[], None]], Any]
) -> AsyncIterator[tuple[Upstream, int]]:
    """front: makes a server in front of the upstream with this URL, that tells when it is ready."""
    upstream = Upstream(answer)
    listening = await asyncio.start_server(upstream.serve, "127.0.0.1", 0)
    listener, ready = bind("127.0.0.1", 0), asyncio.Event()
    running = front(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", ready.set)
    serving = asyncio.create_task(running.serve(sockets=[listener]))
    await ready.wait()
    try:
        yield upstream, listener.getsockname()[1]
    finally:
        running.should_exit = True
        await serving
        listening.close()


async def opened(port: int, request: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    await writer.drain()
    return reader, writer


def get(target: bytes, *more: bytes) -> bytes:
    return b"\r\n".join([b"GET " + target + b" HTTP/1.1", b"Host: a", *more, b"", b""])
