"""The example backend starts with one command, serves the life of a request, and stops cleanly.

Knows nothing of its code: it is a process with an address. Whether it keeps the contract is for the
conformance suite to say; here it must only be fit to be judged.
"""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.clients.running import ending

pytest.importorskip("django_filters", reason="the example backend needs the extra `examples`")

RUN = Path(__file__).parents[2] / "examples" / "backend" / "run.py"
REQUESTS = "/api/channel/5/cancellation_requests/"


@dataclass(frozen=True)
class Backend:
    """A running backend: its process, a client with a valid key, and ids that channel 5 may refer to."""

    process: subprocess.Popen[str]
    client: httpx.Client
    order_items: list[int]
    reasons: list[int]

    def create(self, **fields: object) -> dict[str, object]:
        body = {"order_item": self.order_items[0], "reason": self.reasons[0], "cancellation_type": "cancel"}
        reply = self.client.post(REQUESTS, json={**body, **fields})
        assert reply.status_code == 201, reply.text
        created: dict[str, object] = reply.json()
        return created


@pytest.fixture(scope="module")
def backend() -> Iterator[Backend]:
    command = [sys.executable, str(RUN), "--port", "0", "--requests", "60"]
    with ending(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("serving ").strip()
        order_items, reasons = (
            [int(number) for number in ids.split(",")] for ids in re.findall(r"=([\d,]+)", process.stdout.readline())
        )
        headers = {"Authorization": "Token backend-token"}
        with httpx.Client(base_url=url, headers=headers, timeout=30) as client:
            yield Backend(process, client, order_items, reasons)


def test_a_created_request_can_be_read_and_found(backend: Backend) -> None:
    """What create answers is what retrieve and the filtered list answer afterwards."""
    created = backend.create(description="Beden küçük", quantity=2)

    assert backend.client.get(f"{REQUESTS}{created['id']}/").json() == created
    found = backend.client.get(REQUESTS, params={"pk__in": f"{created['id']}", "status": "waiting"}).json()
    assert found == {"count": 1, "next": None, "previous": None, "results": [created]}


def test_a_filter_ignores_case_in_turkish(backend: Backend) -> None:
    """A last name in capitals finds the same requests as the name as it is written."""
    detailed = REQUESTS + "detailed"
    as_written = backend.client.get(detailed, params={"customer_last_name": "Şükrüoğlu"}).json()
    in_capitals = backend.client.get(detailed, params={"customer_last_name": "ŞÜKRÜOĞLU"}).json()

    assert as_written["count"] > 0
    assert in_capitals["results"] == as_written["results"]


def test_a_rejected_request_stays_rejected(backend: Backend) -> None:
    """Reject takes effect once; the second is refused."""
    reject = f"{REQUESTS}{backend.create()['id']}/reject/"
    first, second = backend.client.post(reject), backend.client.post(reject)

    assert (first.status_code, first.json()["status"]) == (200, "rejected")
    assert (second.status_code, set(second.json())) == (400, {"non_field_errors", "code"})


def test_a_deleted_request_is_gone(backend: Backend) -> None:
    """Delete answers without a body, and every later call is a 404 of the documented shape."""
    path = f"{REQUESTS}{backend.create()['id']}/"
    deleted = backend.client.delete(path)
    again = backend.client.get(path)

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (again.status_code, set(again.json())) == (404, {"detail", "code"})


def test_the_other_channel_sees_nothing_of_it(backend: Backend) -> None:
    """A request of channel 5 is unknown in channel 6."""
    path = f"{REQUESTS}{backend.create()['id']}/"

    assert backend.client.get(path).status_code == 200
    assert backend.client.get(path.replace("/5/", "/6/", 1)).status_code == 404


def test_sigterm_stops_it_cleanly() -> None:
    """The process ends by itself with exit code 0 when asked to."""
    command = [sys.executable, str(RUN), "--port", "0", "--requests", "1"]
    with ending(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as process:
        assert process.stdout is not None
        started = process.stdout.readline()
        process.send_signal(signal.SIGTERM)

        assert started.startswith("serving http://127.0.0.1:")
        assert process.wait(timeout=30) == 0
