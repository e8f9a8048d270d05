"""A mock with a real server behind it over real connections: who is called, and what passes."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path

import httpx
import pytest

from tests.clients.running import mock, running
from tests.mockserver.proxy_bench import LIST
from tests.mockserver.wire_bench import Upstream, get, half_real, opened

EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: 1\n\n"
PACKED = gzip.compress(b'{"packed": true}')


async def _empty(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")


@pytest.mark.parametrize(
    ("target", "host"),
    [
        (b"http://other.test/secrets", b"other.test"),
        (b"//other.test/secrets", b"a"),
        (b"/secrets", b"other.test:99"),
        (b"/@other.test/secrets", b"a"),
        (b"/..//other.test/", b"a"),
        (b"/any?url=http://other.test/", b"a"),
    ],
)
def test_only_the_named_server_is_ever_called(monkeypatch: pytest.MonkeyPatch, target: bytes, host: bytes) -> None:
    """Whatever a client writes into its target or Host; nothing else is even looked up, nor a proxy of the
    environment's used."""
    looked_up: list[object] = []
    resolve = asyncio.BaseEventLoop.getaddrinfo

    async def noted(self: asyncio.BaseEventLoop, host: object, *rest: object, **more: object) -> object:
        looked_up.append(host)
        return await resolve(self, host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setenv("HTTP_PROXY", "http://other.test:3128")
    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", noted)

    async def run() -> tuple[Upstream, bytes]:
        async with half_real(_empty) as (upstream, port):
            reader, writer = await opened(port, get(target).replace(b"Host: a", b"Host: " + host))
            status = await reader.readline()
            writer.close()
            return upstream, status

    upstream, status = asyncio.run(run())

    assert status == b"HTTP/1.1 204 No Content\r\n"
    assert len(upstream.heads) == 1
    assert upstream.heads[0].split(b" ")[1].startswith(b"/")
    assert not [name for name in looked_up if "other" in str(name)]


def test_a_stream_is_passed_on_as_it_comes_and_goes_when_the_client_goes() -> None:
    """The first event is with the client while the server waits to send the second; then the client leaves."""

    async def events(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(EVENTS)
        await writer.drain()
        await reader.read()
        raise ConnectionError

    async def run() -> bytes:
        async with half_real(events) as (upstream, port):
            reader, writer = await opened(port, get(b"/events"))
            first = await reader.readuntil(b"data: 1\n\n")
            writer.close()
            await asyncio.wait_for(upstream.left.wait(), 10)
            return first

    assert asyncio.run(run()).startswith(b"HTTP/1.1 200 OK")


def test_an_encoded_answer_arrives_as_it_was() -> None:
    """Byte for byte; the judge reads what is in it."""

    async def packed(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kind = b"Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(PACKED)
        writer.write(b"HTTP/1.1 200 OK\r\n" + kind + PACKED)

    async def run() -> tuple[bytes, str]:
        async with (
            half_real(packed, operations=("retrieveCancellationRequest",)) as (_, port),
            httpx.AsyncClient() as client,
        ):
            url = f"http://127.0.0.1:{port}"
            async with client.stream("GET", f"{url}{LIST}1/", headers={"Authorization": "Token a"}) as answer:
                body = b"".join([piece async for piece in answer.aiter_raw()])
            return body, (await client.get(f"{url}/_mock/journal")).text

    body, journal = asyncio.run(run())

    assert body == PACKED
    assert "server/schema" in journal


def test_an_answer_that_breaks_off_breaks_off(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody takes half of it for a whole one, and it is no fault of the mock's that a log would tell of."""

    async def half(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n01234")
        await writer.drain()
        raise ConnectionError

    async def run() -> tuple[bytes, str]:
        async with half_real(half) as (_, port):
            reader, _ = await opened(port, get(b"/other"))
            answer = await reader.read()
            async with httpx.AsyncClient() as client:
                (call,) = (await client.get(f"http://127.0.0.1:{port}/_mock/journal")).json()["calls"]
            return answer, call["fault"]

    answer, fault = asyncio.run(run())

    assert answer.endswith(b"\r\n\r\n01234")
    assert fault == "upstream_broken"
    assert capsys.readouterr().err == ""


def test_a_fault_can_cut_a_real_answer() -> None:
    """The connection breaks in the middle of what the server sent whole."""

    async def whole(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789")

    async def run() -> bytes:
        async with half_real(whole) as (_, port):
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
                await client.post("/_mock/faults", json={"kind": "truncate"})
            reader, _ = await opened(port, get(b"/other"))
            return await reader.read()

    answer = asyncio.run(run())

    assert b"content-length: 10" in answer
    assert answer.endswith(b"\r\n\r\n01234")


def test_the_command_serves_both_halves(tmp_path: Path) -> None:
    """By its options; an edit of the contract that is taken up keeps the server behind; a stop is clean."""
    own = tmp_path / "own.yaml"
    overlay = "overlay: 1.0.0\ninfo: {title: x, version: '1'}\nactions:\n  - {target: $.info, update: {title: %s}}\n"
    own.write_text(overlay % "a")
    with mock("--size", "3") as real:
        chosen = ["--upstream", real, "--forward", "listCancellationRequests", "--watch", "--overlay", str(own)]
        with running("mock", "--port", "0", *chosen) as server:
            url = server.url
            key = {"Authorization": "Token demo"}
            before = httpx.get(f"{url}{LIST}detailed", headers=key).json()["count"]
            counts = [httpx.get(f"{url}{LIST}", headers=key).json()]
            own.write_text(overlay % "b")
            server.find(r"is served now")
            counts.append(httpx.get(f"{url}{LIST}", headers=key).json())
            said = server.find(r"upstream  .*")

    assert before > 3
    assert [page["count"] for page in counts] == [counts[0]["count"]] * 2
    assert counts[0]["count"] <= 3
    assert said == f"upstream  {real}: listCancellationRequests, what the contract does not describe"
    assert server.process.returncode == 0


def test_an_upstream_with_a_certificate_of_its_own_needs_its_ca(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trusted by --upstream-ca; refused without, with a 502 that says why."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with running("mock", "--tls", "--port", "0") as real:
        ca = real.find(r"(?<=trust     )\S+")
        with mock("--upstream", real.url, "--upstream-ca", ca) as trusting, mock("--upstream", real.url) as not_so:
            answers = [httpx.get(f"{url}/nothing/here") for url in (trusting, not_so)]

    assert [answer.status_code for answer in answers] == [404, 502]
    assert "CERTIFICATE_VERIFY_FAILED" in answers[1].json()["detail"]
