"""Letting pages of other origins call the mock from a browser.

Owns: the CORS headers of every answer of the API, errors too, and preflights.
Knows nothing of: the control endpoints, which never get these headers.
Source: Fetch Standard, "CORS protocol".
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cancelkit.mockserver.api.bodies import header
from cancelkit.mockserver.replies import Header, Reply

_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_PERMISSIONS = b"access-control-"
"""What a server behind the mock says of its own."""
_EXPOSED = b"Location, Retry-After, Allow, Preference-Applied, X-Contract-Violations"


class Cors:
    """Wraps the API; `enabled` off leaves every answer, also that to a preflight, without permission."""

    def __init__(self, app: ASGIApp, *, enabled: bool) -> None:
        self._app = app
        self._enabled = enabled

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = header(scope, b"origin") if self._enabled and scope["type"] == "http" else b""
        if not origin:
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS" and header(scope, b"access-control-request-method"):
            await _preflight(scope, origin).send(send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *(pair for pair in message.get("headers", ()) if not pair[0].startswith(_PERMISSIONS)),
                    *_allow(origin),
                    (b"access-control-expose-headers", _EXPOSED),
                ]
            await send(message)

        await self._app(scope, receive, dressed)


def _preflight(scope: Scope, origin: bytes) -> Reply:
    asked = header(scope, b"access-control-request-headers")
    headers: list[Header] = [
        *_allow(origin),
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-max-age", b"600"),
    ]
    headers += [(b"access-control-allow-headers", asked)] if asked else []
    return Reply(200, b"", tuple(headers))


def _allow(origin: bytes) -> list[Header]:
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"Origin"),
    ]
