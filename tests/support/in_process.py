"""Calling an ASGI application as a server would: any bytes in, what was sent out; no client that mends calls between.

Owns: Client and Answer.
Knows nothing of: which application it calls.
Source: ASGI specification, "HTTP Connection Scope".
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

Headers = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Answer:
    """headers: names in small letters. body: all parts of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Client:
    """Calls `app` with an API key and in a session, unless a call's own headers bring others."""

    app: Any
    key: bytes | None = b"Token demo"
    session: str | None = None

    def call(
        self, method: str, target: str | bytes, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one call and wait for its answer. body: bytes as they are, None for none, anything else as JSON."""
        return asyncio.run(self.send(method, target, body, headers))

    async def send(
        self, method: str, target: str | bytes, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The same inside a running event loop."""
        given = {b"host": b"mock.test"}
        if self.key is not None:
            given[b"authorization"] = self.key
        if self.session is not None:
            given[b"x-mock-session"] = self.session.encode()
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            given |= {b"content-type": b"application/json", b"content-length": b"%d" % len(body)}
        for name, value in (headers or {}).items():
            given[name.lower().encode("latin-1")] = value.encode("latin-1")
        raw = target.encode() if isinstance(target, str) else target
        return await self.exchange(method, raw, [body or b""], [*given.items()])

    async def exchange(self, method: str, target: bytes, parts: list[bytes], headers: Headers) -> Answer:
        """Send a call whose body comes in `parts`, with these headers and no others."""
        path, _, query = target.partition(b"?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "scheme": "http",
            "method": method,
            "path": unquote_to_bytes(path).decode("utf-8", "replace"),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": list(headers),
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 8080),
            "state": {},
        }
        coming = [
            {"type": "http.request", "body": part, "more_body": number < len(parts)}
            for number, part in enumerate(parts, 1)
        ]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return coming.pop(0) if coming else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        start = sent[0]
        found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start.get("headers", ())}
        return Answer(start["status"], found, b"".join(part.get("body", b"") for part in sent[1:]))
