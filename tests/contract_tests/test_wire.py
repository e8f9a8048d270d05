"""How a request is sent: the short way says and hears the same as httpx does."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import httpx
import pytest

from cancelkit.contract_tests.target.wire import Reply, Wire

HEADERS = (("User-Agent", "cancelkit-verify"), ("Accept", "application/json"), ("X-Team", "returns"))
ZIPPED = gzip.compress(b'{"a": 1}', mtime=0)
Answers = Callable[[bytes], bytes]


class Server:
    """Notes each request and each connection; `answer` says what comes back, b"" ends the connection."""

    def __init__(self) -> None:
        self.answer: Answers = lambda request: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
        self.requests: list[bytes] = []
        self.connections: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), closing(connection):
            while request := _read(connection):
                self.requests.append(request)
                answer = self.answer(request)
                connection.sendall(answer)
                if not answer or b"close" in answer.lower():
                    return

    def close(self) -> None:
        self._listener.close()
        for connection in self.connections:
            connection.close()


def _read(connection: socket.socket) -> bytes:
    """One request: its head, and as many bytes as it says."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    while len(body) < int(fields.get(b"content-length", 0)):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def said(request: bytes) -> tuple[bytes, dict[bytes, bytes], bytes]:
    """The first line, the headers by name, the body."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    return first, {line.lower().split(b": ")[0]: line.split(b": ", 1)[1] for line in lines}, body


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def ways(server: Server) -> Iterator[tuple[Wire, Wire]]:
    """The short way, and the one through httpx."""
    short = Wire(server.origin, headers=HEADERS, timeout=1.0)
    long = Wire(server.origin, headers=HEADERS, timeout=1.0, transport=httpx.HTTPTransport())
    yield short, long
    short.close()
    long.close()


@pytest.mark.parametrize(
    ("method", "path", "headers", "data"),
    [
        ("GET", "/a/5/?status=waiting&ids=1,2&text=%C3%A7%20b", (("Authorization", "Token x"),), None),
        ("GET", "", (), None),
        ("HEAD", "/a", (), None),
        ("DELETE", "/a/1/", (), None),
        ("POST", "/a/1/reject/", (), None),
        ("POST", "/a/", (("Content-Type", "application/json"),), '{"a": "ş"}'.encode()),
        ("PUT", "/a/", (("accept", "text/html"), ("X-TEAM", "other")), b""),
        ("PATCH", "/a/", (("Authorization", ""),), b"{}"),
        ("GET", "/a?b=%ff&c=%zz", (), None),
        ("GET", "/a/../b/./c", (), None),
        ("GET", "/ş?b=<c d>", (), None),
        ("BREW", "/a", (), None),
        ("GET", "/a", (("X-Name", "ş"),), None),
        ("GET", "/a", (("Connection", "close"),), None),
        ("POST", "/a", (("Content-Length", "2"),), b"{}"),
    ],
)
def test_both_ways_send_the_same(server: Server, ways, method: str, path: str, headers, data: bytes | None):
    """First line, headers and body, well-formed or odd."""
    if method == "HEAD":
        server.answer = lambda request: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
    replies = [way.request(method, server.origin + path, headers, data) for way in ways]

    assert said(server.requests[0]) == said(server.requests[1])
    assert replies[0] == replies[1]


@pytest.mark.parametrize("header", [("Host", "shop.example"), ("X-Team", "iade ekibi ş"), ("Connection", "close")])
def test_both_ways_send_what_the_user_wants_with_every_request(server: Server, header: tuple[str, str]):
    """Also where that is about the connection, or beyond ASCII."""
    for transport in (None, httpx.HTTPTransport()):
        wire = Wire(server.origin, headers=(*HEADERS[:2], header), timeout=1.0, transport=transport)
        with closing(wire):
            wire.request("GET", f"{server.origin}/a", (), None)

    sent = [said(request)[1] for request in server.requests]
    assert sent[0] == sent[1]
    assert sent[0][header[0].lower().encode()] == header[1].encode()


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        (
            b"HTTP/1.1 201 Created\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 2\r\n\r\nhi",
            Reply(201, {"x-a": "1, 2", "content-length": "2"}, b"hi"),
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1\r\n!\r\n0\r\n\r\n",
            Reply(200, {"transfer-encoding": "chunked"}, b"hi!"),
        ),
        (b"HTTP/1.1 204 No Content\r\n\r\n", Reply(204, {}, b"")),
        (b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\nall", Reply(404, {"connection": "close"}, b"all")),
        (
            "HTTP/1.1 200 OK\r\nX-A: ş\r\nContent-Length: 0\r\n\r\n".encode(),
            Reply(200, {"x-a": "ş", "content-length": "0"}, b""),
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(ZIPPED), ZIPPED),
            Reply(200, {"content-encoding": "gzip", "content-length": str(len(ZIPPED))}, b'{"a": 1}'),
        ),
    ],
)
def test_both_ways_hear_the_same(server: Server, ways, answer: bytes, reply: Reply):
    """Length, chunks, end of the connection, no body; headers given twice, beyond ASCII; a packed body."""
    server.answer = lambda request: answer

    assert [way.request("GET", f"{server.origin}/a", (), None) for way in ways] == [reply, reply]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhi",
    ],
    ids=["no answer", "no HTTP", "cut short", "not packed"],
)
def test_what_is_no_answer_is_an_error_of_the_same_kind(server: Server, ways, answer: bytes):
    """The client takes it for a drop, or gives up, whichever way it was sent."""
    server.answer = lambda request: answer

    kinds = []
    for way in ways:
        with pytest.raises(httpx.RequestError) as caught:
            way.request("GET", f"{server.origin}/a", (), None)
        kinds.append(isinstance(caught.value, httpx.TransportError))
    assert kinds[0] is kinds[1]


def test_nobody_there_or_no_answer_in_time(server: Server, ways):
    """Told apart, as what was never sent may be sent again."""
    server.answer = lambda request: b"HTTP/1.1 200" if threading.Event().wait(3) else b""
    for way in ways:
        with pytest.raises(httpx.ReadTimeout):
            way.request("GET", f"{server.origin}/a", (), None)
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    nobody = Wire(f"http://127.0.0.1:{port}", headers=HEADERS, timeout=1.0)

    with closing(nobody), pytest.raises(httpx.ConnectError, match="refused"):
        nobody.request("GET", f"http://127.0.0.1:{port}/a", (), None)


def test_connections_are_kept_while_the_server_keeps_them(server: Server, ways):
    """One serves many requests in turn; one that was closed meanwhile is not used, and costs no request."""
    short, _ = ways
    for _ in range(3):
        short.request("GET", f"{server.origin}/a", (), None)
    kept = len(server.connections)
    server.connections[0].shutdown(socket.SHUT_RDWR)
    threading.Event().wait(0.1)
    short.request("POST", f"{server.origin}/a", (), b"{}")

    assert kept == 1
    assert len(server.connections) == 2
    assert len(server.requests) == 4


def test_an_odd_request_that_can_not_be_sent_is_refused_before(server: Server, ways):
    """Not by the server: nothing arrives."""
    for way in ways:
        with pytest.raises((httpx.LocalProtocolError, ValueError)):
            way.request("GET", f"{server.origin}/a", (("X-A", "b\r\nX-C: d"),), None)

    assert server.requests == []
