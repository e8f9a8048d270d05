"""A call and its response as plain data, for mutants that stand in front of the whole API.

Owns: Exchange, its bodies and queries changed, and the layer of an ASGI app made from a function of one call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cancelkit.mockserver.mutants.mutant import given
from cancelkit.mockserver.parts import Layer
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Operation
from cancelkit.spec.refusing import WRONG
from cancelkit.spec.templates import Template

JSON = (b"content-type", b"application/json")
HTML = (b"content-type", b"text/html")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call on its way to the right mock.

    operation, values: what it calls, and the path's parameters as text; None and empty for a call of no operation.
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
            LookupError: the call is of no operation.
        """
        return given(self.operation)

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    @property
    def sent(self) -> list[str]:
        """The names of the parameters in the query, in their order."""
        return [pair.partition(b"=")[0].decode("latin-1") for pair in self.query]

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

    @property
    def fields(self) -> dict[str, Any] | None:
        """The body's fields; None where the body is not a JSON object."""
        value = json_of(self.body)
        return value if isinstance(value, dict) else None

    def with_fields(self, fields: Mapping[str, Any]) -> Exchange:
        content = orjson.dumps(fields)
        return self.with_body(content).with_header(b"content-length", str(len(content)).encode())

    def with_query(self, pairs: Iterable[bytes]) -> Exchange:
        return self.changed(query_string=b"&".join(pairs))

    def without(self, parameter: str) -> Exchange:
        """Without a query parameter."""
        start = parameter.encode() + b"="
        return self.with_query(pair for pair in self.query if not pair.startswith(start))

    def setting(self, parameter: str, value: object) -> Exchange:
        """With this value of a query parameter, in place of others."""
        bare = self.without(parameter)
        return bare.with_query([*bare.query, f"{parameter}={value}".encode()])

    def number(self, parameter: str, default: int) -> int:
        """The value of a query parameter; the default where it is missing, or not a number of usual size."""
        start = parameter.encode() + b"="
        text = next((pair.partition(b"=")[2] for pair in self.query if pair.startswith(start)), b"")
        return int(text) if text.isdigit() and len(text) < 9 else default

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
Change = Callable[[Reply, Exchange], Reply]


def layer(contract: Contract, around: Around) -> Layer:
    """A layer that answers what `around` says."""
    templates = [(operation, Template(operation.path)) for operation in contract.operations.values()]

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
                found = template.values(scope["path"])
                if found is not None and operation.method == scope["method"]:
                    exchange = Exchange(scope, body, app, operation, found)
                    break
            else:
                exchange = Exchange(scope, body, app, None, {})
            await (await around(exchange)).send(send)

        return layered

    return wrap


def json_of(body: Reply | bytes) -> Any:
    """The JSON of a response or a body; None where it is not JSON."""
    try:
        return orjson.loads(body.body if isinstance(body, Reply) else body)
    except orjson.JSONDecodeError:
        return None


def refused(reply: Reply, name: str = "") -> bool:
    """Whether what was sent is refused; with a name, whether the mock's words blame that field or parameter."""
    if reply.status not in WRONG:
        return False
    return not name or name in (json_of(reply) or {}) or f"{name}: ".encode() in reply.body


def restated(old: int, new: int) -> Change:
    """A change of every response with one status to another one."""
    return lambda reply, exchange: replace(reply, status=new) if reply.status == old else reply


def with_json(reply: Reply, value: Any) -> Reply:
    return replace(reply, body=orjson.dumps(value))
