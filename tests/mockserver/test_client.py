"""The typed client of the control endpoints, over a socket and without one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import httpx
import pytest

from cancelkit.mockserver.client import ControlError, MockControl, MockUnreachable, VerifyFailed
from cancelkit.mockserver.control.app import ENDPOINTS
from cancelkit.mockserver.local import LocalMock
from cancelkit.mockserver.settings import Settings
from tests.mockserver.bench import LIST, NEW, ONE

KEY = {"Authorization": "Token demo"}
NOON = "2025-06-15T12:00:00.000000Z"
NOT_METHODS = {"/_mock", "/_mock/", "/_mock/assets/{name}", "/_mock/events", "/_mock/metrics"}


@pytest.fixture(scope="module")
def local() -> Iterator[LocalMock]:
    with LocalMock(Settings(port=0, self_check=True)) as mock:
        yield mock


@pytest.fixture(params=["in process", "over a socket"])
def control(request: pytest.FixtureRequest, local: LocalMock) -> Iterator[MockControl]:
    """A session of its own, by either way."""
    name = uuid4().hex
    if request.param == "in process":
        made = MockControl(local.url, session=name, transport=local.transport)
    else:
        made = MockControl(local.listen(), session=name)
    with made as control:
        yield control


@pytest.fixture
def api(local: LocalMock, control: MockControl) -> Iterator[httpx.Client]:
    headers = KEY | {"X-Mock-Session": control.name}
    with httpx.Client(base_url=local.url, transport=local.transport, headers=headers) as client:
        yield client


def test_sessions_are_made_listed_and_deleted(control: MockControl) -> None:
    """A session is there once it is made, and not once it is deleted; another name is another session."""
    made = control.create_session()
    other = control.session(f"{control.name}-b")
    other.create_record()
    entries = {entry["name"]: entry for entry in control.sessions()}
    other.delete_session()

    assert made["name"] == control.name
    assert (entries[control.name]["own_copy"], entries[other.name]["own_copy"]) == (False, True)
    assert other.name not in {entry["name"] for entry in control.sessions()}


def test_state_is_saved_restored_carried_over_and_reset(control: MockControl) -> None:
    """A snapshot, an export and the starting state are each what they were."""
    start = control.records()["count"]
    control.scenario({"start": "empty", "requests": [{"count": 3, "status": "waiting_approval"}]})
    control.save_snapshot("three")
    tables = control.export()
    control.delete_record(control.records()["results"][0]["id"])
    changed = control.records()["count"]
    restored = control.restore_snapshot("three")
    carried = control.session(f"{control.name}-b").import_tables(tables)

    assert (changed, restored["records"], carried["records"]) == (2, 3, 3)
    assert control.export("three") == tables
    assert [entry["name"] for entry in control.snapshots()] == ["three"]
    assert control.reset()["records"] == start
    control.delete_snapshot("three")
    assert control.snapshots() == []


def test_a_scenario_comes_from_a_file_as_well(control: MockControl, tmp_path: Path) -> None:
    """YAML with a time in it, as `--scenario` reads it."""
    file = tmp_path / "scenario.yaml"
    file.write_text(f"start: empty\nnow: {NOON}\nrequests:\n  - created: 2025-06-01\n", encoding="utf-8")
    created = control.scenario(file)["created"]

    assert control.clock()["now"] == NOON
    assert control.record(created[0])["base"]["created_date"].startswith("2025-06-01")


def test_records_are_made_and_changed_beyond_the_rules(control: MockControl, api: httpx.Client) -> None:
    """Any status may be set, a return attached and taken away; the API shows it."""
    number = control.create_record(status="completed", description="by hand")["base"]["id"]
    control.edit_record(number, status="waiting", easy_return={"code": "ER-1"})
    shown = api.get(f"{LIST}{number}/").json()
    found = control.records(q=str(number), status="waiting", order="-id", limit=1)

    assert (shown["status"], shown["easy_return"]["code"]) == ("waiting", "ER-1")
    assert found["results"][0]["id"] == number


def test_the_clock_is_frozen_set_moved_and_released(control: MockControl) -> None:
    """Times go in as texts or datetimes, spans as seconds or timedeltas."""
    assert control.freeze(NOON)["now"] == NOON
    assert control.advance(60)["now"] == "2025-06-15T12:01:00.000000Z"
    assert control.advance(timedelta(hours=1))["now"] == "2025-06-15T13:01:00.000000Z"
    assert control.set_clock(datetime(2025, 1, 1, tzinfo=UTC))["frozen"]
    assert control.clock()["now"] == "2025-01-01T00:00:00.000000Z"
    assert control.freeze()["now"] == "2025-01-01T00:00:00.000000Z"
    assert not control.release()["frozen"]


def test_requests_move_on_by_rules(control: MockControl, api: httpx.Client) -> None:
    """The rules that are set are those that hold; none switches them off."""
    control.edit_record(1, status="waiting")
    rules = control.set_progress({"from": "waiting", "to": "approved", "after_reads": 1})
    seen = [api.get(ONE).json()["status"] for _ in range(2)]

    assert seen == ["waiting", "approved"]
    assert control.progress() == rules
    assert control.set_progress() == []


def test_a_fault_lasts_as_long_as_its_block(control: MockControl, api: httpx.Client) -> None:
    """It strikes inside; afterwards it is gone, also when its count had ended it or somebody took it away."""
    with control.fault("status", status=503, retry_after=2, operation="listCancellationRequests", count=1):
        struck = api.get(LIST)
    with control.fault("latency", delay_ms=(0, 1)) as added:
        control.delete_fault(added["id"])
    control.add_fault("empty")
    left = [fault["kind"] for fault in control.faults()]
    control.clear_faults()

    assert (struck.status_code, struck.headers["retry-after"]) == (503, "2")
    assert left == ["empty"]
    assert api.get(LIST).status_code == 200


def test_a_connection_that_is_reset_shows_as_such(control: MockControl, api: httpx.Client) -> None:
    """Without a socket the client under test gets the error that it would get with one."""
    with control.fault("reset"), pytest.raises(httpx.ReadError):
        api.get(LIST)


def test_the_journal_shows_what_was_called(control: MockControl, api: httpx.Client) -> None:
    """By operation, status, method and violation, from a number on."""
    api.get(LIST, params={"colour": "red"})
    api.post(LIST, json=NEW)
    api.get(f"{LIST}999999/")
    calls = control.journal()

    assert [call["status"] for call in calls] == [200, 201, 404]
    assert [c["method"] for c in control.journal(method="post")] == ["POST"]
    assert [c["status"] for c in control.journal(status="4xx")] == [404]
    assert [c["seq"] for c in control.journal(since=calls[0]["seq"], limit=1)] == [calls[2]["seq"]]
    assert control.journal(operation="createCancellationRequest", status=201)
    assert control.journal(violation=True)[0]["violations"][0]["code"] == "undocumented-parameter"
    assert len(control.har()["log"]["entries"]) == 3
    assert control.coverage()["summary"]["operations"] == "3/9"
    control.clear_journal()
    assert control.journal() == []


def test_verify_fails_as_an_assertion_does(control: MockControl, api: httpx.Client) -> None:
    """Good calls pass; else the message shows what was expected, what was found, and the nearest call."""
    api.patch(ONE, json={"description": "new"})
    control.verify({"operation": "partialUpdateCancellationRequest", "id": 1, "count": 1}, no_violations=True)
    seen = control.journal()[-1]["seq"]
    api.get(LIST, params={"colour": "red"})

    with pytest.raises(VerifyFailed, match=r"(?s)found 0 such calls.*- body\.description: \"old\"") as failure:
        control.verify({"operation": "partialUpdateCancellationRequest", "body": {"description": "old"}})
    assert isinstance(failure.value, AssertionError)
    with pytest.raises(VerifyFailed, match="colour"):
        control.verify(no_violations=True)
    with pytest.raises(VerifyFailed):
        control.verify({"operation": "partialUpdateCancellationRequest"}, since=seen)
    assert control.judge({"operation": "deleteCancellationRequest", "count": 0}, ordered=True)["ok"]


def test_a_refusal_carries_the_servers_words(control: MockControl) -> None:
    """Status, code, detail, and errors by field where there are some."""
    with pytest.raises(ControlError, match="latency needs delay_ms") as refused:
        control.add_fault("latency")
    with pytest.raises(ControlError) as invalid:
        control.edit_record(1, quantity=0)

    assert (refused.value.status, refused.value.code) == (400, "invalid")
    assert list(invalid.value.fields) == ["quantity"]


def test_names_are_no_paths(control: MockControl) -> None:
    """A name with slashes is refused as a name; it leads to no other endpoint."""
    with pytest.raises(ControlError) as refused:
        control.save_snapshot("../sessions")

    assert refused.value.status in (400, 404)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://[", "nowhere", "http://127.0.0.1:99999"])
def test_nobody_there_is_told_in_one_line(url: str) -> None:
    """The message names the address."""
    with pytest.raises(MockUnreachable, match=re.escape(url)) as failure, MockControl(url) as control:
        control.wait(0)

    assert "\n" not in str(failure.value)


def test_an_answer_that_is_no_json_comes_from_no_mock() -> None:
    """Another server at the address is not taken for a mock."""
    transport = httpx.MockTransport(lambda request: httpx.Response(200, text="<h1>shop</h1>"))

    with pytest.raises(MockUnreachable, match="is that a mock"), MockControl(transport=transport) as control:
        control.status()


def test_the_control_token_is_sent() -> None:
    """A mock that wants one lets in who has it, and nobody else."""
    with LocalMock(Settings(host="0.0.0.0", port=0, control_token="s3cret")) as mock:
        having = MockControl(mock.url, control_token="s3cret", transport=mock.transport)
        without = MockControl(mock.url, transport=mock.transport)

        assert having.status()["tokens"] == "any"
        with pytest.raises(ControlError, match="control_token_required"):
            without.status()


def test_a_clients_timeout_holds_as_over_a_socket(local: LocalMock) -> None:
    """The client is told after its half second, and the call is done without it: a slow write is a write."""
    headers = KEY | {"X-Mock-Session": uuid4().hex}
    with httpx.Client(transport=local.transport, base_url=local.url, headers=headers, timeout=0.3) as client:
        before = client.get(LIST).json()["count"]
        client.post("/_mock/faults", json={"kind": "latency", "delay_ms": 1000, "count": 1}).raise_for_status()
        started = monotonic()
        with pytest.raises(httpx.ReadTimeout):
            client.post(LIST, json=NEW)
        waited = monotonic() - started
        sleep(1.2)
        after = client.get(LIST).json()["count"]

    assert waited < 0.9
    assert after == before + 1


def test_calls_come_from_inside_an_event_loop_too(local: LocalMock) -> None:
    """Code under test may be asynchronous, and the control client may be used beside it."""
    control = MockControl(local.url, session=uuid4().hex, transport=local.transport)

    async def use() -> tuple[int, int]:
        headers = KEY | {"X-Mock-Session": control.name}
        async with httpx.AsyncClient(base_url=local.url, transport=local.transport, headers=headers) as api:
            answers = await asyncio.gather(*(api.post(LIST, json=NEW) for _ in range(5)))
        return len({answer.json()["id"] for answer in answers}), len(control.journal())

    assert asyncio.run(use()) == (5, 5)


class _Listening(httpx.BaseTransport):
    """Notes which endpoint of the table each call goes to."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self.reached: set[tuple[str, str]] = set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        for method, path, _ in ENDPOINTS:
            pattern = path.replace("{number:int}", r"\d+").replace("{id}", "[^/]+").replace("{name}", "[^/]+")
            if request.method == method and re.fullmatch(pattern, request.url.path):
                self.reached.add((method, path))
        return self._inner.handle_request(request)


def test_every_endpoint_has_a_method(local: LocalMock) -> None:
    """What the mock offers to programs, the client offers to tests."""
    heard = _Listening(local.transport)
    control = MockControl(local.url, session=uuid4().hex, transport=heard)
    control.wait()
    control.create_session()
    number = control.create_record()["base"]["id"]
    control.save_snapshot("a")
    reads: list[Any] = [
        control.status(), control.sessions(), control.reset(journal=True), control.snapshots(), control.export("a"),
        control.restore_snapshot("a"), control.import_tables(control.export()), control.scenario([{}]),
        control.records(), control.record(number), control.edit_record(number), control.clock(), control.freeze(),
        control.progress(), control.set_progress(), control.faults(), control.journal(), control.har(),
        control.judge(), control.coverage(),
    ]  # fmt: skip
    control.delete_record(number)
    control.delete_snapshot("a")
    control.clear_faults()
    control.clear_journal()
    fault = control.add_fault("empty")
    control.delete_fault(fault["id"])
    control.delete_session()

    assert all(answer is not None for answer in reads)
    assert {(method, path) for method, path, _ in ENDPOINTS if path not in NOT_METHODS} - heard.reached == set()
