"""What the other servers start from: our records and answers in the form that each of them reads.

Owns: the contract with examples, json-server's database, Mockoon's environment, WireMock's mappings.
Knows nothing of: how the servers are started.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from benchmarks.serving.process import Call
from benchmarks.serving.samples import LIST, Samples
from cancelkit.spec import PATH, Role, load
from cancelkit.spec.document import read


def contract_with_examples(samples: Samples, key_function: str) -> Path:
    """Write the contract with our answers as its examples, for mocks that answer with examples, and return the file.

    key_function: the name of a function that lets keys in, for Connexion.
    """
    document = read(PATH)
    document["components"]["securitySchemes"]["apiKey"]["x-apikeyInfoFunc"] = key_function
    one, page, created, detailed = samples.answers
    shown = {Role.LIST: page, Role.LIST_DETAILED: detailed, Role.CREATE: created}
    shown |= dict.fromkeys((Role.RETRIEVE, Role.PARTIAL_UPDATE, Role.ACTION), one)
    for operation in load().operations.values():
        if operation.role in shown:
            responses = document["paths"][operation.path][operation.method.lower()]["responses"]
            content = responses[str(operation.success.status)]["content"]["application/json"]
            content["example"] = json.loads(shown[operation.role].read_bytes())
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


def mappings(samples: Samples, calls: Mapping[str, Call]) -> Path:
    """Write a stub with our answer for each call, and return WireMock's folder; of a query no part is looked at."""
    one, page, created, detailed = samples.answers
    answers = {"list": page, "varied": page, "detailed": detailed, "create": created, "delete": None}
    folder = samples.folder / "wiremock" / "mappings"
    folder.mkdir(parents=True, exist_ok=True)
    for name, call in calls.items():
        body = answers.get(name, one)
        text = {} if body is None else {"body": body.read_text(encoding="utf-8")}
        stub = {
            "request": {"method": call.method, "urlPath": call.path.partition("?")[0]},
            "response": {"status": call.status, "headers": {"Content-Type": "application/json"}, **text},
        }
        (folder / f"{name}.json").write_text(json.dumps(stub), encoding="utf-8")
    return folder.parent
