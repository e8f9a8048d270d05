"""Contracts written from the guide alone: the suite finds nothing on their mock, and each planted fault.

Tickets: no scope, PUT only, three actions of which one is refused at first, refusals by 409. Loans: two scope
parameters, nothing changes or goes but by actions, errors of a shape of their own. Shipments: camelCase, a PATCH that
must not be empty, three references to one table, links that may be relative, every refusal by `default`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from click.testing import CliRunner
from in_process import Answer, Client

from cancelkit.command import main
from cancelkit.contract_tests.configuration.settings import Profile, Settings
from cancelkit.contract_tests.context.scopes import default_scope
from cancelkit.contract_tests.engine.registry import every_rule
from cancelkit.contract_tests.engine.run import execute
from cancelkit.contract_tests.engine.verdict import Outcome, Verdict
from cancelkit.contract_tests.errors import CouldNotRun
from cancelkit.fixtures.invalid import payloads
from cancelkit.fixtures.world import generate_world
from cancelkit.mockserver import create_app
from cancelkit.mockserver.local import LocalMock
from cancelkit.mockserver.serving.banner import banner
from cancelkit.mockserver.settings import Settings as MockSettings
from cancelkit.spec import Contract, load
from cancelkit.spec.reading import read_contract
from tests.support.proving import judged

FOLDER = Path(__file__).parents[1] / "contracts"
SLOW = "machine/two-channels"
NAMES = ("tickets", "loans", "shipments")
JSON = {"content-type": "application/json"}
WAREHOUSE = "/v2/warehouses/1e2feb89-414c-443c-9027-c4d1c386bbc4/shipments"


def contract_of(name: str) -> Contract:
    return load(FOLDER / f"{name}.yaml")


def edited(name: str, change: Any) -> Contract:
    document = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    change(document)
    return read_contract(document)


def verdict_on(contract: Contract, *names: str, rules: tuple[str, ...] = ("",), keep: bool = True) -> Verdict:
    chosen = [rule for rule in every_rule(contract) if rule.cost == 1 and rule.id.startswith(rules) and rule.id != SLOW]
    return judged(contract, generate_world(contract, size=100), chosen, *names, keep=keep)


def broken(verdict: Verdict) -> list[str]:
    return [finding.rule_id for finding in verdict.findings if finding.outcome is Outcome.FAILED]


def client(contract: Contract, key: bytes | None = None) -> Client:
    return Client(create_app(MockSettings(self_check=True), contract=contract), key)


@pytest.mark.parametrize("name", NAMES)
def test_the_contract_is_checked_without_a_finding(name: str) -> None:
    """Nothing in it is wrong, and nothing is beyond a tool."""
    done = CliRunner().invoke(main, ["contract", "check", "--contract", str(FOLDER / f"{name}.yaml")])

    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("name", NAMES)
def test_the_mock_keeps_the_contract(name: str) -> None:
    """The suite, strictly, finds nothing; most rules can be tried."""
    verdict = verdict_on(contract_of(name))

    outcomes = [finding.outcome for finding in verdict.findings]
    assert [(f.rule_id, f.complaints) for f in verdict.findings if f.outcome is Outcome.FAILED] == []
    assert outcomes.count(Outcome.PASSED) > 0.8 * len(outcomes)
    assert Outcome.INCONCLUSIVE not in outcomes


@pytest.mark.parametrize(
    ("name", "mutant", "area"),
    [
        ("tickets", "solve-late-state", "concurrency"),
        ("tickets", "error-body-422", "create"),
        ("loans", "error-body-422", "create"),
        ("shipments", "filter-state-lax", "filters"),
    ],
)
def test_a_fault_in_refusals_is_found_whatever_their_status_and_shape(name: str, mutant: str, area: str) -> None:
    """A mutant that looks at refusals does its wrong on this contract, too."""
    assert broken(verdict_on(contract_of(name), mutant, rules=(area,)))


def test_an_action_is_tried_in_a_state_in_which_it_is_accepted() -> None:
    """A ticket is solved before it is reopened, by every rule that expects a success."""
    verdict = verdict_on(contract_of("tickets"), rules=("status/reopen", "reopen/"))

    outcomes = {finding.rule_id: finding.outcome for finding in verdict.findings}
    assert {Outcome.PASSED} == {
        outcomes[id] for id in ("status/reopen", "reopen/effect", "reopen/twice", "reopen/neighbours")
    }


def test_an_action_in_the_wrong_state_is_refused_with_the_status_that_it_names() -> None:
    """409 where the action's responses have it, and no 400."""
    answer = Client(create_app(contract=contract_of("tickets")), None).call(
        "POST", "/tickets/1/reopen", headers={"X-Desk-Key": "demo"}
    )

    assert (answer.status, answer.json["code"]) == (409, "not_allowed")


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "said"),
    [
        ("GET", "/999999", None, 404, "Not found."),
        ("GET", "?state=lost", None, 400, 'state: "lost" is not a valid choice.'),
        ("POST", "", b"{", 400, "JSON parse error"),
        ("POST", "", {"region": "EU"}, 400, "reference: This field is required."),
        ("PUT", "", None, 405, "not allowed"),
    ],
)
def test_errors_have_the_shape_that_the_contract_gives_them(
    method: str, target: str, body: Any, status: int, said: str
) -> None:
    """A code and one message, as components/schemas/Error has it; the text still says what is wrong."""
    answer = client(contract_of("shipments")).call(
        method, WAREHOUSE + target, body, {"content-type": "application/json"}
    )

    assert (answer.status, set(answer.json)) == (status, {"code", "message"})
    assert said in answer.json["message"]


def problem(schema: dict[str, Any]) -> Answer:
    """A create without anything, refused in errors of this schema."""

    def change(document: dict[str, Any]) -> None:
        document["components"]["schemas"]["Error"] = schema

    return client(edited("shipments", change)).call(
        "POST", WAREHOUSE, {"region": 5}, {"content-type": "application/json"}
    )


def test_errors_by_field_are_told_in_a_list_of_objects() -> None:
    """Each text by itself, with the field that it is about."""
    text = {"type": "string"}
    one = {"type": "object", "required": ["field", "message"], "properties": {"field": text, "message": text}}
    many = {"type": "array", "minItems": 1, "items": one}
    answer = problem(
        {
            "type": "object",
            "required": ["status", "errors"],
            "properties": {"status": {"type": "integer"}, "errors": many},
        }
    )

    assert answer.json["status"] == 400
    assert {"field": "reference", "message": "reference: This field is required."} in answer.json["errors"]


def test_an_error_that_can_not_be_said_is_still_one_of_its_schema() -> None:
    """A property that nothing is known of has an ordinary value."""
    kinds = {"type": "string", "enum": ["bad", "worse"]}
    answer = problem(
        {"type": "object", "required": ["kind"], "properties": {"kind": kinds}, "additionalProperties": False}
    )

    assert answer.json in ({"kind": "bad"}, {"kind": "worse"})


def test_a_key_that_is_not_known_is_refused_in_that_shape_too() -> None:
    """The 401 comes from in front of the operations."""
    answer = client(contract_of("loans"), b"Bearer nope").call("GET", "/libraries/szyc/branches/138/loans/")

    assert (answer.status, answer.json) == (401, {"title": "Invalid token.", "status": 401})


def required(document: dict[str, Any]) -> None:
    for parameter in document["paths"]["/v2/warehouses/{warehouseId}/shipments"]["get"]["parameters"]:
        if parameter["name"] == "region":
            parameter["required"] = True


def test_a_list_that_demands_a_parameter_is_not_verified() -> None:
    """What the parameter leaves out would look lost; one line says so before anything is sent."""
    with pytest.raises(CouldNotRun, match="list demands the query parameter region, which verify does not support"):
        verdict_on(edited("shipments", required))


def test_the_banner_asks_for_a_list_with_what_it_demands_and_names_each_table_once() -> None:
    """Its curl works when pasted."""
    contract = edited("shipments", required)
    text = banner("http://mock", MockSettings(), generate_world(contract, size=20), contract)

    query = next(line for line in text.splitlines() if "curl" in line).partition("?")[2].rstrip('"')
    assert client(contract).call("GET", f"{WAREHOUSE}?{query}").status == 200
    assert all(line.count("sites such as") <= 1 for line in text.splitlines())


def test_what_a_list_can_not_do_is_said_by_the_check(tmp_path: Path) -> None:
    """A parameter that does nothing, and one that verify can't do without."""
    document = yaml.safe_load((FOLDER / "shipments.yaml").read_text(encoding="utf-8"))
    required(document)
    query = {"name": "expand", "in": "query", "schema": {"type": "boolean"}}
    document["paths"]["/v2/warehouses/{warehouseId}/shipments"]["get"]["parameters"].append(query)
    path = tmp_path / "contract.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    done = CliRunner().invoke(main, ["contract", "check", "--contract", str(path)])

    assert "expand does nothing in the mock" in done.output
    assert "region is required: verify asks for whole lists" in done.output


def test_records_that_nothing_deletes_are_told_of_in_one_line() -> None:
    """Not one line for each of hundreds."""
    verdict = verdict_on(contract_of("loans"), rules=("create/echoes", "create/sets", "create/initial"), keep=False)

    assert len(verdict.leftovers) == 1
    assert verdict.leftovers[0].endswith("no operation deletes one")


def test_what_must_be_refused_is_labelled_with_the_status_of_its_operation() -> None:
    """409 for an action of tickets, 400 for a body or a query."""
    found = {one.operation: one.status for one in payloads(contract_of("tickets"))}

    assert found == {"tickets": 400, "openTicket": 400, "replaceTicket": 400, "solve": 409, "close": 409, "reopen": 409}


def test_a_file_is_described_with_the_contract_that_it_is_of(tmp_path: Path) -> None:
    """--contract says nothing of what to generate."""
    path = tmp_path / "loans.ndjson"
    path.write_text('{"code": "L-000001"}\n', encoding="utf-8")
    arguments = ["fixtures", "describe", "--contract", str(FOLDER / "loans.yaml"), str(path)]
    done = CliRunner().invoke(main, arguments)

    assert done.exit_code == 0, done.output


class NullsMatch(httpx.BaseTransport):
    """The mock of shipments, whose bound on planned days also finds what is not planned."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.inner.handle_request(request)
        if "planned_for__lte" not in request.url.params or answer.status_code != 200:
            return answer
        url = request.url.copy_remove_param("planned_for__lte")
        every = self.inner.handle_request(httpx.Request("GET", url, headers=request.headers))
        page, all_rows = json.loads(answer.read()), json.loads(every.read())["results"]
        shown = page["results"] + [row for row in all_rows if row["plannedFor"] is None]
        return httpx.Response(200, json={**page, "count": page["count"] + 1, "results": shown})


def test_a_bound_that_finds_nulls_is_noticed() -> None:
    """Dates have no value of their own to ask for: bounds beyond all are asked."""
    contract = contract_of("shipments")
    scope = default_scope(contract)
    settings = Settings(LocalMock.url, scope=scope, profile=Profile.QUICK, schemathesis=False, keep=True)
    rules = [rule for rule in every_rule(contract) if rule.id == "filters/list/planned_for-lte/null"]
    with LocalMock(MockSettings(port=0), generate_world(contract, size=40), contract=contract) as mock:
        verdict = execute(settings, contract, rules=rules, transport=NullsMatch(mock.transport))

    assert broken(verdict) == ["filters/list/planned_for-lte/null"]
