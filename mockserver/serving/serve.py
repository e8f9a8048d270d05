"""Running the mock on a socket until somebody stops it.

Owns: binding, uvicorn, the clean stop.
Knows nothing of: what is served, options.
"""

from __future__ import annotations

import errno
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

if TYPE_CHECKING:
    import uvicorn

    from cancelkit.mockserver.serving.lost import Lost

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 90
"""Longer than clients keep unused connections themselves (75 s or less), or one would send on a connection that is
being closed."""


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
    except (OSError, UnicodeError) as problem:
        listener.close()
        why = getattr(problem, "strerror", None) or str(problem)
        busy = getattr(problem, "errno", None) == errno.EADDRINUSE
        hint = ". Is a mock running already? --port 0 takes any free port." if busy else ""
        raise CannotBind(f"can't listen on {host} port {port}: {why}{hint}") from None
    return listener


def run(
    app: ASGIApp,
    listener: socket.socket,
    *,
    ready: Callable[[], None] = lambda: None,
    stopping: Callable[[], None] = lambda: None,
    lost: Callable[[Lost], None] = lambda lost: None,
) -> None:
    """Serve until SIGTERM or Ctrl-C; `ready` is called when calls are answered, `stopping` before they end, `lost` with
    each request that never became a call."""
    server(app, ready=ready, stopping=stopping, lost=lost).run(sockets=[listener])


def server(
    app: ASGIApp,
    *,
    ready: Callable[[], None] = lambda: None,
    stopping: Callable[[], None] = lambda: None,
    lost: Callable[[Lost], None] = lambda lost: None,
    guest: bool = False,
) -> uvicorn.Server:
    """Return a server that is not running yet, for whoever has an event loop of their own.

    guest: the process is somebody else's, so logging, which is the whole process's, stays as it is.
    """
    import uvicorn

    from cancelkit.mockserver.serving.wire import JsonProtocol

    tell = lost

    class Protocol(JsonProtocol):
        def lost(self, lost: Lost) -> None:
            tell(lost)

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            ready()

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            """Stop, and do not end by the signal itself afterwards: a stop that was asked for is exit code 0."""
            if self.should_exit and sig == signal.SIGINT:
                self.force_exit = True
            self.should_exit = True

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            stopping()
            await super().shutdown(sockets=sockets)

    class Config(uvicorn.Config):
        def configure_logging(self) -> None:
            if not guest:
                super().configure_logging()

    config = Config(
        app,
        http=Protocol,
        ws="none",
        log_level="error",
        access_log=False,
        lifespan="on",
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=2,
    )
    return Server(config)
