"""Calls as odd but legal clients send them, byte by byte over a socket."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from time import sleep
from urllib.parse import urlsplit

import pytest

from cancelkit.mockserver.local import LocalMock
from cancelkit.mockserver.serving import serve, wire

LIST = "/api/channel/5/cancellation_requests/"
BODY = json.dumps({"order_item": 1, "reason": 1, "cancellation_type": "cancel"}).encode()
UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQ\r\n"


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    with LocalMock() as mock:
        parts = urlsplit(mock.listen())
        assert parts.hostname
        assert parts.port
        yield parts.hostname, parts.port


@pytest.fixture
def line(address: tuple[str, int]) -> Iterator[socket.socket]:
    with socket.create_connection(address, timeout=10) as connection:
        yield connection


def _head(method: str, path: str, more: bytes = b"") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Token t\r\n".encode() + more


def _answer(line: socket.socket) -> tuple[int, bytes]:
    """Read one answer with a Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = line.recv(65536)
        assert piece, f"closed after {data!r}"
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(int(row.split(b":")[1]) for row in head.lower().split(b"\r\n") if row.startswith(b"content-length"))
    while len(body) < length:
        body += line.recv(65536)
    return int(head.split()[1]), body[:length]


def _chunked(body: bytes) -> bytes:
    half = len(body) // 2
    pieces = (body[:half], body[half:], b"")
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)


@pytest.mark.parametrize("apart", [False, True], ids=["one packet", "many packets"])
@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_an_upgrade_is_declined_by_ignoring_it(line: socket.socket, chunked: bool, apart: bool):
    """The body of a POST that offers h2c is read, and the next request on the connection is answered."""
    framing = b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"Content-Length: %d\r\n\r\n" % len(BODY)
    head = _head("POST", LIST, UPGRADE + b"Content-Type: application/json\r\n" + framing)
    body = _chunked(BODY) if chunked else BODY
    pieces = [head, body[:7], body[7:]] if apart else [head + body]
    for piece in pieces:
        line.sendall(piece)
        sleep(0.05 if apart else 0)
    created = _answer(line)
    line.sendall(_head("GET", f"{LIST}{json.loads(created[1])['id']}/", b"\r\n"))

    assert created[0] == 201
    assert _answer(line)[0] == 200


def test_an_upgrade_without_a_body_is_declined_too(line: socket.socket):
    """A GET that offers h2c is answered, twice on one connection, the second request behind it in the same packet."""
    line.sendall(_head("GET", f"{LIST}1/", UPGRADE + b"\r\n") + _head("GET", f"{LIST}2/", b"\r\n"))
    first = _answer(line)

    assert (first[0], json.loads(first[1])["id"]) == (200, 1)


def test_raw_utf8_in_the_request_line_is_taken(line: socket.socket):
    """A query typed into curl as it is read means the same as its percent-encoded form."""
    query = "?customer_last_name=ŞÜKRÜOĞLU"
    line.sendall(f"GET {LIST}{query} HTTP/1.1\r\n".encode() + _head("", "", b"\r\n").partition(b"\r\n")[2])
    status, body = _answer(line)

    assert status == 200
    assert "next" in json.loads(body)


def test_what_is_no_http_is_still_refused(line: socket.socket):
    """Bytes beyond ASCII elsewhere are no reason to guess."""
    line.sendall("ŞÜKRÜ OĞLU\r\n\r\n".encode())

    assert _answer(line)[0] == 400


def test_connections_are_kept_longer_than_clients_keep_theirs():
    """Pooled connections of usual clients end after 75 seconds or earlier."""
    assert serve.KEEP_ALIVE_SECONDS > 75
    assert serve.server(lambda scope, receive, send: None).config.timeout_keep_alive > 75  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize("begun", [b"", b"GET "], ids=["nothing sent", "half a head sent"])
def test_a_first_request_on_its_way_is_answered_by_a_server_that_stops(monkeypatch: pytest.MonkeyPatch, begun: bytes):
    """A load balancer in front of a rolling restart has opened the connection, and would tell its client."""
    monkeypatch.setattr(wire, "FIRST_SECONDS", 1.5)
    head = _head("GET", f"{LIST}?limit=1", b"\r\n")
    with LocalMock() as mock:
        parts = urlsplit(mock.listen())
        place = (str(parts.hostname), int(parts.port or 0))
        with socket.create_connection(place, timeout=10) as line:
            line.sendall(begun)
            mock._server.should_exit = True  # type: ignore[union-attr]
            while _listening(place):
                sleep(0.01)
            line.sendall(head.removeprefix(begun))
            status, _ = _answer(line)
            end = line.recv(1)

    assert (status, end) == (200, b"")


def _listening(place: tuple[str, int]) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(place) == 0
