"""A mock that stops while new clients come all the time."""

from __future__ import annotations

import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from urllib.parse import urlsplit

import pytest

from tests.clients.running import running

CLIENTS = 8
CALL = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def _call_until_refused(host: str, port: int) -> list[bool]:
    """Whether each connection that was made was answered. Raises ConnectionResetError where one was not."""
    answered = []
    while True:
        try:
            line = socket.create_connection((host, port), timeout=20)
        except ConnectionRefusedError:
            return answered
        with line:
            line.sendall(CALL)
            answered.append(line.recv(12) in (b"HTTP/1.1 200", b"HTTP/1.1 503"))
            while line.recv(4096):
                pass


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a listening socket can't be told to take no more")
def test_every_connection_that_was_made_is_answered() -> None:
    """None is reset, which a load balancer could not try again: it can't know whether its request was carried out."""
    with running("mock", "--port", "0", "--size", "5") as server, ThreadPoolExecutor(CLIENTS) as pool:
        place = urlsplit(server.url)
        calls = [pool.submit(_call_until_refused, str(place.hostname), place.port or 0) for _ in range(CLIENTS)]
        sleep(0.3)
        server.process.terminate()
        answered = [call.result(60) for call in calls]

    assert all(map(all, answered))
    assert min(map(len, answered)) > 0
