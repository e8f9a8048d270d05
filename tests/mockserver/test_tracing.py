"""Traces: a right `traceparent` is found in the log and in the journal, a malformed one nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from cancelkit.mockserver.journal.tracing import traceparent
from tests.clients.running import ROOT, proxy, running
from tests.mockserver.bench import LIST, ONE, Bench

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
RIGHT = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        (RIGHT, RIGHT),
        (f" {RIGHT}\t", RIGHT),
        (f"cc-{TRACE}-{SPAN}-09-what-the-future-brings", f"cc-{TRACE}-{SPAN}-09"),
        (f"cc-{TRACE}-{SPAN}-09", f"cc-{TRACE}-{SPAN}-09"),
        (f"cc-{TRACE}-{SPAN}-09x", None),
        (f"{RIGHT}-more", None),
        (f"ff-{TRACE}-{SPAN}-01", None),
        (RIGHT.upper(), None),
        (f"00-{'0' * 32}-{SPAN}-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE}-{SPAN}", None),
        (f"00-{TRACE}-{SPAN}-0g", None),
        (f"0-{TRACE}-{SPAN}-001", None),
        ("", None),
        ("é" * 55, None),
    ],
)
def test_what_is_right_by_the_recommendation(sent: str, taken: str | None) -> None:
    assert traceparent([(b"accept", b"*/*"), (b"traceparent", sent.encode())]) == taken


def test_two_do_not_count() -> None:
    """Nobody knows which one is meant."""
    assert traceparent([(b"traceparent", RIGHT.encode())] * 2) is None


def test_the_journal_has_it() -> None:
    """Of a call answered by the table, of one that goes through all stages, and of one that a fault strikes."""
    bench = Bench()
    bench.call("GET", ONE, traceparent=RIGHT)
    bench.call("GET", ONE, traceparent=RIGHT, origin="http://shop.test")
    bench.call("GET", ONE, traceparent=RIGHT, prefer="code=404")
    bench.call("GET", ONE, traceparent="nonsense")
    bench.call("GET", ONE)

    assert [call["traceparent"] for call in bench.get("/_mock/journal")["calls"]] == [RIGHT, RIGHT, RIGHT, None, None]


def test_the_journal_of_a_proxy_has_it() -> None:
    with running("mock", "--port", "0") as server, proxy(server.url) as url:
        httpx.get(f"{url}{LIST}", headers={"traceparent": RIGHT})
        calls = httpx.get(f"{url}/_mock/journal").json()["calls"]

    assert [call["traceparent"] for call in calls] == [RIGHT]


def _lines(said: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def test_lines_in_json_have_it(tmp_path: Path) -> None:
    """Those of calls, and what else is said while the mock serves is JSON, too: here, an edit that can't be served."""
    own = tmp_path / "own.yaml"
    own.write_bytes((ROOT / "tests/contracts/tickets.yaml").read_bytes())
    with running("mock", "--port", "0", "--log-format", "json", "--watch", "--contract", str(own)) as server:
        httpx.get(f"{server.url}/tickets?token=hidden-word", headers={"traceparent": RIGHT})
        httpx.get(f"{server.url}/tickets", headers={"traceparent": "nonsense"})
        own.write_text("paths: [")
        server.find("still serving")
    first, second, news = _lines(server.said)

    assert (first["trace_id"], first["span_id"], first["trace_flags"]) == (TRACE, SPAN, "01")
    assert (first["method"], first["status"], "hidden-word" in server.said) == ("GET", 401, False)
    assert "trace_id" not in second
    assert (news["level"], news["logger"]) == ("info", "mockserver")
    assert "own.yaml" in news["message"]


def test_an_error_is_one_line_with_the_trace_of_its_call(tmp_path: Path) -> None:
    """A traceback does not break the lines; here, of a handler that fails."""
    script = tmp_path / "serve.py"
    script.write_text(
        "from cancelkit.mockserver.state.store import Store\n"
        "Store.page = None\n"
        "from cancelkit.mockserver.cli import mock\n"
        "mock(['--port', '0', '--log-format', 'json'])\n"
    )
    with running(script=script) as server:
        answer = httpx.get(f"{server.url}{LIST}", headers={"authorization": "Token demo", "traceparent": RIGHT})
        server.find('"status":500')
    error, call = _lines(server.said)

    assert answer.status_code == 500
    assert (error["level"], error["message"]) == ("error", "a call could not be answered")
    assert error["exception"].startswith("Traceback")
    assert error["trace_id"] == call["trace_id"] == TRACE
