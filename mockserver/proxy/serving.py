"""The proxy on a socket.

Owns: the server of a proxy: it adds no headers of its own, and what is refused below the application is journalled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cancelkit.mockserver.proxy.app import Proxy
from cancelkit.mockserver.serving.serve import server

if TYPE_CHECKING:
    import uvicorn


def proxy_server(app: Proxy, *, ready: Callable[[], None] = lambda: None) -> uvicorn.Server:
    """Return a server of the proxy that is not running yet."""
    running = server(app, ready=ready, stopping=app.stop, lost=app.watch.lost)
    running.config.date_header = False
    return running
