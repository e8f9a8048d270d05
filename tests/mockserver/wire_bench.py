"""A proxy and its upstream over real connections.

Owns: `running`, an upstream that answers as the test wants; `opened` and `get`, a client that writes bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from cancelkit.mockserver.proxy.app import Proxy
from cancelkit.mockserver.proxy.serving import proxy_server
from cancelkit.mockserver.proxy.settings import ProxySettings
from cancelkit.mockserver.serving.serve import bind

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
    upstream = Upstream(answer)
    listening = await asyncio.start_server(upstream.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    front = bind("127.0.0.1", 0)
    proxy = Proxy(ProxySettings(f"http://127.0.0.1:{port}{base}", **settings))
    ready = asyncio.Event()
    server = proxy_server(proxy, ready=ready.set)
    serving = asyncio.create_task(server.serve(sockets=[front]))
    await ready.wait()
    try:
        yield upstream, front.getsockname()[1], proxy
    finally:
        server.should_exit = True
        await serving
        listening.close()


async def opened(port: int, request: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    await writer.drain()
    return reader, writer


def get(target: bytes, *more: bytes) -> bytes:
    return b"\r\n".join([b"GET " + target + b" HTTP/1.1", b"Host: a", *more, b"", b""])
