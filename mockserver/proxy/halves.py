"""The two that may answer a call: the real server, and a mock in this process.

Owns: Half, which takes a call from the same hands (forwarding.py) and gives its answer in the same form; Mocked.
    The real server is in upstream.py.
Knows nothing of: which calls are whose, judging, journals.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from typing import Protocol
from urllib.parse import unquote

import httpx
from starlette.types import ASGIApp, Message, Scope

from cancelkit.mockserver.api.dispatch import ORIGINAL_PATH, SESSION
from cancelkit.mockserver.api.links import PREFIX_KEY, origin
from cancelkit.mockserver.api.recognition import Recogniser
from cancelkit.mockserver.journal.events import Events
from cancelkit.mockserver.replies import error
from cancelkit.mockserver.session import READING, Session, SessionRefused
from cancelkit.spec import Contract, SpecError


class Gone(Exception):
    """The client left before its call was over."""


class Half(Protocol):
    """One of the two. upstream: its address, None for the mock."""

    @property
    def upstream(self) -> str | None: ...

    def origin(self, scope: Scope) -> str:
        """Scheme, host and port under which a call to it is told of."""
        ...

    def realm(self, session: str) -> str | None:
        """Whose records the ids of a session's calls name; None where they also change otherwise than by calls."""
        ...

    async def send(self, scope: Scope, content: AsyncIterator[bytes] | None, *, ours: bool) -> httpx.Response:
        """The answer, its body yet to be read from `stream`.

        Raises:
            Unreachable: no answer began. Gone: there was none, since the client has left.
        """
        ...


class Mocked:
    """A mock of some of the operations. The scope of a call holds its session."""

    upstream: str | None = None

    def __init__(self, app: ASGIApp, contract: Contract, events: Events, documented: Callable[[Scope], str]) -> None:
        """documented: the path of a call as the contract writes it, percent-encoded."""
        self._app, self._events, self._documented = app, events, documented
        self._recognise = Recogniser(contract)

    def origin(self, scope: Scope) -> str:
        return origin(scope)

    def realm(self, session: str) -> None:
        return None

    async def send(self, scope: Scope, content: AsyncIterator[bytes] | None, *, ours: bool) -> httpx.Response:
        session: Session = scope[SESSION]
        try:
            session.settle()
        except SessionRefused as refused:
            reply = error(refused.status, str(refused), refused.code).reply
            return httpx.Response(reply.status, headers=reply.headers, stream=httpx.ByteStream(reply.body))
        path = self._documented(scope)
        inner = {
            **scope,
            "path": unquote(path),
            "raw_path": path.encode(),
            ORIGINAL_PATH: scope.get(PREFIX_KEY, "") + scope["path"],
        }
        start: Message = {}
        body: list[bytes] = []

        async def receive() -> Message:
            try:
                piece = await anext(content, None) if content is not None else None
            except Gone:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.append(message.get("body", b""))

        await self._app(inner, receive, send)
        if not start:
            raise Gone
        method, status = scope["method"], start["status"]
        if status < 300:
            session.followed(method, self._recognise(method, path).record)
            if method not in READING:
                self._events.changed(session.name, "records")
        return httpx.Response(status, headers=start["headers"], stream=httpx.ByteStream(b"".join(body)))


def known(contract: Contract, names: Collection[str], option: str) -> frozenset[str]:
    """The operations that an option names. Raises SpecError for one that the contract does not have."""
    for name in names:
        if name not in contract.operations:
            raise SpecError(option, f"there is no operation {name!r}; there are {', '.join(contract.operations)}")
    return frozenset(names)
