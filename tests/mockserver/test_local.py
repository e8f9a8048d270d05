"""A mock inside the test's process, without a port: what a client sees is what it would see over a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from cancelkit.mockserver.client import MockControl
from cancelkit.mockserver.local import LocalMock

LIST = "/api/channel/5/cancellation_requests/"
NEW = {"order_item": 1, "reason": 1, "cancellation_type": "cancel"}
LATE = {"kind": "latency", "delay_ms": 600}


@pytest.fixture
def local() -> Iterator[LocalMock]:
    with LocalMock() as mock:
        yield mock


def _control(local: LocalMock, fault: dict[str, Any]) -> None:
    with MockControl(local.url, transport=local.transport) as control:
        control._call("POST", "faults", fault)


def _client(local: LocalMock, port: bool, timeout: float) -> httpx.Client:
    place = {"base_url": local.listen()} if port else {"base_url": local.url, "transport": local.transport}
    return httpx.Client(**place, headers={"Authorization": "Token t"}, timeout=timeout, trust_env=False)  # type: ignore[arg-type]


@pytest.mark.parametrize("port", [False, True], ids=["in process", "port"])
def test_a_late_answer_is_a_timeout(local: LocalMock, port: bool) -> None:
    """And the call is carried out all the same, as the documentation of faults says."""
    _control(local, LATE)
    with _client(local, port, 0.1) as client, pytest.raises(httpx.ReadTimeout):
        client.post(LIST, json=NEW)
    with _client(local, port, 20) as client:
        answer = client.get(LIST)

    assert (answer.status_code, answer.json()["results"][0]["order_item"]) == (200, 1)


def test_a_late_answer_is_a_timeout_inside_an_event_loop(local: LocalMock) -> None:
    """The same for httpx.AsyncClient."""
    _control(local, LATE)

    async def call() -> None:
        async with httpx.AsyncClient(transport=local.transport, base_url=local.url, timeout=0.1) as client:
            await client.get(LIST)

    with pytest.raises(httpx.ReadTimeout):
        asyncio.run(call())


@pytest.mark.parametrize("port", [False, True], ids=["in process", "port"])
def test_a_slow_body_is_no_timeout(local: LocalMock, port: bool) -> None:
    """The limit is on the wait for the next piece, not on the whole answer."""
    _control(local, {"kind": "slow_body", "delay_ms": 1500})
    with _client(local, port, 0.9) as client:
        answer = client.get(LIST)

    assert answer.status_code == 200


def test_a_mock_ends_with_calls_that_nobody_waits_for(caplog: pytest.LogCaptureFixture) -> None:
    """None of them is left behind for Python to complain of."""
    with LocalMock() as local:
        _control(local, {"kind": "latency", "delay_ms": 60_000})
        with _client(local, False, 0.05) as client, suppress(httpx.ReadTimeout):
            client.get(LIST)
        loop = local._loop

    assert loop.is_closed()
    assert not [task for task in local.transport._left if not task.done()]
    assert caplog.records == []
