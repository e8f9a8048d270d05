"""Odd but legal clients and upstreams: passed on, judged or named, and journalled whatever becomes of them."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from cancelkit.contract_tests.check.command import check
from cancelkit.mockserver.proxy.cli import proxy as command
from tests.mockserver.proxy_bench import LIST, mock, through
from tests.mockserver.wire_bench import PATH, get, opened, running

HALF = "\\ud83d"
JSON = {"content-type": "application/json"}
GOOD = {"order_item": 1, "reason": 1, "cancellation_type": "cancel"}
ERROR = {"detail": "No.", "code": "invalid"}


def _answering(status: int, body: bytes) -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: httpx.Response(status, content=body, headers=JSON))


@pytest.mark.parametrize("settings", [{}, {"mark": False}, {"errors": True}, {"errors": True, "strict": True}])
@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (f'{{"description": "{HALF}"}}', json.dumps(ERROR)),
        (f'{{"{HALF}": 1}}', json.dumps(ERROR)),
        (f'{{"description": ["{HALF}", {{"{HALF}": "{HALF}"}}]}}', json.dumps(ERROR)),
        ("{}", f'{{"detail": "{HALF}", "code": "x"}}'),
        ("{}", f'{{"{HALF}": ["{HALF}"]}}'),
        ("{}", f"text {HALF}"),
    ],
)
def test_half_a_surrogate_pair_passes(tmp_path: Path, settings: dict[str, Any], sent: str, answered: str) -> None:
    """In what is sent and answered, with marks and errors, in the journal, its HAR and the recordings."""

    async def flow(client: httpx.AsyncClient) -> list[httpx.Response]:
        answer = await client.patch(f"{LIST}1/", content=sent, headers=JSON)
        await client.get(f"{LIST}?a=%ED%A0%BD")
        return [answer, await client.get("/_mock/journal"), await client.get("/_mock/journal.har")]

    har = tmp_path / "a.har"
    (answer, *rooms), proxy = through(
        _answering(400, answered.encode()), flow, record=har, record_data=tmp_path / "data.json", **settings
    )

    assert answer.status_code in ((400, 502) if settings.get("errors") else (400,))
    assert [room.status_code for room in rooms] == [200, 200]
    assert proxy.watch.counts["unjudged"] == 0
    assert CliRunner().invoke(check, [str(har)]).exit_code in (0, 1)


@pytest.mark.parametrize("settings", [{}, {"errors": True}])
@pytest.mark.parametrize(
    ("encoding", "pack", "found"),
    [
        ("gzip", gzip.compress, ["undocumented-field"]),
        ("deflate", zlib.compress, ["undocumented-field"]),
        ("gzip, deflate", lambda data: zlib.compress(gzip.compress(data)), ["undocumented-field"]),
        ("identity", bytes, ["undocumented-field"]),
        ("gzip", bytes, []),
        ("rot13", bytes, []),
    ],
)
def test_an_encoded_request_is_decoded_before_it_is_judged(
    settings: dict[str, Any], encoding: str, pack: Any, found: list[str]
) -> None:
    """Upstream gets it as it was; one that can't be decoded is not held against the client."""
    body = pack(json.dumps({**GOOD, "colour": 1}).encode())
    seen: list[bytes] = []

    def upstream(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        return httpx.Response(415, json=ERROR)

    async def flow(client: httpx.AsyncClient) -> Any:
        await client.post(LIST, content=body, headers={**JSON, "content-encoding": encoding})
        return (await client.get("/_mock/journal")).json()["calls"]

    (call,), _ = through(httpx.MockTransport(upstream), flow, **settings)

    assert [violation["code"] for violation in call["violations"]] == found
    assert seen == ([] if settings and found else [body])


def test_an_upstreams_304_with_a_length_is_passed_on() -> None:
    """The connection stays, and the call is in the journal."""

    async def unchanged(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 448\r\n\r\n')

    async def run() -> tuple[list[bytes], list[tuple[int, str | None]]]:
        async with running(unchanged) as (_, port, proxy):
            reader, writer = await opened(port, get(PATH))
            heads = [await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)]
            writer.write(get(PATH))
            heads.append(await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5))
            writer.close()
        return heads, [(entry.status, entry.fault) for entry in proxy.watch.session(None).journal]

    heads, calls = asyncio.run(run())

    assert all(head.startswith(b"HTTP/1.1 304 ") and b"etag" in head.lower() for head in heads)
    assert calls == [(304, None)] * 2


@pytest.mark.parametrize(
    ("request_", "method", "path"),
    [
        (b"GET /a b c HTTP/1.1\r\n\r\n", "GET", "/a"),
        ("GET /?customer_last_name=ŞÜ HTTP/9\r\n\r\n".encode(), "GET", "/"),
        (b"\x16\x03\x01\x02\x00", "?", "?"),
        (b"GET / HTTP/1.1\r\nbroken\r\n\r\n", "GET", "/"),
    ],
)
def test_what_is_no_call_is_journalled(request_: bytes, method: str, path: str) -> None:
    """A request that can't be parsed is answered 400 below the application; it is to be seen all the same."""

    async def nothing(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise AssertionError

    async def run() -> tuple[bytes, list[Any]]:
        async with running(nothing) as (_, port, proxy):
            reader, writer = await opened(port, request_)
            answer = await asyncio.wait_for(reader.read(-1), 5)
            writer.close()
        return answer, [(e.method, e.path, e.status, e.fault) for e in proxy.watch.session(None).journal]

    answer, calls = asyncio.run(run())

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert calls == [(method, path, 400, "malformed request")]


def test_what_is_lost_in_the_proxy_is_journalled() -> None:
    """An error that nobody foresaw ends the call, and leaves a trace of it."""

    class Broken(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise ArithmeticError

    async def flow(client: httpx.AsyncClient) -> None:
        with pytest.raises(ArithmeticError):
            await client.get(LIST)

    _, proxy = through(Broken(), flow)

    assert [(e.status, e.fault) for e in proxy.watch.session(None).journal] == [(500, "lost in the proxy")]


@pytest.mark.parametrize(
    "upstream",
    [
        "shop.example",
        "shop.example:8000",
        "//shop.example",
        "socks5://shop.example",
        "http://shop.example:99999",
        "http://shop.example:0",
        "http://shop.example:x",
        "http://[::1",
        "http://",
        "http://a#b",
        "http://a\x1b[2J",
    ],
)
def test_an_upstream_that_is_none_is_one_line(upstream: str) -> None:
    """Exit code 2; nothing in it steers a terminal."""
    result = CliRunner().invoke(command, [upstream])

    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "write it as http://host:port" in result.stderr
    assert "\x1b" not in result.stderr


def test_calls_through_the_proxy_are_judged_as_by_check(tmp_path: Path) -> None:
    """One judge: what the journal shows is what check finds in the recording."""

    async def flow(client: httpx.AsyncClient) -> Any:
        await client.get(f"{LIST}?colour=red&status=x")
        await client.post(LIST, json={**GOOD, "quantity": 0, "uuid": "x"})
        return (await client.get("/_mock/journal")).json()["calls"]

    har = tmp_path / "a.har"
    calls, _ = through(mock(), flow, record=har)
    rules = json.loads(CliRunner().invoke(check, [str(har), "--json"]).stdout)["rules"]
    broken = {rule["id"].partition("/")[2] for rule in rules if rule["outcome"] in ("failed", "warned")}

    assert {violation["code"] for call in calls for violation in call["violations"]} == broken
