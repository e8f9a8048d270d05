"""Faults as a client meets them, over a real connection."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema_rs
import pytest

from cancelkit.spec import json_schema, load
from tests.clients.running import mock
from tests.mockserver.bench import LIST, NEW, ONE, Bench

KEY = {"Authorization": "Token demo"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with mock("--size", "60") as base:
        yield base


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, headers=KEY) as client:
        client.post("/_mock/reset").raise_for_status()
        yield client


def fault(client: httpx.Client, **described: Any) -> None:
    client.post("/_mock/faults", json=described).raise_for_status()


@pytest.mark.parametrize("kind", ["reset", "truncate"])
def test_a_connection_breaks(client: httpx.Client, kind: str) -> None:
    """The client gets an error of the transport; the next call goes well on a new connection."""
    fault(client, kind=kind, count=1)

    with pytest.raises(httpx.TransportError) as caught:
        client.get(ONE)
    assert isinstance(caught.value, httpx.ReadError if kind == "reset" else httpx.RemoteProtocolError)
    assert client.get(ONE).status_code == 200


def test_a_reset_strikes_before_the_call_is_handled(client: httpx.Client) -> None:
    """Nothing has changed then; an answer that is cut belongs to a call that was carried out."""
    count = client.get(LIST).json()["count"]
    for kind in ("reset", "truncate"):
        fault(client, kind=kind, count=1)
        with pytest.raises(httpx.TransportError):
            client.post(LIST, json=NEW)

    assert client.get(LIST).json()["count"] == count + 1


def test_an_answer_is_malformed_empty_or_slow(client: httpx.Client) -> None:
    """Status and length are right, so that it is the body that the client has to cope with."""
    fault(client, kind="malformed", count=1)
    malformed = client.get(ONE)
    fault(client, kind="empty", count=1)
    empty = client.get(ONE)
    fault(client, kind="slow_body", delay_ms=200, count=1)
    started = time.monotonic()
    slow = client.get(ONE)

    assert malformed.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        malformed.json()
    assert (empty.status_code, empty.content) == (200, b"")
    assert time.monotonic() - started >= 0.2
    assert slow.json()["id"] == 1


def test_a_delay_holds_up_only_its_call(client: httpx.Client) -> None:
    """The answer comes late, and whole; another session's comes at once."""
    fault(client, kind="latency", delay_ms=300, operation="retrieveCancellationRequest")
    started = time.monotonic()
    client.get(ONE, headers={"X-Mock-Session": "a"})
    client.get(LIST)
    quick = time.monotonic() - started
    late = client.get(ONE)

    assert late.json()["id"] == 1
    assert time.monotonic() - started - quick >= 0.3
    assert client.get("/_mock/journal?limit=1").json()["calls"][0]["fault"] == "latency"


OPERATIONS = load().operations
ERRORS = [(o.id, status) for o in OPERATIONS.values() for status in o.responses if status >= 400]


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench(self_check=False)


@pytest.mark.parametrize(("operation", "status"), ERRORS)
def test_every_documented_error_can_be_had_and_fits_the_contract(bench: Bench, operation: str, status: int) -> None:
    """By a fault and by a preference, with a body that is valid for that operation and status."""
    known = OPERATIONS[operation]
    path = known.path.format(channel_id=5, id=1)
    bench.post("/_mock/faults", {"kind": "status", "status": status, "operation": operation, "count": 1})
    struck = bench.call(known.method, path)
    wished = bench.call(known.method, path, prefer=f"code={status}")

    schema = known.responses[status].schema
    validator = jsonschema_rs.validator_for(json_schema(schema or {}, "response"))
    for answer in (struck, wished):
        assert answer.status_code == status
        validator.validate(answer.json())
    assert wished.headers["preference-applied"] == f"code={status}"


def test_too_many_calls_are_told_when_to_come_again(bench: Bench) -> None:
    """429 and 503 in the shape of the API's other errors."""
    bench.post("/_mock/faults", {"kind": "status", "status": 429, "retry_after": 7, "count": 1})
    limited = bench.call("GET", ONE, origin="http://shop.example")
    unavailable = bench.call("GET", ONE, prefer="code=503")

    assert (limited.status_code, limited.headers["retry-after"]) == (429, "7")
    assert limited.headers["access-control-allow-origin"] == "http://shop.example"
    assert set(limited.json()) == set(unavailable.json()) == {"detail", "code"}


def test_a_preference_that_can_not_be_met_is_passed_over(bench: Bench) -> None:
    """As the standard has it: the call is answered as ever, and nothing is said to be applied."""
    answer = bench.call("GET", ONE, prefer="code=200, example=dog")

    assert answer.status_code == 200
    assert "preference-applied" not in answer.headers


def test_faults_are_listed_and_taken_away(bench: Bench) -> None:
    """One by its number, or all; of one session only."""
    first = bench.post("/_mock/faults?session=a", {"kind": "empty", "share": 0.5})
    bench.post("/_mock/faults?session=a", {"kind": "reset", "operation": "listCancellationRequests"})
    bench.call("DELETE", f"/_mock/faults/{first['id']}?session=a")
    left = bench.get("/_mock/faults?session=a")["faults"]
    gone = bench.call("DELETE", "/_mock/faults/99?session=a").status_code
    bench.call("DELETE", "/_mock/faults?session=a")

    assert [entry["kind"] for entry in left] == ["reset"]
    assert gone == 404
    assert bench.get("/_mock/faults?session=a")["faults"] == []
    assert bench.call("POST", "/_mock/faults", {"kind": "boom"}).status_code == 400


def test_without_a_socket_a_broken_connection_is_an_error(bench: Bench) -> None:
    """There is no connection to break in-process, so the call fails as nothing else does."""
    bench.post("/_mock/faults", {"kind": "reset", "count": 1})

    with pytest.raises(ConnectionResetError):
        bench.call("GET", ONE)


@pytest.mark.parametrize("operation", sorted(load().operations))
def test_a_refusal_names_only_what_the_operation_has(bench: Bench, operation: str) -> None:
    """A list has no body whose field could be wrong, so a 400 names one of its parameters."""
    known = load().operations[operation]
    names = {parameter.name for parameter in known.parameters} | set(known.body.fields if known.body else ())
    path = known.path.format(channel_id=5, id=1)
    answer = bench.call(known.method.upper(), path, prefer="code=400").json()

    assert set(answer) <= names | {"detail", "code", "non_field_errors"}
