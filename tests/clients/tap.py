"""What a client really sends: a line between it and a server that passes bytes on and keeps those of the client.

Owns: `tapped`. Knows nothing of: HTTP.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from urllib.parse import urlsplit


@contextmanager
def tapped(url: str) -> Iterator[tuple[str, bytearray]]:
    """Yield a base URL that leads to `url`, and what clients have sent there so far."""
    address, sent = urlsplit(url), bytearray()

    def passed(source: socket.socket, to: socket.socket, kept: bytearray | None) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if kept is not None:
                    kept += data
                to.sendall(data)
        with suppress(OSError):
            to.shutdown(socket.SHUT_WR)

    def accepting() -> None:
        with suppress(OSError):
            while True:
                client = listener.accept()[0]
                server = socket.create_connection((address.hostname or "", address.port or 0))
                Thread(target=passed, args=(client, server, sent), daemon=True).start()
                Thread(target=passed, args=(server, client, None), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=accepting, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", sent
        finally:
            listener.shutdown(socket.SHUT_RDWR)
