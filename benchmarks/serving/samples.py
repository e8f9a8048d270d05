"""What our mock answers, taken once and given to the others, so that all serve the same data and send the same bytes.

Owns: the three calls of the benchmark, and the files that each server starts from.
Knows nothing of: how the servers are started.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.serving.process import Call, answer
from cancelkit.spec import PATH
from cancelkit.spec.document import read

LIST = "/api/channel/5/cancellation_requests/"
TEMPLATE = "/api/channel/{channel_id}/cancellation_requests/"
SIX = {
    "status": "waiting",
    "cancellation_type": "refund",
    "channel": "5",
    "date_placed__gte": "2000-01-01T00:00:00Z",
    "date_placed__lt": "2100-01-01T00:00:00Z",
    "date_placed__date__gte": "2000-01-01",
}
GET = Call("GET", f"{LIST}1/")
FILTERED = Call("GET", f"{LIST}?{urlencode(SIX)}")
VARIED = Call("GET", f"{LIST}?{urlencode({**SIX, 'date_placed__lt': '2100-01-01T00:00:00.NNNNNNZ'})}")
"""The same filters with another date in each request, so that nobody can answer from memory (see request.lua)."""


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
    def answers(self) -> tuple[Path, Path, Path]:
        return self.file("one"), self.file("page"), self.file("created")


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
    created = _right(port, samples.create)
    for name, data in (("one", one), ("page", page), ("created", created)):
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


def contract_with_examples(samples: Samples, key_function: str) -> Path:
    """Write the contract with our answers as its examples, for mocks that answer with examples, and return the file.

    key_function: the name of a function that lets keys in, for Connexion.
    """
    document = read(PATH)
    document["components"]["securitySchemes"]["apiKey"]["x-apikeyInfoFunc"] = key_function
    places = [(f"{TEMPLATE}{{id}}/", "get", "200"), (TEMPLATE, "get", "200"), (TEMPLATE, "post", "201")]
    for (path, method, status), file in zip(places, samples.answers, strict=True):
        content = document["paths"][path][method]["responses"][status]["content"]["application/json"]
        content["example"] = json.loads(file.read_bytes())
    file = samples.file("contract")
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


def database(samples: Samples) -> Path:
    """Write the records as json-server's database, their ids as texts, and the folder of pages that it insists on."""
    (samples.folder / "public").mkdir(exist_ok=True)
    rows = [{**row, "id": str(row["id"])} for row in samples.detailed]
    file = samples.file("database")
    file.write_text(json.dumps({"cancellation_requests": rows}), encoding="utf-8")
    return file


def environment(samples: Samples) -> Path:
    """Write the records as a Mockoon environment with one CRUD route."""
    response = {
        "uuid": "00000000-0000-4000-8000-000000000003",
        "body": "{}",
        "latency": 0,
        "statusCode": 200,
        "label": "",
        "headers": [],
        "bodyType": "DATABUCKET",
        "databucketID": "requ",
        "filePath": "",
        "sendFileAsBody": False,
        "rules": [],
        "rulesOperator": "OR",
        "disableTemplating": True,
        "fallbackTo404": False,
        "default": True,
        "crudKey": "id",
        "callbacks": [],
    }
    route = {
        "uuid": "00000000-0000-4000-8000-000000000002",
        "type": "crud",
        "documentation": "",
        "method": "",
        "endpoint": LIST.strip("/"),
        "responses": [response],
        "responseMode": None,
        "streamingMode": None,
        "streamingInterval": 0,
    }
    data = {
        "uuid": "00000000-0000-4000-8000-000000000001",
        "lastMigration": 33,
        "name": "benchmark",
        "port": 3000,
        "hostname": "",
        "endpointPrefix": "",
        "latency": 0,
        "folders": [],
        "routes": [route],
        "rootChildren": [{"type": "route", "uuid": route["uuid"]}],
        "data": [
            {
                "uuid": "00000000-0000-4000-8000-000000000004",
                "id": "requ",
                "name": "requests",
                "documentation": "",
                "value": json.dumps(samples.detailed),
            }
        ],
        "callbacks": [],
    }
    file = samples.file("environment")
    file.write_text(json.dumps(data), encoding="utf-8")
    return file
