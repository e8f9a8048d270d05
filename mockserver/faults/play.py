"""Doing to an answer what a fault says: late, wrong, cut, slow, or not at all.

Owns: the ASGI side of faults, and getting at the connection itself.
Knows nothing of: which fault strikes (fault.py), sessions, the contract.

What happens to the data: `status` and `reset` strike before the call is handled, so nothing changes; all others let it
be handled and spoil the answer.

ASGI has no word for "break the connection". Uvicorn's `send` is a method of the object that holds the transport, so
the transport is found there; a reset sets SO_LINGER to 0, which makes the kernel send RST, then aborts. Under a server
where no transport is found (or in-process, without a socket) the application raises ConnectionResetError instead.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cancelkit.mockserver.faults.fault import Hit

PIECES = 10


def transport_of(send: Send) -> Any:
    """Return the connection behind the server's own `send`, or None where there is none."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    return transport if hasattr(transport, "abort") else None


async def play(
    hit: Hit,
    app: ASGIApp,
    call: tuple[Scope, Receive, Send],
    *,
    refuse: Callable[[Hit], ASGIApp],
    transport: Any,
) -> None:
    """Handle a call as `hit` wants it.

    Args:
        app: what would have handled it.
        refuse: makes the application that answers a "status" fault.
        transport: the connection, from `transport_of`.
    Raises:
        ConnectionResetError: a connection is to break and there is none to be broken.
    """
    if hit.delay:
        await asyncio.sleep(hit.delay)
    if hit.kind == "latency":
        await app(*call)
    elif hit.kind == "status":
        await refuse(hit)(*call)
    elif hit.kind == "reset":
        await _break(transport, call[1], reset=True)
    else:
        await _spoil(hit, app, call, transport)


async def _spoil(hit: Hit, app: ASGIApp, call: tuple[Scope, Receive, Send], transport: Any) -> None:
    scope, receive, send = call
    start: Message = {}
    kept: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        elif message["type"] == "http.response.body":
            kept.append(message.get("body", b""))

    await app(scope, receive, keep)
    body = b"".join(kept)
    if hit.kind == "empty":
        body = b""
    elif hit.kind == "malformed" and body:
        body = body[: max(len(body) // 2, 1)]
    bodiless = start["status"] in (204, 304) or scope["method"] == "HEAD"
    if not bodiless:
        start["headers"] = _with_length(start.get("headers", ()), len(body))
    await send(start)
    if hit.kind == "truncate" and body and not bodiless:
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await _break(transport, receive, reset=False)
    elif hit.kind == "slow_body" and body:
        await _drip(body, hit.drip, send)
    else:
        await send({"type": "http.response.body", "body": body})


def _with_length(headers: Any, length: int) -> list[tuple[bytes, bytes]]:
    others = [(name, value) for name, value in headers if name.lower() != b"content-length"]
    return [*others, (b"content-length", str(length).encode())]


async def _drip(body: bytes, seconds: float, send: Send) -> None:
    size = -(-len(body) // PIECES)
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    for piece in pieces:
        await asyncio.sleep(seconds / len(pieces))
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _break(transport: Any, receive: Receive, *, reset: bool) -> None:
    if transport is None:
        raise ConnectionResetError("the mock was told to break this connection")
    sock = transport.get_extra_info("socket") if reset else None
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if reset:
        transport.abort()
    else:
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
