"""Running the mock on a socket until somebody stops it.

Owns: binding, uvicorn, the clean stop.
Knows nothing of: what is served, options.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

if TYPE_CHECKING:
    import uvicorn

BACKLOG = 2048


class CannotBind(Exception):
    """The address can't be had; the message says why and what to do."""


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes any that is free.

    Raises:
        CannotBind: the port is in use, or the host is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as problem:
        listener.close()
        hint = "Is a mock running already? --port 0 takes any free port."
        raise CannotBind(f"can't listen on {host} port {port}: {problem}. {hint}") from None
    return listener


def run(
    app: ASGIApp,
    listener: socket.socket,
    *,
    ready: Callable[[], None] = lambda: None,
    stopping: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGTERM or Ctrl-C; `ready` is called when calls are answered, `stopping` before they end."""
    server(app, ready=ready, stopping=stopping).run(sockets=[listener])


def server(
    app: ASGIApp, *, ready: Callable[[], None] = lambda: None, stopping: Callable[[], None] = lambda: None
) -> uvicorn.Server:
    """Return a server that is not running yet, for whoever has an event loop of their own."""
    import uvicorn

    from mockserver.wire import JsonProtocol

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            ready()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            stopping()
            await super().shutdown(sockets=sockets)

    config = uvicorn.Config(
        app,
        http=JsonProtocol,
        ws="none",
        log_level="error",
        access_log=False,
        lifespan="on",
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    return Server(config)
