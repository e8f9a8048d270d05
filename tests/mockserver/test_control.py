"""The control endpoints as a whole: who may use them, how they refuse, what they tell live."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cancelkit.mockserver.control.app import ENDPOINTS
from tests.clients.running import ROOT, ending, mock
from tests.mockserver.bench import LIST, NEW, ONE, Bench

KEY = {"Authorization": "Token demo"}
CALLS = [
    (method, path.replace("{number:int}", "1").replace("{id}", "1").replace("{name}", "a"))
    for method, path, _ in ENDPOINTS
]
GUARDED = [(m, p) for m, p in CALLS if p not in ("/_mock", "/_mock/", "/_mock/ready", "/_mock/assets/a")]


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="module")
def public() -> Bench:
    return Bench(host="0.0.0.0")


@pytest.fixture(scope="module")
def with_token() -> Bench:
    return Bench(host="0.0.0.0", control_token="s3cret")


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_no_endpoint_is_open_to_foreign_pages_or_names(bench: Bench, method: str, path: str) -> None:
    """A page of another origin and a rebound name get 403 and no CORS header; preflights get none either."""
    foreign = bench.call(method, path, origin="http://evil.example")
    rebound = bench.call(method, path, host="evil.example")
    preflight = bench.call("OPTIONS", path, origin="http://evil.example", access_control_request_method=method)

    assert (foreign.status_code, foreign.json()["code"]) == (403, "cross_origin")
    assert (rebound.status_code, rebound.json()["code"]) == (403, "host_not_loopback")
    assert preflight.status_code == 403
    for answer in (foreign, rebound, preflight):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_no_endpoint_is_open_beyond_this_machine(public: Bench, with_token: Bench, method: str, path: str) -> None:
    """Listening on another address closes them, unless there is a token and the call has it."""
    closed = public.call(method, path)
    guarded = with_token.call(method, path)

    assert (closed.status_code, closed.json()["code"]) == (403, "control_off")
    assert (guarded.status_code, guarded.json()["code"]) == (403, "control_token_required")


def test_the_token_opens_the_endpoints(with_token: Bench) -> None:
    """From any name, by either header; the page that asks for it needs none."""
    for headers in ({"x_mock_control": "s3cret"}, {"authorization": "Bearer s3cret"}):
        assert with_token.call("GET", "/_mock/status", host="mock.example", **headers).status_code == 200
    assert with_token.call("GET", "/_mock/ready").status_code == 200
    assert with_token.call("GET", "/_mock/").status_code != 403


def test_what_is_not_there_is_told_in_json(bench: Bench) -> None:
    """Unknown endpoints, methods and content types, and bodies that are no JSON objects."""
    answers = [
        bench.call("GET", "/_mock/nothing"),
        bench.call("DELETE", "/_mock/status"),
        bench.call("POST", "/_mock/clock", [1]),
        bench.call("GET", "/_mock/journal?limit=x"),
        bench.call("GET", "/_mock/records/99999999999999999999999"),
        bench.call("GET", "/_mock/assets/..%2f..%2fsettings.py"),
    ]

    assert [answer.status_code for answer in answers] == [404, 405, 400, 400, 404, 404]
    assert all(set(answer.json()) == {"detail", "code"} for answer in answers)


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [("a=1", "application/x-www-form-urlencoded", 415), ("{}", "text/plain", 415), ("{", "application/json", 400)],
)
def test_a_body_must_be_json_and_say_so(url: str, content: str, kind: str, status: int) -> None:
    """Forms, which any page may send, are not taken."""
    answer = httpx.post(f"{url}/_mock/reset", content=content, headers={"Content-Type": kind})

    assert answer.status_code == status


def test_the_status_tells_what_a_page_needs(bench: Bench) -> None:
    """The contract's own words, read from the contract."""
    status = bench.get("/_mock/status")

    assert status["scopes"] == [[5], [6]]
    assert status["statuses"][0] == "waiting"
    assert status["transitions"]["waiting_approval"] == ["rejected", "approved"]
    assert status["final"] == ["rejected", "completed"]
    assert len(status["operations"]) == 9
    assert status["tokens"] == "any"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with mock("--size", "60") as base:
        yield base


def news(lines: Iterator[str], wanted: int) -> list[tuple[str, dict[str, object]]]:
    """The next `wanted` events of a stream."""
    found: list[tuple[str, dict[str, object]]] = []
    kind = ""
    for line in lines:
        if line.startswith("event: "):
            kind = line[7:]
        elif line.startswith("data: "):
            found.append((kind, json.loads(line[6:])))
            if len(found) == wanted:
                break
    return found


def test_calls_and_changes_are_told_as_they_happen(url: str) -> None:
    """To who watches that session; what happens in another is not told, that there is another one is."""
    with httpx.stream("GET", f"{url}/_mock/events?session=live", timeout=20) as stream:
        lines = stream.iter_lines()
        next(lines)
        session = {"X-Mock-Session": "live"}
        httpx.get(f"{url}{ONE}", headers=KEY | {"X-Mock-Session": "another"})
        httpx.post(f"{url}{LIST}", json=NEW | {"colour": 1}, headers=KEY | session)
        httpx.post(f"{url}/_mock/clock?session=live", json={"freeze": True})
        told = news(lines, 4)

    kinds = [(kind, data.get("what") or data.get("operation")) for kind, data in told]
    assert kinds == [
        ("change", "sessions"),
        ("call", "createCancellationRequest"),
        ("change", "records"),
        ("change", "clock"),
    ]
    assert told[1][1]["violations"] == [
        {"code": "undocumented-field", "message": "createCancellationRequest has no field 'colour'"}
    ]


def test_a_server_that_is_watched_stops_at_once() -> None:
    """An open stream does not hold up the stop, and nothing is complained about."""
    command: list[str | Path] = [sys.executable, "-u", "-m", "cancelkit", "mock", "--port", "0"]
    with ending(
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    ) as process:
        assert process.stdout
        url = process.stdout.readline().split()[-1]
        with httpx.Client(timeout=20) as client, client.stream("GET", f"{url}/_mock/events") as stream:
            lines = stream.iter_lines()
            next(lines)
            process.terminate()
            rest = list(lines)
        _, complaints = process.communicate(timeout=20)

    assert [line for line in rest if line] in ([], [": ping"])
    assert (process.returncode, complaints) in ((0, ""), (-15, ""))


def wait_for(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cancelkit", "mock", "--wait-for", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)


def test_a_script_can_wait_for_a_mock(url: str) -> None:
    """0 when it is ready, 2 with a line when it does not come in time, or the URL is none."""
    ready = wait_for(url)
    absent = wait_for("http://127.0.0.1:9", "--wait-timeout", "0.2")
    nonsense = wait_for("127.0.0.1:9")

    assert (ready.returncode, absent.returncode, nonsense.returncode) == (0, 2, 2)
    assert "was not ready within 0.2 seconds" in absent.stderr
    assert absent.stderr.count("\n") == 1


def test_every_endpoint_is_documented() -> None:
    """What can be called stands in docs/workbench.md."""
    text = (ROOT / "docs" / "workbench.md").read_text(encoding="utf-8")
    named = {re.sub(r"\{(id|number:int)\}", "ID", path).replace("{name}", "NAME") for _, path, _ in ENDPOINTS}

    assert [path for path in sorted(named) if f"`{path}`" not in text and f" {path}`" not in text] == []
