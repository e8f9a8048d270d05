"""Running the mock on a socket until somebody stops it.

Owns: binding, uvicorn, the clean stop.
Knows nothing of: what is served, options.
"""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

if TYPE_CHECKING:
    import ssl

    import uvicorn

    from cancelkit.mockserver.serving.lost import Lost

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 90
"""Longer than clients keep unused connections themselves (75 s or less), or one would send on a connection that is
being closed."""
ACCEPT_SECONDS = 0.05
"""Connections that wait to be accepted when the server stops are, instead of being reset; it takes a turn or two."""
PORTS = 20
"""How many free ports are tried until one is free in both families."""


class CannotBind(Exception):
    """The address can't be had; the message says why and what to do. busy: somebody else has it."""

    def __init__(self, message: str, *, busy: bool = False) -> None:
        super().__init__(message)
        self.busy = busy


def bind_all(host: str, port: int) -> list[socket.socket]:
    """Return listening sockets: for localhost those of IPv4 and, where the machine has it, of IPv6, on one port.

    Raises:
        CannotBind: as `bind`.
    """
    if host != "localhost":
        return [bind(host, port)]
    for left in reversed(range(PORTS)):
        first = bind("127.0.0.1", port)
        try:
            return [first, bind("::1", first.getsockname()[1])]
        except CannotBind as problem:
            if not problem.busy:
                return [first]
            first.close()
            if port or not left:
                raise
    raise AssertionError("unreachable")


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes any that is free.

    Raises:
        CannotBind: the port is in use, or the host is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as problem:
        raise CannotBind(f"can't listen on {host}: {problem.strerror}") from None
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, UnicodeError) as problem:
        listener.close()
        why = getattr(problem, "strerror", None) or str(problem)
        busy = getattr(problem, "errno", None) == errno.EADDRINUSE
        hint = ". Is a mock running already? --port 0 takes any free port." if busy else ""
        raise CannotBind(f"can't listen on {host} port {port}: {why}{hint}", busy=busy) from None
    return listener


def run(
    app: ASGIApp,
    sockets: list[socket.socket],
    *,
    tls: ssl.SSLContext | None = None,
    ready: Callable[[], None] = lambda: None,
    stopping: Callable[[], None] = lambda: None,
    lost: Callable[[Lost], None] = lambda lost: None,
    guest: bool = False,
) -> None:
    """Serve until SIGTERM or Ctrl-C; `ready` is called when calls are answered, `stopping` before they end, `lost` with
    each request that never became a call; `guest` as below."""
    server(app, tls=tls, ready=ready, stopping=stopping, lost=lost, guest=guest).run(sockets=sockets)


def server(
    app: ASGIApp,
    *,
    tls: ssl.SSLContext | None = None,
    ready: Callable[[], None] = lambda: None,
    stopping: Callable[[], None] = lambda: None,
    lost: Callable[[Lost], None] = lambda lost: None,
    guest: bool = False,
) -> uvicorn.Server:
    """Return a server that is not running yet, for whoever has an event loop of their own.

    guest: logging, which is the whole process's, stays as it is: the process is somebody else's, or has its own.
    """
    import uvicorn

    from cancelkit.mockserver.serving.closing import close_door
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
            for listener in sockets or ():
                close_door(listener)
            await asyncio.sleep(ACCEPT_SECONDS)
            await super().shutdown(sockets=sockets)

    class Config(uvicorn.Config):
        def configure_logging(self) -> None:
            if not guest:
                super().configure_logging()

        def load(self) -> None:
            super().load()
            self.ssl = tls

    config = Config(
        app,
        http=Protocol,
        ws="none",
        log_level="error",
        access_log=False,
        lifespan="on",
        server_header=False,
        proxy_headers=False,  # uvicorn would trust this machine; behind.py trusts whom it is told to
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=2,
    )
    return Server(config)
