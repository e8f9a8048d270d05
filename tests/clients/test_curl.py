"""curl as people type it, against a running mock and through the proxy."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import quote

import pytest

from tests.clients.running import mock, proxy
from tests.clients.tap import tapped

CURL = shutil.which("curl")
BODY = json.dumps({"order_item": 1, "reason": 1, "cancellation_type": "cancel", "description": "Beden küçük"})
PATH = "/api/channel/5/cancellation_requests/"
CHUNKED = ["-H", "Transfer-Encoding: chunked"]

pytestmark = pytest.mark.skipif(CURL is None, reason="no curl here")


@pytest.fixture(scope="module", params=["mock", "proxy"])
def base(request: pytest.FixtureRequest) -> Iterator[str]:
    with ExitStack() as running:
        url = running.enter_context(mock())
        yield running.enter_context(proxy(url)) if request.param == "proxy" else url


def _curl(*words: str) -> list[tuple[int, dict[str, Any]]]:
    """Status and body of each answer."""
    assert CURL
    shown = ["-sS", "--max-time", "20", "-H", "Authorization: Token demo", "-w", "\t%{http_code}\n"]
    done = subprocess.run([CURL, *shown, *words], capture_output=True, text=True, timeout=60, check=True)
    rows = [line.rpartition("\t") for line in done.stdout.splitlines()]
    return [(int(status), json.loads(body)) for body, _, status in rows]


@pytest.mark.parametrize("framing", [[], CHUNKED], ids=["length", "chunked"])
def test_curl_that_offers_http2_is_answered_in_http1(base: str, framing: list[str]) -> None:
    """`--http2` offers h2c with each request; the bodies are read, twice on one connection."""
    assert CURL
    if "HTTP2" not in subprocess.run([CURL, "--version"], capture_output=True, text=True, check=True).stdout:
        pytest.skip("this curl knows no HTTP/2")
    with tapped(base) as (url, sent):
        target = url + PATH
        send = ["--http2", *framing, "-H", "Content-Type: application/json", "-d", BODY]
        answers = _curl(*send, target, target)

    assert sent.lower().count(b"upgrade: h2c\r\n") >= 1
    assert [(status, body["description"]) for status, body in answers] == [(201, "Beden küçük")] * 2


def test_a_query_typed_as_it_is_read_means_what_it_says(base: str) -> None:
    """curl sends its bytes as they are, in UTF-8; the answer is that to the percent-encoded form."""
    ((_, rows),) = _curl(f"{base}{PATH}detailed?limit=100")
    names = [row["order_item"]["order"]["customer"]["last_name"] for row in rows["results"]]
    name = next(name for name in names if not name.isascii())
    with tapped(base) as (url, sent):
        target = f"{url}{PATH}?customer_last_name="
        (_, raw), (_, encoded), (_, all_) = _curl(f"{target}{name}", target + quote(name), url + PATH)

    assert f"?customer_last_name={name} ".encode() in sent
    assert raw["results"] == encoded["results"]
    assert 0 < raw["count"] < all_["count"]
