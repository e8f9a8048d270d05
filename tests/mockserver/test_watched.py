"""What orchestrators and Prometheus see of a mock: probes and counters."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from cancelkit.fixtures.world import generate_world
from cancelkit.mockserver import create_app
from cancelkit.mockserver.control.metrics import _escaped
from cancelkit.mockserver.journal.totals import BOUNDS
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import load
from tests.clients.running import ROOT, running
from tests.mockserver.bench import LIST, NEW, ONE, Bench

TICKETS = ROOT / "tests/contracts/tickets.yaml"
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def _scraped(bench: Bench, **headers: str) -> Samples:
    answer = bench.call("GET", "/_mock/metrics", **headers)
    assert answer.status_code == 200
    return _read(answer.text)


def _read(text: str) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _calls(samples: Samples) -> dict[tuple[str, str], float]:
    return {
        (dict(labels)["operation"], dict(labels)["status"]): value
        for (name, labels), value in samples.items()
        if name == "cancelkit_mock_calls_total"
    }


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_need_no_token_and_leave_no_trace(path: str) -> None:
    """Also on a public server, also for a new session's name; other methods are refused."""
    bench = Bench(host="0.0.0.0", control_token="s3cret")
    answers = [bench.call(method, path, x_mock_session="probe") for method in ("GET", "HEAD", "POST")]
    journal = bench.get("/_mock/journal", x_mock_control="s3cret")["calls"]
    sessions = bench.get("/_mock/sessions", x_mock_control="s3cret")["sessions"]

    assert [answer.status_code for answer in answers] == [200, 200, 405]
    assert True in answers[0].json().values()
    assert (journal, [session["name"] for session in sessions]) == ([], ["default"])


def test_a_server_is_not_ready_while_it_starts_and_stops() -> None:
    """Alive it is all the time."""
    bench = Bench()
    seen: list[tuple[int, int]] = []

    async def probe() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(bench.app), base_url="http://localhost") as client:
            seen.append(((await client.get("/healthz")).status_code, (await client.get("/readyz")).status_code))

    async def live() -> None:
        messages = ["startup", "shutdown"]

        async def receive() -> dict[str, Any]:
            if len(messages) == 1:
                await probe()
            return {"type": f"lifespan.{messages.pop(0)}"}

        async def send(message: Any) -> None:
            await probe()

        await bench.app({"type": "lifespan"}, receive, send)

    asyncio.run(live())

    assert seen == [(200, 503), (200, 200), (200, 503)]


def test_a_mock_that_stops_takes_no_more_calls_and_ends_those_it_has() -> None:
    """A call in flight is answered; who asks meanwhile is refused, a second later at most, or told it is not ready."""
    with running("mock", "--port", "0") as server, ThreadPoolExecutor(1) as pool:
        httpx.post(f"{server.url}/_mock/faults", json={"kind": "latency", "delay_ms": 2000}).raise_for_status()
        call = pool.submit(httpx.get, f"{server.url}{ONE}", headers={"authorization": "Token demo"}, timeout=20)
        while not httpx.get(f"{server.url}/_mock/faults").json()["faults"][0]["hits"]:
            assert not call.done()
        server.process.terminate()
        with pytest.raises(httpx.ConnectError):
            _ask_on(f"{server.url}/readyz")
        busy = not call.done()

        assert (call.result().status_code, busy) == (200, True)
        assert server.process.wait(20) == 0


def _ask_on(url: str) -> None:
    while httpx.get(url).status_code in (200, 503):
        pass


def test_a_path_of_the_contract_goes_before_ours(tmp_path: Path) -> None:
    """The operation answers, the journal has the call, the banner says so; the other probe is ours."""
    own = tmp_path / "own.yaml"
    own.write_text(TICKETS.read_text(encoding="utf-8").replace("  /tickets", "  /healthz"), encoding="utf-8")

    with running("mock", "--port", "0", "--contract", str(own)) as server:
        url = server.url
        listed = httpx.get(f"{url}/healthz")
        ready = httpx.get(f"{url}/readyz")
        journal = httpx.get(f"{url}/_mock/journal").json()["calls"]

    assert "/healthz is the contract's own; ask /_mock/ready instead" in server.said
    assert "/readyz is" not in server.said
    assert "alive" not in listed.text
    assert ready.json() == {"ready": True}
    assert [(call["path"], call["status"]) for call in journal] == [("/healthz", listed.status_code)]


def test_calls_are_counted_by_operation_and_status() -> None:
    """Of every session, gone ones and cleared journals included; what is no operation has no name, however long."""
    bench = Bench()
    bench.call("GET", LIST)
    bench.call("GET", ONE, x_mock_session="Ayse-Yilmaz")
    bench.call("DELETE", "/_mock/sessions/Ayse-Yilmaz")
    bench.call("POST", LIST, NEW)
    bench.call("DELETE", "/_mock/journal")
    bench.call("POST", LIST, {})
    bench.call("GET", "/nothing")
    bench.call("GET", f"/{'long' * 100}")
    bench.call("GET", ONE, x_mock_session="no session")
    samples = _scraped(bench)

    assert _calls(samples) == {
        ("listCancellationRequests", "200"): 1,
        ("retrieveCancellationRequest", "200"): 1,
        ("createCancellationRequest", "201"): 1,
        ("createCancellationRequest", "400"): 1,
        ("", "404"): 2,
        ("", "400"): 1,
    }
    assert "Ayse" not in bench.call("GET", "/_mock/metrics").text


def test_time_sessions_records_and_memory() -> None:
    bench = Bench(session_limit=10)
    bench.call("POST", LIST, NEW, x_mock_session="one")
    bench.call("GET", LIST)
    samples = _scraped(bench)
    single = {name: value for (name, labels), value in samples.items() if not labels}
    buckets = [samples["cancelkit_mock_call_seconds_bucket", (("le", bound),)] for bound in map(str, BOUNDS)]

    assert single["cancelkit_mock_sessions"] == 2
    assert single["cancelkit_mock_records"] == 2 * 60 + 1
    assert single["cancelkit_mock_sessions_bytes"] > 0
    assert single["process_resident_memory_bytes"] > 10_000_000
    assert single["cancelkit_mock_call_seconds_count"] == 2
    assert 0 < single["cancelkit_mock_call_seconds_sum"] < 20
    assert buckets == sorted(buckets)
    assert samples["cancelkit_mock_call_seconds_bucket", (("le", "+Inf"),)] == 2


def test_violations_are_counted_once() -> None:
    """However often somebody scrapes."""
    bench = Bench()
    bench.call("GET", f"{LIST}?nonsense=1")
    bench.call("GET", f"{LIST}?nonsense=2", x_mock_session="other")
    first, second = _scraped(bench), _scraped(bench)
    bench.call("GET", LIST)
    third = _scraped(bench)

    violation = ("cancelkit_mock_violations_total", (("code", "undocumented-parameter"),))
    judged = ("cancelkit_mock_judged_calls_total", ())
    assert [(each[violation], each[judged]) for each in (first, second, third)] == [(2, 2), (2, 2), (2, 3)]


def test_what_is_not_judged_in_time_is_judged_later(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    bench.call("GET", LIST)
    judged = ("cancelkit_mock_judged_calls_total", ())
    monkeypatch.setattr("cancelkit.mockserver.control.metrics.SECONDS", -1.0)
    before = _scraped(bench)[judged]
    monkeypatch.undo()

    assert (before, _scraped(bench)[judged]) == (0, 1)


def test_labels_are_escaped() -> None:
    """An operationId of any contract can't break the text."""
    odd = 'a"b\\c\nd{} 1'
    samples = _read(f'# TYPE x counter\nx_total{{l="{_escaped(odd)}"}} 1\n')

    assert samples == {("x_total", (("l", odd),)): 1}


def test_an_edited_contract_goes_on_counting() -> None:
    """A mock that takes another's place (--watch) takes over its totals, and counts no call twice."""
    from cancelkit.mockserver.handover import hand_over
    from cancelkit.mockserver.state.carrying import Carrier

    contract = load()
    world = generate_world(contract, size=20)
    old, new = (create_app(Settings(), world, contract) for _ in range(2))
    bench = Bench()
    bench.app = old
    bench.call("GET", LIST)
    hand_over(old.sessions, new.sessions, Carrier(contract, world, world), contract)
    bench.app = new
    bench.call("GET", ONE)
    samples = _scraped(bench)

    assert _calls(samples) == {("listCancellationRequests", "200"): 1, ("retrieveCancellationRequest", "200"): 1}
    assert samples["cancelkit_mock_call_seconds_count", ()] == 2
