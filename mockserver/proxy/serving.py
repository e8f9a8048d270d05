"""The proxy on a socket: what is refused below the application is journalled as well.

Owns: the server of a proxy, and the note of a request that can't be parsed.
Source: uvicorn.protocols.http.httptools_impl.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from cancelkit.mockserver.proxy.app import Proxy
from cancelkit.mockserver.serving.serve import server
from cancelkit.mockserver.serving.wire import LONGEST_URL, JsonProtocol

if TYPE_CHECKING:
    import uvicorn

LINE = re.compile(rb"[\r\n]*([A-Za-z]{1,20}) +([^\r\n]*?)(?: +HTTP/[\d.]+)?\r?(?:\n|$)")
KEPT = 2048
"""Bytes of a request that are looked at for what it was."""


def proxy_server(app: Proxy, *, ready: Callable[[], None] = lambda: None) -> uvicorn.Server:
    """Return a server of the proxy that is not running yet."""

    class Protocol(JsonProtocol):
        """Keeps the beginning of what was received last, and notes what is refused."""

        _begun = b""

        def data_received(self, data: bytes) -> None:
            self._begun = data[:KEPT]
            super().data_received(data)

        def send_400_response(self, msg: str) -> None:
            super().send_400_response(msg)
            status = 414 if len(getattr(self, "url", b"")) > LONGEST_URL else 400
            found = LINE.match(self._begun)
            method, target = (found[1].decode("ascii"), found[2]) if found else ("?", self._begun[:100])
            app.watch.refused(method, target, status)

    running = server(app, ready=ready, stopping=app.stop)
    running.config.http = Protocol
    running.config.date_header = False
    return running
