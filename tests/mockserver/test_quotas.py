"""Quotas: one session or key can't take what others need, and what is refused has done nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from in_process import Answer, Client
from prometheus_client.parser import text_string_to_metric_families

from cancelkit.mockserver import create_app
from cancelkit.mockserver.cli import mock
from cancelkit.mockserver.quotas.quotas import BUCKETS, OverQuota, Quotas, Rate
from cancelkit.mockserver.settings import Quota, Settings
from cancelkit.spec import Contract, Role, load
from cancelkit.spec.values import Values
from tests.mockserver.bench import LIST, NEW, ONE, Bench

CONTRACTS = Path(__file__).parents[1] / "contracts"
RARELY = 0.001
"""Calls a second of whom one is enough for a test."""


def _bench(**quota: Any) -> Bench:
    return Bench(quota=Quota(**quota))


def test_no_quota_refuses_anything_by_default() -> None:
    bench = Bench()

    assert not Settings().quota
    assert {bench.call("POST", LIST, NEW).status_code for _ in range(20)} == {201}


def test_calls_a_second_are_each_sessions_own() -> None:
    """By any of the three ways to name a session; the answer says when to come again."""
    bench = _bench(calls=RARELY)
    answers = [
        bench.call("GET", path, origin="https://shop.test") for path in (LIST, f"/s/own{LIST}", f"/s/own{LIST}", LIST)
    ]
    other = [bench.call("GET", ONE, x_mock_session="other"), bench.call("GET", ONE, cookie="mock_session=other")]

    assert [answer.status_code for answer in (*answers, *other)] == [200, 200, 429, 429, 200, 429]
    assert answers[2].json() == {"detail": "Each session has a quota of 0.001 calls a second.", "code": "quota_calls"}
    assert answers[2].headers["retry-after"] == "1000"
    assert answers[2].headers["access-control-allow-origin"] == "https://shop.test"


def test_calls_a_second_are_each_keys_own_whatever_session_it_names() -> None:
    """Keys that the mock does not know share one, and so do calls without any: inventing keys gains nothing."""
    bench = Bench(quota=Quota(by="key", calls=RARELY), tokens=("one", "two"))

    def status(key: str, session: str) -> int:
        return bench.call("GET", LIST, authorization=key, x_mock_session=session).status_code

    assert [status("Token one", "a"), status("Token two", "a"), status("one", "b")] == [200, 200, 429]
    assert [status("Token mine", "a"), status("Token yours", "a"), status("", "c")] == [401, 429, 429]
    assert [entry["name"] for entry in bench.get("/_mock/sessions")["sessions"]] == ["default", "a"]


def test_a_bucket_fills_by_itself() -> None:
    rate = Rate(2.0)
    at_once = [rate.take("team", 10.0) for _ in range(3)]
    later = [rate.take("team", now) for now in (10.5, 10.5, 99.0, 99.0, 99.0)]

    assert at_once == [0.0, 0.0, 0.5]
    assert later == [0.0, 0.5, 0.0, 0.0, 0.5]


def test_callers_that_never_come_again_are_forgotten() -> None:
    """Names and keys can be made up: they must not fill the memory, at once or in time."""
    rate = Rate(1.0)
    for number in range(3 * BUCKETS):
        rate.take(f"at-once-{number}", 0.0)
    rate.take("regular", 5.0)
    for number in range(BUCKETS // 2):
        rate.take(f"later-{number}", 5.5)

    assert len(rate._left) <= BUCKETS
    assert rate.take("regular", 5.6) == pytest.approx(0.4)


@pytest.mark.parametrize("gone", ["deleted", "reset"])
def test_records_are_those_beside_the_start(gone: str) -> None:
    """By the API and by the control endpoints; what is deleted makes room; what is refused changes nothing."""
    bench = _bench(records=2)
    made = [bench.call("POST", LIST, NEW) for _ in range(4)]
    by_control = bench.call("POST", "/_mock/records", {})
    there = bench.count()
    patched = bench.call("PATCH", ONE, {"quantity": 2})
    elsewhere = bench.call("POST", LIST, NEW, x_mock_session="other")
    if gone == "deleted":
        bench.call("DELETE", f"{LIST}{made[0].json()['id']}/")
    else:
        bench.post("/_mock/reset")

    assert [answer.status_code for answer in made] == [201, 201, 429, 429]
    assert made[2].json()["code"] == "quota_records"
    assert (by_control.status_code, by_control.json()["code"]) == (429, "quota_records")
    assert int(by_control.headers["retry-after"]) > 0
    assert (patched.status_code, elsewhere.status_code) == (200, 201)
    assert there == bench.count() + (1 if gone == "deleted" else 2)
    assert bench.call("POST", LIST, NEW).status_code == 201


def test_scenarios_and_imports_count_too() -> None:
    """As a whole: none of their records is there when they are refused."""
    bench = _bench(records=5)
    world = Bench().get("/_mock/export")
    refused = bench.call("POST", "/_mock/scenario", [{"count": 6}])
    emptied = bench.call("POST", "/_mock/scenario", {"start": "empty", "requests": [{"count": 60}]})
    started = bench.post("/_mock/reset")["records"]
    larger = Bench(quota=Quota(records=5))
    larger.post("/_mock/scenario", {"start": "empty", "requests": []})
    many = larger.call("POST", "/_mock/scenario", [{"count": 66}])

    assert [refused.status_code, emptied.status_code, many.status_code] == [429, 200, 429]
    assert bench.call("POST", "/_mock/import", world).json()["records"] == started
    assert larger.count() == 0


def test_a_sessions_records_are_those_of_the_key_that_called_it_first() -> None:
    """All sessions of a key together; the default session is nobody's."""
    bench = Bench(quota=Quota(by="key", records=2), tokens=("one", "two", "demo"))

    def create(key: str, **headers: str) -> int:
        return bench.call("POST", LIST, NEW, authorization=f"Token {key}", **headers).status_code

    assert [create("one", x_mock_session=name) for name in ("a", "b", "c")] == [201, 201, 429]
    assert [create("two", x_mock_session="a"), create("two", x_mock_session="d")] == [429, 201]
    assert [create("one"), create("two"), create("one")] == [201, 201, 429]
    assert bench.session("c") == {}


def test_memory_is_what_records_and_snapshots_keep() -> None:
    """Reading and deleting go on; the exact size counts, not what a write was thought to take."""
    bench = _bench(memory=40_000)
    large = {**NEW, "description": "x" * 3000}
    answers = [bench.call("POST", LIST, large) for _ in range(20)]
    last = next(answer for answer in answers if answer.status_code != 201)
    made = [answer for answer in answers if answer.status_code == 201]
    kept = bench.session("default")["bytes"]

    assert (last.status_code, last.json()["code"]) == (429, "quota_memory")
    assert len(made) >= 5
    assert kept > 20_000
    assert bench.call("PATCH", ONE, {"quantity": 3}).status_code in (200, 429)
    assert bench.call("PUT", "/_mock/snapshots/full").status_code == 429
    assert bench.call("GET", ONE).status_code == 200
    assert bench.call("POST", LIST, NEW, x_mock_session="other").status_code == 201
    assert bench.call("DELETE", f"{LIST}{made[0].json()['id']}/").status_code == 204


def test_memory_that_was_given_back_is_there_a_second_later() -> None:
    now = [0.0]
    bench = Bench()
    quotas = Quotas(Quota(memory=20_000), bench.app.sessions, lambda: now[0])
    for _ in range(8):
        bench.call("POST", LIST, {**NEW, "description": "x" * 3000})
    with pytest.raises(OverQuota, match="MB of records"):
        quotas.keep("default")
    bench.post("/_mock/reset")
    now[0] = 1.0
    quotas.keep("default")


def test_a_refused_call_does_nothing_but_stand_in_the_journal() -> None:
    """No session is made, no fault is used up, nothing moves on; the metrics tell it."""
    bench = _bench(calls=RARELY)
    bench.get(LIST, x_mock_session="own")
    bench.call("POST", "/_mock/faults?session=own", {"kind": "status", "status": 503, "count": 1})
    before = bench.session("own")
    bench.call("DELETE", f"/s/own{ONE}?token=s3cret-key", prefer="code=404")
    calls = bench.get("/_mock/journal?session=own")["calls"]
    faults = bench.get("/_mock/faults?session=own")["faults"]
    text = bench.call("GET", "/_mock/metrics").text
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }

    assert [(call["status"], call["fault"], call["violations"]) for call in calls][1:] == [(429, "quota", [])]
    assert calls[1]["path"] == ONE
    assert calls[1]["note"] == "Each session has a quota of 0.001 calls a second."
    assert "s3cret" not in str(calls)
    assert (faults[0]["hits"], bench.session("own")["calls"]) == (0, before["calls"])
    assert samples["cancelkit_mock_refused_by_quota_total", "calls"] == 1
    assert samples["cancelkit_mock_calls_total", calls[1]["operation"], "429"] == 1


def test_a_call_refused_by_its_key_makes_no_session_and_stands_in_the_default_journal() -> None:
    bench = _bench(by="key", calls=RARELY)
    bench.get(LIST)
    refused = bench.call("GET", f"/s/new{LIST}")
    calls = bench.get("/_mock/journal")["calls"]

    assert refused.status_code == 429
    assert [entry["name"] for entry in bench.get("/_mock/sessions")["sessions"]] == ["default"]
    assert [(call["path"], call["status"]) for call in calls] == [(LIST, 200), (f"/s/new{LIST}", 429)]


def test_control_endpoints_probes_and_pages_take_no_calls() -> None:
    bench = _bench(calls=RARELY)
    statuses = [
        bench.call("GET", path).status_code for path in ("/_mock/sessions", "/healthz", "/docs/", "/openapi.json") * 3
    ]

    assert set(statuses) == {200}
    assert bench.call("GET", LIST).status_code == 200


def _refused(contract: Contract) -> tuple[Answer, Answer]:
    client = Client(create_app(Settings(quota=Quota(calls=RARELY)), contract=contract))
    listing = contract.role(Role.LIST)
    assert listing is not None
    client.call("GET", "/nowhere")
    return client.call("GET", listing.path), client.call("GET", "/nowhere")


@pytest.mark.parametrize("name", ["loans", "shipments", "tickets"])
def test_the_answer_has_the_shape_of_the_contracts_errors(name: str) -> None:
    """Also where the contract says nothing of a 429."""
    contract = load(CONTRACTS / f"{name}.yaml")
    listing = contract.role(Role.LIST)
    assert listing is not None
    answer, unknown = _refused(contract)
    described = next(r for status in (429, 403, 401, 404, 400) if (r := listing.response(status)) and r.schema)

    assert (answer.status, unknown.status) == (429, 429)
    assert Values(described.schema, direction="response").admits(answer.json)
    assert answer.headers["content-type"] == described.media_type
    assert "quota" in answer.body.decode()
    assert answer.json.get("status", 429) == 429
    assert int(answer.headers["retry-after"]) > 0


def test_a_429_that_the_contract_describes_is_what_is_answered(tmp_path: Path) -> None:
    document = yaml.safe_load((CONTRACTS / "tickets.yaml").read_text(encoding="utf-8"))
    slow = {"type": "object", "required": ["wait_seconds", "why"], "additionalProperties": False}
    slow["properties"] = {"wait_seconds": {"type": "integer", "minimum": 1}, "why": {"type": "string"}}
    described = {"description": "Slow down.", "content": {"application/slow+json": {"schema": slow}}}
    path = load(CONTRACTS / "tickets.yaml").role(Role.LIST).path  # type: ignore[union-attr]
    document["paths"][path]["get"]["responses"]["429"] = described
    (tmp_path / "slow.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    answer, _ = _refused(load(tmp_path / "slow.yaml"))

    assert answer.headers["content-type"] == "application/slow+json"
    assert set(answer.json) == {"wait_seconds", "why"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--quota-calls", "0"], "--quota-calls"),
        (["--quota-records", "-1"], "--quota-records"),
        (["--quota-memory", "0"], "--quota-memory"),
        (["--quota-by", "team"], "--quota-by"),
        (["--quota-calls", "5", "--quota-by", "key", "--contract", "CONTRACT"], "use --quota-by session"),
        (["--quota-by", "key"], "--quota-by key needs"),
    ],
)
def test_wrong_options_are_refused(options: list[str], said: str, tmp_path: Path) -> None:
    document = yaml.safe_load((CONTRACTS / "tickets.yaml").read_text(encoding="utf-8"))
    document.pop("security", None)
    document["components"].pop("securitySchemes", None)
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                operation.pop("security", None)
    (tmp_path / "open.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    given = [str(tmp_path / "open.yaml") if option == "CONTRACT" else option for option in options]
    run = CliRunner().invoke(mock, [*given, "--port", "0"])

    assert (run.exit_code, said in run.output) == (2, True), run.output
