"""Faults that no mutant has, planted between the suite and the mock of contracts that it was not written beside."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from cancelkit.contract_tests.configuration.settings import Profile, Settings
from cancelkit.contract_tests.context.scopes import default_scope
from cancelkit.contract_tests.engine.registry import every_rule
from cancelkit.contract_tests.engine.run import execute
from cancelkit.contract_tests.engine.verdict import Outcome
from cancelkit.fixtures.world import generate_world
from cancelkit.mockserver.local import LocalMock
from cancelkit.mockserver.settings import Settings as MockSettings
from cancelkit.spec import load

FOLDER = Path(__file__).parents[1] / "contracts"
Next = Callable[[httpx.Request], httpx.Response]
Fault = Callable[[httpx.Request, Next, dict[Any, Any]], httpx.Response]


class Planted(httpx.BaseTransport):
    """The mock behind a fault, which may remember."""

    def __init__(self, inner: httpx.BaseTransport, fault: Fault) -> None:
        self.inner, self.fault, self.memory = inner, fault, dict[Any, Any]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.fault(request, self.inner.handle_request, self.memory)


def sending(request: httpx.Request, body: Any) -> httpx.Request:
    headers = {name: value for name, value in request.headers.items() if name != "content-length"}
    return httpx.Request(request.method, request.url, headers=headers, json=body)


def getting(request: httpx.Request, url: httpx.URL) -> httpx.Request:
    return httpx.Request("GET", url, headers=request.headers)


def rows_changed(answer: httpx.Response, change: Callable[[Any], Any]) -> httpx.Response:
    value = json.loads(answer.read())
    if "results" in value:
        return httpx.Response(answer.status_code, json={**value, "results": [change(row) for row in value["results"]]})
    return httpx.Response(answer.status_code, json=change(value))


def list_forgets_return(request: httpx.Request, call: Next, old: dict[Any, Any]) -> httpx.Response:
    """A loan that was returned is still listed as it was."""
    path = request.url.path
    if request.method == "POST" and path.endswith("/return/"):
        before = json.loads(call(getting(request, request.url.copy_with(path=path.removesuffix("return/")))).read())
        old[before.get("code")] = before.get("state")
    answer = call(request)
    if request.method != "GET" or not path.endswith("/loans/") or answer.status_code != 200:
        return answer
    return rows_changed(answer, lambda row: {**row, "state": old.get(row["code"], row["state"])})


def create_drops_part(request: httpx.Request, call: Next, _: dict[Any, Any]) -> httpx.Response:
    """An optional part within the borrower is not kept."""
    if request.method == "POST" and request.url.path.endswith("/loans/"):
        body = json.loads(request.read())
        body["borrower"]["address"].pop("zip", None)
        request = sending(request, body)
    return call(request)


def patch_drops_part(request: httpx.Request, call: Next, _: dict[Any, Any]) -> httpx.Response:
    """Lines lose an optional part when they are changed."""
    if request.method == "PATCH":
        body = json.loads(request.read())
        for line in body.get("lines", ()):
            line.pop("unitWeight", None)
        request = sending(request, body)
    return call(request)


def patch_clears_other(request: httpx.Request, call: Next, cleared: dict[Any, Any]) -> httpx.Response:
    """A new destination takes the site away to which a shipment returns."""
    answer = call(request)
    if request.method == "PATCH" and answer.status_code == 200 and "destination" in json.loads(request.read()):
        cleared[json.loads(answer.read())["id"]] = {"returnSite": None}
    if answer.status_code not in (200, 201):
        return answer
    return rows_changed(answer, lambda row: {**row, **cleared.get(row["id"], {})})


def plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()


def filter_ignores_accents(request: httpx.Request, call: Next, _: dict[Any, Any]) -> httpx.Response:
    """Texts are equal that differ by more than case."""
    answer, wanted = call(request), request.url.params.get("reference")
    if request.method != "GET" or wanted is None or answer.status_code != 200:
        return answer
    rows, number = list[Any](), 1
    while True:
        every = request.url.copy_remove_param("reference").copy_merge_params({"limit": 50, "page": number})
        page = json.loads(call(getting(request, every)).read())
        rows += [row for row in page["results"] if plain(row["reference"]) == plain(wanted)]
        if page["next"] is None:
            break
        number += 1
    value = {"count": len(rows), "next": None, "previous": None, "results": rows}
    return httpx.Response(200, json=value)


@pytest.mark.parametrize(
    ("name", "fault", "rule"),
    [
        ("loans", list_forgets_return, "history/every-view"),
        ("loans", list_forgets_return, "retrieve/same-as-listed"),
        ("loans", create_drops_part, "create/keeps-borrower"),
        ("shipments", patch_drops_part, "patch/changes-lines"),
        ("shipments", patch_clears_other, "patch/changes-destination"),
        ("shipments", filter_ignores_accents, "filters/list/reference/folds-case"),
    ],
)
def test_a_planted_fault_is_found(name: str, fault: Fault, rule: str):
    """By the rule that is about it; which finds nothing where there is no fault."""
    contract = load(FOLDER / f"{name}.yaml")
    settings = Settings(
        LocalMock.url, scope=default_scope(contract), token="demo", profile=Profile.QUICK, schemathesis=False, keep=True
    )
    found = []
    for planted in (lambda request, call, _: call(request), fault):
        with LocalMock(MockSettings(port=0), generate_world(contract, size=60), contract=contract) as mock:
            rules = [one for one in every_rule(contract) if one.id == rule]
            verdict = execute(settings, contract, rules=rules, transport=Planted(mock.transport, planted))
        found.append([finding.outcome for finding in verdict.findings if finding.rule_id == rule])

    assert found == [[Outcome.PASSED], [Outcome.FAILED]]
