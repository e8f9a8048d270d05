"""Listening to a call while it passes: what a journal keeps of its bodies.

Owns: Ear and Mouth, around an ASGI application's `receive` and `send`.
Knows nothing of: sessions, entries.
"""

from __future__ import annotations

from typing import Any

from starlette.types import Message, Receive, Send

from cancelkit.mockserver.journal.ring import BODY


class Ear:
    """Passes on what is received, and keeps the beginning of it."""

    __slots__ = ("_receive", "body", "size")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.body = b""
        self.size = 0

    async def receive(self) -> Message:
        message = await self._receive()
        piece = message.get("body")
        if piece:
            self.body = kept(self.body, piece)
            self.size += len(piece)
        return message


class Mouth:
    """Passes on what is sent, and keeps the status and the beginning of the body."""

    __slots__ = ("_send", "body", "size", "status")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.body = b""
        self.size = 0
        self.status = 0

    @property
    def transport(self) -> Any:
        """The server's connection, found as behind the server's own `send` (faults/play.py)."""
        return getattr(getattr(self._send, "__self__", None), "transport", None)

    async def send(self, message: Message) -> None:
        piece = message.get("body")
        if piece:
            self.body = kept(self.body, piece)
            self.size += len(piece)
        elif "status" in message:
            self.status = message["status"]
        await self._send(message)


def kept(before: bytes, piece: bytes) -> bytes:
    """The two together, cut to what a journal keeps; a single piece is not copied."""
    if not before and len(piece) <= BODY:
        return piece
    return before if len(before) >= BODY else before + piece[: BODY - len(before)]
