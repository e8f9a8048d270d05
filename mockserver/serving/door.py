"""Where the mock listens, opened: the sockets, TLS, and how clients get in.

Owns: going from the options (reach.py) to what is listened on, and what the banner says of it.
Knows nothing of: what is served.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cancelkit.mockserver.serving.reach import Reach
from cancelkit.mockserver.serving.serve import bind_all
from cancelkit.mockserver.serving.tls import given, local, trusting
from cancelkit.mockserver.serving.unix import bind_unix

HERE = ("localhost", "127.0.0.1", "::1")
ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


@dataclass(frozen=True, slots=True)
class Door:
    """url: for clients on this machine, sub-path included. curl: options that it needs, with a space behind.

    remove: takes away what would stay when the sockets are closed.
    """

    sockets: list[socket.socket]
    url: str
    tls: ssl.SSLContext | None = None
    curl: str = ""
    notes: tuple[str, ...] = ()
    remove: Callable[[], None] = lambda: None

    def close(self) -> None:
        """To be called at the end, however it comes."""
        for listener in self.sockets:
            listener.close()
        self.remove()


def opened(reach: Reach) -> Door:
    """
    Raises:
        TlsError: there can be no TLS. CannotBind: the address can't be had.
    """
    tls, ca = _tls(reach)
    scheme = "https" if tls else "http"
    curl, notes = (f"--cacert {ca} ", trusting(ca)) if ca else ("", ())
    if (path := reach.unix_socket) is not None:
        listener, remove = bind_unix(path, reach.unix_socket_mode)
        notes = (f"socket    {path} (mode {reach.unix_socket_mode:03o})", *notes)
        url = f"{scheme}://localhost{reach.root_path}"
        return Door([listener], url, tls, f"--unix-socket {path} {curl}", notes, remove)
    listeners = bind_all(reach.host, reach.port)
    address, port = listeners[0].getsockname()[:2]
    return Door(listeners, base_url(address, port, scheme) + reach.root_path, tls, curl, notes)


def base_url(address: str, port: int, scheme: str = "http") -> str:
    """Return where a client on this machine finds the mock: an address that means "all of them" is none to call."""
    address = ANY.get(address, address)
    return f"{scheme}://{f'[{address}]' if ':' in address else address}:{port}"


def _tls(reach: Reach) -> tuple[ssl.SSLContext | None, Path | None]:
    """The context, and the file of the local CA where there is one."""
    if reach.tls_cert is not None:
        return given(reach.tls_cert, reach.tls_key), None
    return local([*HERE, *([] if reach.host in ANY else [reach.host])]) if reach.tls else (None, None)
