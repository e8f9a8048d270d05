"""What our mock answers, taken once and given to the others, so that all serve the same data and send the same bytes.

Owns: the calls of the benchmark, and the answers to them.
Knows nothing of: how the servers are started, what the others start from (inputs.py).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.serving.process import Call, answer
from cancelkit.spec import Role, load

LIST = "/api/channel/5/cancellation_requests/"
SIX = {
    "status": "waiting",
    "cancellation_type": "refund",
    "channel": "5",
    "date_placed__gte": "2000-01-01T00:00:00Z",
    "date_placed__lt": "2100-01-01T00:00:00Z",
    "date_placed__date__gte": "2000-01-01",
}


def _action() -> str:
    """The path of the contract's action."""
    operation = load().role(Role.ACTION)
    if operation is None:
        raise NoSamples("the contract has no action")
    return operation.path.format(channel_id=5, id="EACHID")


ONE_DATE = {"status": "waiting", "date_placed__lt": "2100-01-01T00:00:00.NNNNNNZ"}
GET = Call("GET", f"{LIST}1/")
FILTERED = Call("GET", f"{LIST}?{urlencode(SIX)}")
VARIED = Call("GET", f"{LIST}?{urlencode({**SIX, 'date_placed__lt': '2100-01-01T00:00:00.NNNNNNZ'})}")
"""The same filters with another date in each request, so that nobody can answer from memory (see request.lua)."""
DETAILED = Call("GET", f"{LIST}detailed?{urlencode(ONE_DATE)}")


ACTION = Call("POST", _action(), each=f"{LIST}?status=waiting&limit=1000")
"""Records that were created in the run before, as they are then, allow it once each."""
DELETE = Call("DELETE", f"{LIST}EACHID/", 204, each=f"{LIST}?limit=1000")


class NoSamples(Exception):
    """Our mock did not answer as the benchmark needs it; the message says which call."""


@dataclass(frozen=True)
class Samples:
    """Files under `folder`: the bodies of our answers, the body to create with, and every record of channel 5.

    detailed: the records with their references opened, for servers that filter what they store.
    """

    folder: Path
    detailed: list[dict[str, Any]]

    def file(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    @property
    def create(self) -> Call:
        return Call("POST", LIST, status=201, body=self.file("body"))

    @property
    def patch(self) -> Call:
        return Call("PATCH", GET.path, body=self.file("change"))

    @property
    def answers(self) -> tuple[Path, ...]:
        return tuple(self.file(name) for name in ("one", "page", "created", "detailed"))


def take(port: int, folder: Path) -> Samples:
    """Ask the mock on `port` for all that the others need, and write it to `folder`.

    Raises:
        NoSamples: a call was not answered with its status, or the six filters find nothing.
    """
    one = _right(port, GET)
    page = _right(port, FILTERED)
    if not json.loads(page)["results"]:
        raise NoSamples(f"nothing matches {FILTERED.path}")
    first = json.loads(one)
    body = {
        "order_item": first["order_item"],
        "reason": first["reason"],
        "cancellation_type": "refund",
        "description": "Beden küçük geldi, iade etmek istiyorum",
        "iban": "TR330006100519786457841326",
        "holder_name": "Şükrü Öztürk",
        "quantity": 1,
    }
    samples = Samples(folder, _detailed(port))
    samples.file("body").write_text(json.dumps(body), encoding="utf-8")
    samples.file("change").write_text(json.dumps({"description": "İade adresi değişti"}), encoding="utf-8")
    created = _right(port, samples.create)
    detailed = _right(port, replace(DETAILED, path=DETAILED.path.replace("NNNNNN", "0")))
    for name, data in (("one", one), ("page", page), ("created", created), ("detailed", detailed)):
        samples.file(name).write_bytes(data)
    return samples


def _right(port: int, call: Call) -> bytes:
    status, body = answer(port, call)
    if status != call.status:
        raise NoSamples(f"{call.method} {call.path} was answered {status} instead of {call.status}: {body[:200]!r}")
    return body


def _detailed(port: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    page = 1
    while True:
        answered = json.loads(_right(port, Call("GET", f"{LIST}detailed?limit=1000&page={page}")))
        rows += answered["results"]
        if answered["next"] is None:
            return rows
        page += 1
