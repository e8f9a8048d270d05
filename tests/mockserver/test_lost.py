"""What is refused or lost below the application is in the journal, of the mock and of the proxy, without keys."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from time import monotonic, sleep
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest

from cancelkit.mockserver.journal.har import har
from cancelkit.mockserver.journal.ring import Entry
from cancelkit.mockserver.local import LocalMock
from tests.clients.running import ROOT, mock
from tests.mockserver.wire_bench import running

LIST = "/api/channel/5/cancellation_requests/"
KEY = "very-secret-key"
HEAD = f"Host: localhost\r\nAuthorization: Token {KEY}\r\nContent-Type: application/json\r\n"
Send = Callable[[bytes], list[Entry]]


class Case(NamedTuple):
    """What is sent, and what the journal shows: method, path, status, fault, a part of the note."""

    sent: str
    shown: tuple[str, str, int, str, str]


CASES = {
    "method": Case(f"GE(T {LIST} HTTP/1.1\r\n{HEAD}\r\n", ("?", "?", 400, "malformed request", "")),
    "space": Case(f"GET {LIST}?q=a b HTTP/1.1\r\n{HEAD}\r\n", ("GET", LIST, 400, "malformed request", "space")),
    "header": Case(f"GET {LIST} HTTP/1.1\r\n{HEAD}bad header\r\n\r\n", ("GET", LIST, 400, "malformed request", "")),
    "key first": Case(f"Authorization: Token {KEY}\r\n\r\n", ("?", "?", 400, "malformed request", "")),
    "query": Case(f"GET {LIST}?token={KEY} HTTP/9\r\n{HEAD}\r\n", ("GET", LIST, 400, "malformed request", "")),
    "tls": Case("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", ("?", "?", 400, "malformed request", "https://")),
    "http2": Case("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ("PRI", "*", 400, "malformed request", "HTTP/2")),
    "url": Case(f"GET {LIST}?q={'x' * 66_000} HTTP/1.1\r\n{HEAD}\r\n", ("GET", LIST, 414, "malformed request", "")),
    "long head": Case(
        f"GET {LIST} HTTP/1.1\r\n{HEAD}X-A: {'x' * 140_000}\r\n\r\n", ("GET", LIST, 431, "malformed request", "")
    ),
    "chunk": Case(
        f"POST {LIST} HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        ("POST", LIST, 400, "malformed request", ""),
    ),
    "half a head": Case(f"GET {LIST} HTTP/1.1\r\n{HEAD}", ("GET", LIST, 0, "client left", "")),
    "half a line": Case(f"GET {LIST}?token={KEY}", ("GET", LIST, 0, "client left", "")),
    "no body": Case(f"POST {LIST} HTTP/1.1\r\n{HEAD}Content-Length: 9\r\n\r\n", ("POST", LIST, 0, "client left", "")),
    "half a body": Case(
        f'POST {LIST} HTTP/1.1\r\n{HEAD}Content-Length: 9\r\n\r\n{{"o', ("POST", LIST, 0, "client left", "")
    ),
}


@pytest.fixture
def mocked() -> Iterator[Send]:
    """Sends bytes to a mock and returns its journal."""
    with LocalMock() as mock:
        parts = urlsplit(mock.listen())

        def send(data: bytes) -> list[Entry]:
            with socket.create_connection((parts.hostname, parts.port or 0), timeout=10) as line:
                line.sendall(data)
                line.shutdown(socket.SHUT_WR)
                while line.recv(65536):
                    pass
            end = monotonic() + 10
            while not (found := list(mock._app.sessions.default.journal)) and monotonic() < end:
                sleep(0.01)
            return found

        yield send


def proxied(data: bytes) -> list[Entry]:
    """Sends bytes to a proxy and returns its journal."""

    async def never(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(10)

    async def run() -> list[Entry]:
        async with running(never) as (_, port, proxy):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(data)
            writer.write_eof()
            await reader.read(-1)
            writer.close()
            async with asyncio.timeout(10):
                while not proxy.watch.counts["calls"]:
                    await asyncio.sleep(0.01)
        return list(proxy.watch.session(None).journal)

    return asyncio.run(run())


@pytest.mark.parametrize("through", ["mock", "proxy"])
@pytest.mark.parametrize("case", CASES)
def test_it_is_journalled_as_far_as_it_is_known(mocked: Send, through: str, case: str):
    """Method, path, answer and what went wrong; never the key, and nothing is held against the client."""
    send = mocked if through == "mock" else proxied
    (entry,) = send(CASES[case].sent.encode("latin-1"))
    method, path, status, fault, note = CASES[case].shown

    assert (entry.method, entry.path, entry.status, entry.fault) == (method, path, status, fault)
    assert note in (entry.note or "")
    assert entry.judged == ()
    assert KEY not in repr(entry)


def test_a_connection_that_says_nothing_is_no_call(mocked: Send):
    """As probes of ports and idle pools make them; the request behind is the only one."""
    with LocalMock() as mock:
        parts = urlsplit(mock.listen())
        for sent in (b"", f"GET {LIST}1/ HTTP/1.1\r\n{HEAD}Connection: close\r\n\r\n".encode()):
            with socket.create_connection((parts.hostname, parts.port or 0), timeout=10) as line:
                line.sendall(sent)
                line.shutdown(socket.SHUT_WR)
                while line.recv(65536):
                    pass
        (entry,) = mock._app.sessions.default.journal

    assert entry.status == 200


def test_it_shows_in_the_session_that_a_prefix_names():
    """And is told to whoever watches the journal through the control endpoints."""
    with LocalMock() as mock:
        parts = urlsplit(mock.listen())
        mock._app.sessions.get("a")
        with socket.create_connection((parts.hostname, parts.port or 0), timeout=10) as line:
            line.sendall(f"GET /s/a{LIST} HTTP/1.1\r\nbad header\r\n\r\n".encode())
            line.shutdown(socket.SHUT_WR)
            while line.recv(65536):
                pass
        (entry,) = mock._app.sessions.get("a").journal

    assert (entry.path, entry.status) == (LIST, 400)


@pytest.mark.parametrize("options", [(), ("--watch", "--contract", str(ROOT / "spec" / "openapi.yaml"))])
def test_a_server_that_a_command_has_started_tells_of_it(options: tuple[str, ...]):
    """Also where the contract is watched, and the mock changes underneath."""
    with mock(*options) as url:
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname, parts.port or 0), timeout=10) as line:
            line.sendall(f"GET {LIST} HTTP/1.1\r\nbad header\r\n\r\n".encode())
            line.recv(65536)
        told = httpx.get(f"{url}/_mock/journal", trust_env=False).json()

    assert [(call["path"], call["fault"]) for call in told["calls"]] == [(LIST, "malformed request")]


@pytest.mark.parametrize("through", ["mock", "proxy"])
def test_a_raw_target_is_noted(mocked: Send, through: str):
    """The call is answered, and its entry says that the client did not percent-encode; HAR says so in a comment."""
    line = f"GET {LIST}?customer_last_name=ŞÜKRÜ HTTP/1.1\r\n{HEAD}Connection: close\r\n\r\n".encode()
    (entry,) = mocked(line) if through == "mock" else proxied(line)
    (plain,) = mocked(line.decode().replace("ŞÜKRÜ", "a").encode())[-1:]
    (shown,) = har([entry], base_url="http://localhost", version="1")["log"]["entries"]

    assert "raw bytes" in (entry.note or "")
    assert plain.note is None
    assert "raw bytes" in shown["comment"]


def test_the_control_endpoints_show_the_note():
    """As the page and other programs read it."""
    with LocalMock() as mock:
        parts = urlsplit(mock.listen())
        with socket.create_connection((parts.hostname, parts.port or 0), timeout=10) as line:
            line.sendall(f"GET {LIST}?sku=ş HTTP/1.1\r\n{HEAD}\r\n".encode())
            line.recv(65536)
            line.sendall(b"GET /_mock/journal HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            told: Any = b"".join(iter(lambda: line.recv(65536), b""))
    told = json.loads(told.partition(b"\r\n\r\n")[2])

    assert [call["note"] is not None for call in told["calls"]] == [True]
