"""Whatever is sent, the answer is the API's own: never a 5xx, never HTML."""

from __future__ import annotations

import asyncio
import json
import random
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from in_process import Answer, Client

from cancelkit import spec as contract
from cancelkit.mockserver import create_app
from cancelkit.mockserver.settings import Settings
from tests.clients.running import mock

LIST = "/api/channel/5/cancellation_requests/"
CALLS = 10_000
SPEC = contract.load()
PARAMETERS = [p.name for p in SPEC.operations["listCancellationRequests"].parameters if p.location == "query"]
FIELDS = [*SPEC.operations["partialUpdateCancellationRequest"].body.fields, "id", "uuid", "x"]  # type: ignore[union-attr]
STRANGE = [
    "😀",
    "\ud800",
    "\udfff\ud800",
    "\x00",
    "a\x00b",
    "\ufeff",
    "\u202e",
    "İ",
    "ı",
    "é" * 300,
    "A" * 5000,
    "",
    " ",
    "\t",
    "null",
    "None",
    "true",
    "NaN",
    "-0",
    "1e999",
    "9" * 400,
    "-" + "9" * 400,
    "2147483648",
    "9223372036854775808",
    "0x1",
    "1_0",
    "+5",
    "0007",
    " 5",
    "5 ",
    "1.0",
    "%00",
    "%",
    "%zz",
    "../..",
    "'; DROP TABLE requests; --",
    "{{7*7}}",
    "<script>",
    "2025-02-30",
    "0000-01-01",
    "10000-01-01",
    "2025-01-01T24:00:00Z",
    "2025-01-01T00:00:60Z",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "2025-01-01T00:00:00+99:99",
    "a@b",
    "a@b.c",
    "@",
    ",",
    ",,",
    "1,",
    "1," * 500,
]
BODIES = [
    b"",
    b" ",
    b"{",
    b"}",
    b"[]",
    b"null",
    b"true",
    b"1",
    b'"x"',
    b"\xff\xfe{}",
    b"\xef\xbb\xbf{}",
    b'{"a":1}{',
    b"NaN",
    b"Infinity",
    b'{"quantity": NaN}',
    b'{"quantity": 1e999}',
    b'{"quantity": 1.0}',
    b'{"quantity": -0}',
    b'{"quantity": ' + b"9" * 400 + b"}",
    b'{"order_item": 9223372036854775808}',
    b'{"order_item": -9223372036854775809}',
    b'{"description": "\\ud800"}',
    b'{"description": "\\u0000"}',
    b'{"description": "\xff"}',
    b'{"a": 1, "a": 2, "quantity": 1, "quantity": 0}',
    b"[" * 5000,
    b"[" * 500 + b"]" * 500,
    b'{"a":' * 400 + b"1" + b"}" * 400,
    b'{"' + b"k" * 10000 + b'": 1}',
    b"{" + b",".join(b'"f%d": %d' % (n, n) for n in range(2000)) + b"}",
    b'{"__proto__": {"x": 1}}',
    b"a=1&b=2",
    b"<xml/>",
]
TYPES = [
    "application/json",
    "APPLICATION/JSON",
    "application/json; charset=utf-16",
    "application/json;charset=nonsense",
    'application/json; charset="utf-8"',
    "text/html",
    "multipart/form-data",
    "application/x-www-form-urlencoded",
    "",
    "/",
    ";;;",
    "application/vnd.api+json",
    "\xff",
]
ODD_PATHS = [
    *(
        b"/",
        b"//",
        b"/api",
        b"/api/",
        b"/api/channel",
        b"/%2e%2e/",
        b"/s/x/api/",
        b"/api/v1/auth/login/",
        b"*",
        b"/\xff",
    ),
    b"/" * 3000,
]
GOOD = {"order_item": 1, "reason": 1, "cancellation_type": "cancel"}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "É"]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _value(chance: random.Random) -> Any:
    kind = chance.randrange(6)
    if kind == 0:
        return chance.choice([None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**400, 1.5, 1e300])
    if kind == 1:
        return [_value(chance)] if chance.random() < 0.5 else {}
    if kind == 2:
        return {chance.choice(FIELDS): _value(chance)}
    return chance.choice(STRANGE)


def _body(chance: random.Random) -> bytes:
    if chance.random() < 0.3:
        return chance.choice(BODIES)
    fields: dict[str, Any] = dict(GOOD) if chance.random() < 0.6 else {}
    fields |= {chance.choice(FIELDS): _value(chance) for _ in range(chance.choice([0, 1, 1, 2, 5]))}
    return json.dumps(fields).encode()


def _call(chance: random.Random) -> tuple[str, bytes]:
    """A method and a path, mostly those of an operation."""
    if chance.random() < 0.1:
        return chance.choice(METHODS), chance.choice(ODD_PATHS)
    operation = chance.choice(list(SPEC.operations.values()))
    channel = chance.choice([b"5"] * 12 + [b"6", b"7", b"0", b"x", b"9" * 400, b"%00", b"5%2f"])
    odd = chance.choice([b"0", b"-1", b"x", b"9" * 400])
    record = b"%d" % chance.randrange(1, 400) if chance.random() < 0.9 else odd
    path = operation.path.encode().replace(b"{channel_id}", channel).replace(b"{id}", record)
    return chance.choice([operation.method] * 15 + METHODS), path + chance.choice([b""] * 20 + [b"/", b"%0a", b"//"])


def _query(chance: random.Random) -> bytes:
    pairs = []
    for _ in range(chance.choice([0, 0, 0, 1, 1, 2, 5, 60])):
        name = chance.choice([*PARAMETERS, "x", "", "__proto__", "status[]"]).encode()
        raw = _bytes(chance.choice(STRANGE))
        value = raw if chance.random() < 0.3 else quote_from_bytes(raw).encode()
        pairs.append(name + chance.choice([b"=", b"=", b"=", b"", b"=="]) + value)
    return b"?" + chance.choice([b"&", b"&", b"&&", b";"]).join(pairs) if pairs else b""


def _headers(chance: random.Random, body: bytes) -> Iterator[tuple[bytes, bytes]]:
    yield b"host", chance.choice([b"mock.test", b"", b"a b", b"\xff", b"[::1]:80", b"x" * 2000])
    yield (
        b"authorization",
        chance.choice([b"Token demo"] * 12 + [b"", b"Token", b"\xff\xfe", b"Token " + b"x" * 5000, b"Basic e30="]),
    )
    if chance.random() < 0.9:
        yield b"content-type", chance.choice(["application/json"] * 10 + TYPES).encode("latin-1")
    if chance.random() < 0.8:
        yield b"content-length", chance.choice([b"%d" % len(body)] * 9 + [b"-1", b"x", b"9" * 40])
    if chance.random() < 0.1:
        yield (
            b"prefer",
            chance.choice([b"code=404", b"code=999", b"delay=x", b"code=", b"\xff", b"dynamic=true, example=x"]),
        )
    if chance.random() < 0.1:
        yield b"x-mock-session", chance.choice([b"\xff", b"", b"..", b"a" * 100, b"hostile"])
    for _ in range(chance.choice([0, 0, 0, 3])):
        yield (
            chance.choice([b"accept", b"origin", b"cookie", b"x-y", b"content-encoding"]),
            _bytes(chance.choice(STRANGE)),
        )


def _wrong(answer: Answer) -> str | None:
    """What is wrong with an answer to a hostile call, if anything."""
    if answer.status >= 500:
        return f"a {answer.status}"
    if b"<" in answer.body[:1]:
        return "HTML"
    if answer.status >= 400 and answer.body:
        try:
            body = answer.json
        except ValueError:
            return f"{answer.status} that is not JSON"
        if not isinstance(body, dict) or "code" not in body or len(body) < 2:
            return f"{answer.status} of another shape: {answer.body[:80]!r}"
    return None


def test_ten_thousand_hostile_calls_are_answered_in_the_apis_words(world: Any) -> None:
    """Paths, queries, headers and bodies at random, each drawn from what has broken servers before."""
    client = Client(create_app(Settings(self_check=True), world))
    chance = random.Random(20261123)
    seen: Counter[int] = Counter()
    wrong: list[tuple[str, str, bytes, bytes]] = []

    async def attack() -> None:
        for _ in range(CALLS):
            (method, path), body = _call(chance), _body(chance)
            target = path + _query(chance)
            parts = [body] if chance.random() < 0.8 else [body[:3], body[3:], b""]
            answer = await client.exchange(method, target, parts, [*_headers(chance, body)])
            seen[answer.status] += 1
            if problem := _wrong(answer):
                wrong.append((problem, method, target[:200], body[:200]))

    asyncio.run(attack())

    assert wrong == []
    assert {200, 201, 204, 400, 401, 404, 405, 413, 415} <= set(seen), seen


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    with mock() as url:
        host, _, port = url.removeprefix("http://").partition(":")
        yield host, int(port)


def _said(address: tuple[str, int], sent: bytes) -> bytes:
    with socket.create_connection(address, timeout=20) as connection:
        with suppress(OSError):
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
        said = b""
        with suppress(ConnectionResetError):
            while piece := connection.recv(65536):
                said += piece
        return said


HEAD = b"Host: x\r\nAuthorization: Token a\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x00\xa5\x01\x00\x00",
        b"GET " + LIST.encode() + b"?x=" + b"a" * 200_000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n",
        b"GET " + LIST.encode() + b" HTTP/1.1\r\n" + HEAD + b"X: " + b"a" * 200_000 + b"\r\n\r\n",
        b"GET " + LIST.encode() + b"\xff HTTP/1.1\r\n" + HEAD + b"\r\n",
        b"POST " + LIST.encode() + b" HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST " + LIST.encode() + b" HTTP/1.1\r\n" + HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST " + LIST.encode() + b" HTTP/1.1\r\n" + HEAD + b"Content-Length: -5\r\n\r\n{}",
    ],
)
def test_broken_http_gets_no_server_error_and_no_page(address: tuple[str, int], sent: bytes) -> None:
    """The server goes on serving."""
    said = _said(address, sent)

    assert not said.startswith(b"HTTP/1.1 5")
    assert b"<" not in said
    assert b" 200 OK" in _said(address, b"GET " + LIST.encode() + b" HTTP/1.1\r\n" + HEAD + b"\r\n")


@pytest.mark.parametrize(
    "length", [b"Content-Length: 10000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n989680\r\n"]
)
def test_ten_megabytes_are_too_many(address: tuple[str, int], length: bytes) -> None:
    """Told at once, with or without a length."""
    head = b"POST " + LIST.encode() + b" HTTP/1.1\r\n" + HEAD + b"Content-Type: application/json\r\n" + length
    said = _said(address, head + b"a" * 10_000_000 + b"\r\n0\r\n\r\n")

    assert said.startswith(b"HTTP/1.1 413")
    assert b'"code":"too_large"' in said
