"""The proxy on a socket.

Owns: the server of a proxy: it adds no headers of its own, and what is refused below the application is journalled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from cancelkit.mockserver.proxy.app import Proxy
from cancelkit.mockserver.serving.serve import server

if TYPE_CHECKING:
    import ssl

    import uvicorn


def proxy_server(
    app: Proxy,
    served: ASGIApp | None = None,
    *,
    tls: ssl.SSLContext | None = None,
    ready: Callable[[], None] = lambda: None,
) -> uvicorn.Server:
    """Return a server of the proxy that is not running yet. served: the proxy with what stands in front of it."""
    running = server(served or app, tls=tls, ready=ready, stopping=app.stop, lost=app.watch.lost)
    running.config.date_header = False
    return running
