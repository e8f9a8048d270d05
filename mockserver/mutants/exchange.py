"""A call and its response as plain data, for mutants that stand in front of the whole API.

Owns: making a layer of an ASGI app from a function of a request.
Knows nothing of: what any mutant does.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cancelkit.mockserver.mutants.mutant import given
from cancelkit.mockserver.parts import Layer
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Operation

JSON = (b"content-type", b"application/json")
HTML = (b"content-type", b"text/html")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call on its way to the right mock.

    operation, values: what it calls, and the path's parameters as text; None and empty where it is no operation.
    """

    scope: Scope
    body: bytes
    app: ASGIApp
    operation: Operation | None
    values: Mapping[str, str]

    @property
    def called(self) -> Operation:
        """The operation.

        Raises:
            LookupError: the call is none.
        """
        return given(self.operation)

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    @property
    def query(self) -> list[bytes]:
        """The pairs of the query string, as they were sent."""
        raw: bytes = self.scope["query_string"]
        return raw.split(b"&") if raw else []

    def header(self, name: bytes) -> bytes:
        return next((bytes(value) for key, value in self.scope["headers"] if key == name), b"")

    def changed(self, **scope: Any) -> Exchange:
        """The same call with other keys in its ASGI scope."""
        return replace(self, scope={**self.scope, **scope})

    def at(self, path: str) -> Exchange:
        return self.changed(path=unquote(path), raw_path=path.encode())

    def with_body(self, content: bytes) -> Exchange:
        return replace(self, body=content)

    def without(self, parameter: str) -> Exchange:
        """Without a query parameter."""
        start = parameter.encode() + b"="
        return self.changed(query_string=b"&".join(pair for pair in self.query if not pair.startswith(start)))

    def with_header(self, name: bytes, value: bytes) -> Exchange:
        kept = [(key, old) for key, old in self.scope["headers"] if key != name]
        return self.changed(headers=[*kept, (name, value)])

    async def reply(self) -> Reply:
        """What the right mock answers."""
        sent: list[Message] = []
        waiting = [{"type": "http.request", "body": self.body, "more_body": False}]

        async def receive() -> Message:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(self.scope, receive, send)
        headers = tuple(
            (bytes(key).lower(), bytes(value))
            for key, value in sent[0].get("headers", ())
            if bytes(key).lower() != b"content-length"
        )
        return Reply(sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:]), headers)


Around = Callable[[Exchange], Awaitable[Reply]]


def layer(contract: Contract, around: Around) -> Layer:
    """A layer that answers what `around` says."""
    templates = [
        (operation, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(operation.path))))
        for operation in contract.operations.values()
    ]

    def wrap(app: ASGIApp) -> ASGIApp:
        async def layered(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            body = b""
            while True:
                message = await receive()
                body += message.get("body", b"")
                if not message.get("more_body"):
                    break
            for operation, template in templates:
                found = template.fullmatch(scope["path"])
                if found and operation.method == scope["method"]:
                    exchange = Exchange(scope, body, app, operation, found.groupdict())
                    break
            else:
                exchange = Exchange(scope, body, app, None, {})
            await (await around(exchange)).send(send)

        return layered

    return wrap


def json_of(reply: Reply) -> Any:
    """The JSON of a response; None where there is none."""
    try:
        return orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return None


def sent(exchange: Exchange) -> dict[str, Any] | None:
    """The fields that were sent; None where it is no JSON object."""
    try:
        value = orjson.loads(exchange.body)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def with_json(reply: Reply, value: Any) -> Reply:
    return replace(reply, body=orjson.dumps(value))
