"""The proxy over real connections: bytes as sent, streams as they come, broken and abandoned answers."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpx
import pytest

from tests.mockserver.wire_bench import PATH, get, opened, running


async def _nothing(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")


@pytest.mark.parametrize(
    ("base", "target", "seen"),
    [
        ("", PATH + b"?a=%2F%2f+b%20c&&=&status=&x=%zz", None),
        ("", PATH + b"%31/", None),
        ("", b"//x/../y/./%2e%2e/?q=http://h/?#", b"//x/../y/./%2e%2e/?q=http://h/?"),
        ("", b"/a'b\"c<d>|{e}^`", None),
        ("/shop", PATH + b"?page=1", b"/shop" + PATH + b"?page=1"),
    ],
)
def test_the_target_arrives_byte_for_byte(base: str, target: bytes, seen: bytes | None):
    """Neither path nor query is tidied up; an upstream's own path stands before it."""

    async def run() -> bytes:
        async with running(_nothing, base) as (upstream, port, _):
            reader, writer = await opened(port, get(target))
            await reader.readuntil(b"\r\n\r\n")
            writer.close()
            return upstream.heads[0]

    assert asyncio.run(run()).split(b" ")[1] == (seen or target)


def test_a_stream_is_passed_on_as_it_comes():
    """The first event is with the client before the upstream has sent the second."""

    async def run() -> list[bytes]:
        go_on = asyncio.Event()

        async def events(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: 1\n\n")
            await writer.drain()
            await go_on.wait()
            writer.write(b"data: 2\n\n")
            raise ConnectionError

        async with running(events) as (_, port, _):
            reader, writer = await opened(port, get(PATH))
            first = await reader.readuntil(b"data: 1\n\n")
            go_on.set()
            rest = await reader.readuntil(b"data: 2\n\n")
            writer.close()
            return [first, rest]

    first, rest = asyncio.run(run())

    assert b"data: 2" not in first
    assert b"data: 2" in rest


@pytest.mark.parametrize("options", [{}, {"mark": False}])
def test_an_answer_that_breaks_off_breaks_off(options: dict[str, Any]):
    """Nobody takes half an answer for a whole one: held, it becomes a 502; begun, the connection goes."""

    async def half(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        await writer.drain()
        raise ConnectionError

    async def run() -> tuple[bytes, list[Any]]:
        async with running(half, **options) as (_, port, proxy):
            reader, writer = await opened(port, get(PATH))
            answer = await reader.read(-1) if options else await reader.readuntil(b"}")
            writer.close()
        return answer, [entry.fault for entry in proxy.watch.session(None).journal]

    answer, faults = asyncio.run(run())

    assert faults == ["upstream_broken"]
    if options:
        assert answer.endswith(b"\r\n\r\n{")
    else:
        assert answer.startswith(b"HTTP/1.1 502 ")


def test_a_client_that_leaves_is_noticed():
    """Its call to the upstream ends, rather than going on for nobody for ever."""

    async def never(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        await writer.drain()

    async def run() -> list[Any]:
        async with running(never) as (upstream, port, proxy):
            reader, writer = await opened(port, get(PATH))
            await reader.readuntil(b"data: 1\n\n")
            writer.close()
            await asyncio.wait_for(upstream.left.wait(), 10)
        return [entry.fault for entry in proxy.watch.session(None).journal]

    assert asyncio.run(run()) == ["client left"]


def test_half_a_body_is_no_malformed_one():
    """A client that leaves in the middle of a write is not accused of what it did not get to send."""

    async def run() -> list[Any]:
        async with running(_nothing) as (_, port, proxy):
            head = get(PATH, b"Content-Type: application/json", b"Content-Length: 100").replace(b"GET", b"POST")
            _, writer = await opened(port, head + b'{"order_item": 1')
            await asyncio.sleep(0.1)
            writer.close()
            async with asyncio.timeout(10):
                while not proxy.watch.counts["calls"]:
                    await asyncio.sleep(0.01)
        return [(entry.fault, entry.judged) for entry in proxy.watch.session(None).journal]

    assert asyncio.run(run()) == [("client left", ())]


def test_redirects_are_not_followed():
    """The client gets them, and decides."""

    async def away(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nDate: then\r\nSet-Cookie: a=1\r\n")
        writer.write(b"Set-Cookie: b=2\r\nContent-Length: 0\r\n\r\n")

    async def run() -> tuple[bytes, int]:
        async with running(away) as (upstream, port, _):
            reader, writer = await opened(port, get(b"/x"))
            head = await reader.readuntil(b"\r\n\r\n")
            writer.close()
            return head.lower(), len(upstream.heads)

    head, calls = asyncio.run(run())

    assert head.startswith(b"http/1.1 302 found\r\n")
    assert b"location: /elsewhere\r\n" in head
    assert head.count(b"date:") == 1
    assert head.count(b"set-cookie:") == 2
    assert calls == 1


@pytest.mark.parametrize("chunked", [True, False])
def test_a_large_body_is_passed_on_while_it_comes(chunked: bool):
    """More than is ever kept; in chunks if it came in chunks."""
    size = 20 * 1024 * 1024

    async def swallow(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = size
        if b"chunked" in head.lower():
            left = 0
            while length := int(await reader.readline(), 16):
                left += len(await reader.readexactly(length + 2)) - 2
            await reader.readline()
        else:
            while left:
                left -= len(await reader.read(min(left, 65536)))
            left = size
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n%08d" % left)

    async def run() -> bytes:
        async with running(swallow) as (_, port, _):
            framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % size
            head = get(PATH, b"Content-Type: application/json", framing).replace(b"GET", b"POST")
            reader, writer = await opened(port, head)
            piece = b"x" * 65536
            for _ in range(size // len(piece)):
                writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
                await writer.drain()
            if chunked:
                writer.write(b"0\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
            got = await reader.readexactly(8)
            writer.close()
            return got

    assert int(asyncio.run(run())) == size


def test_an_upstream_that_is_not_there_is_a_502():
    """With the address and what to look at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    async def run() -> bytes:
        async with running(_nothing) as (_, front, proxy):
            proxy._forward._real._url = httpx.URL(f"http://127.0.0.1:{port}")
            reader, writer = await opened(front, get(PATH))
            answer = await reader.readuntil(b"}")
            writer.close()
            return answer

    answer = asyncio.run(run())

    assert answer.startswith(b"HTTP/1.1 502 ")
    assert b"can't be reached" in answer
