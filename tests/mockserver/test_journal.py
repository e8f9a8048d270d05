"""What the mock remembers of its calls, and what it makes of them."""

from __future__ import annotations

import json

import pytest

from cancelkit.mockserver.journal.ring import BODY, OVERHEAD, Journal
from tests.mockserver.bench import LIST, NEW, ONE, Bench

SECRET = "s3cret-key-of-a-shop"


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_call_is_remembered_with_all_that_matters(bench: Bench) -> None:
    """Operation, status, bodies, record and violations, newest last."""
    made = bench.post(LIST, NEW | {"remote_id": 5}, x_mock_session="a")
    bench.get(f"{LIST}?status=waiting&colour=red", x_mock_session="a")
    journal = bench.get("/_mock/journal?session=a")
    create, listing = journal["calls"]

    assert (create["seq"], listing["seq"], journal["last"]) == (1, 2, 2)
    assert create["operation"] == "createCancellationRequest"
    assert (create["method"], create["path"], create["status"], create["record"]) == ("POST", LIST, 201, made["id"])
    assert json.loads(create["request_body"])["remote_id"] == 5
    assert json.loads(create["response_body"]) == made
    assert [violation["code"] for violation in create["violations"]] == ["undocumented-field"]
    assert listing["query"] == "status=waiting&colour=red"
    assert [violation["code"] for violation in listing["violations"]] == ["undocumented-parameter"]
    assert not create["truncated"]


def test_a_token_is_never_in_the_journal(bench: Bench) -> None:
    """Its fingerprint tells tokens apart; the text is nowhere, with or without its prefix."""
    for value in (f"Token {SECRET}", f"token {SECRET}", SECRET, "Token another"):
        bench.call("GET", ONE, authorization=value)
    texts = [bench.call("GET", path).text for path in ("/_mock/journal", "/_mock/journal.har", "/_mock/status")]
    calls = json.loads(texts[0])["calls"]

    assert not any(SECRET in text for text in texts)
    assert calls[0]["token"] == calls[1]["token"] == calls[2]["token"] != calls[3]["token"]
    assert [[violation["code"] for violation in call["violations"]] for call in calls] == [[], [], ["bare-key"], []]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [1, 2, 3, 4]),
        ("?operation=retrieveCancellationRequest", [1, 4]),
        ("?status=404", [2]),
        ("?status=4xx", [2, 3]),
        ("?method=post", [3]),
        ("?violation=true", [2, 3]),
        ("?breach=true", [2, 3]),
        ("?violation=false", [1, 4]),
        ("?since=2", [3, 4]),
        ("?limit=1", [4]),
        ("?status=200&since=1&limit=5", [4]),
    ],
)
def test_calls_are_filtered(bench: Bench, query: str, expected: list[int]) -> None:
    """By what was asked, what was answered, and whether the client kept the contract."""
    bench.get(ONE)
    bench.call("GET", "/api/nowhere/")
    bench.call("POST", LIST, {})
    bench.get(ONE)

    assert [call["seq"] for call in bench.get(f"/_mock/journal{query}")["calls"]] == expected


def test_control_calls_pages_and_preflights_are_not_calls(bench: Bench) -> None:
    """Only what a client under test does is remembered; a call that no operation knows is."""
    bench.get("/_mock/status")
    bench.call("GET", "/docs/")
    bench.call("GET", "/openapi.json")
    bench.call("OPTIONS", ONE, origin="http://shop.example")
    bench.call("GET", "/api/wrong")

    assert [call["path"] for call in bench.get("/_mock/journal")["calls"]] == ["/api/wrong"]


def test_the_journal_is_a_ring_of_so_many_calls() -> None:
    """The oldest go first; numbering goes on; coverage still knows them."""
    bench = Bench(journal_size=3)
    for number in range(1, 6):
        bench.get(f"{LIST}{number}/" if number < 2 else ONE)
    journal = bench.get("/_mock/journal")
    covered = {row["id"]: row for row in bench.get("/_mock/coverage")["operations"]}

    assert [call["seq"] for call in journal["calls"]] == [3, 4, 5]
    assert covered["retrieveCancellationRequest"]["calls"] == 5
    assert covered["retrieveCancellationRequest"]["statuses"]["200"] == 5


def test_the_ring_is_limited_in_bytes() -> None:
    """Large bodies push out more of the old calls."""
    journal = Journal(calls=1000, total=10 * (OVERHEAD + 100))
    for number in range(50):
        body = b"x" * 100 if number < 40 else b"x" * 1000
        facts = (0.0, "GET", "/", b"", 200, 0.0, None, False, None, b"", 0, body, len(body), None)
        journal.add(facts, len(body))

    assert journal.weight <= 10 * (OVERHEAD + 100)
    assert [entry.seq for entry in journal] == [48, 49, 50]


def test_a_large_body_is_kept_in_part(bench: Bench) -> None:
    """The mock got it whole; the journal says that it was cut, and does not judge what it does not know."""
    bench.call("PATCH", ONE, {"description": "x" * 2 * BODY})
    call = bench.get("/_mock/journal")["calls"][0]

    assert (len(call["request_body"]), len(call["response_body"]), call["truncated"]) == (BODY, BODY, True)
    assert call["violations"] == []
    assert len(bench.get(ONE)["description"]) == 2 * BODY


def test_a_journal_can_be_forgotten(bench: Bench) -> None:
    """With it what was covered; other sessions keep theirs."""
    bench.get(ONE)
    bench.get(ONE, x_mock_session="a")
    bench.call("DELETE", "/_mock/journal")

    assert bench.get("/_mock/journal") == {"session": "default", "calls": [], "last": 1}
    assert bench.get("/_mock/coverage")["summary"]["operations"] == "0/9"
    assert len(bench.get("/_mock/journal?session=a")["calls"]) == 1


@pytest.mark.parametrize("key", ["no_violations", "no_breaches"])
def test_exactly_one_reject_after_a_patch_and_no_violation(bench: Bench, key: str) -> None:
    """What a test wants to know of its client, in one call."""
    expected = {
        "calls": [
            {"operation": "partialUpdateCancellationRequest", "id": 1, "body": {"description": "x"}},
            {"operation": "rejectCancellationRequest", "id": 1, "count": 1},
        ],
        "ordered": True,
        key: True,
    }
    bench.patch(ONE, {"description": "x"})
    bench.post(f"{ONE}reject/")
    good = bench.post("/_mock/verify", expected)
    bench.call("POST", f"{ONE}reject/?why=1")
    bad = bench.post("/_mock/verify", expected)

    assert good == {"session": "default", "ok": True, "calls": 2, "problems": []}
    assert not bad["ok"]
    assert [problem["found"] for problem in bad["problems"]] == [
        "2 such calls, expected 1",
        "1 violation of the contract in 1 call",
    ]


@pytest.mark.parametrize("body", [{"calls": [{}]}, {"calls": 5}, {"ordered": 1}, {"cals": []}, {"since": "x"}, []])
def test_a_verify_that_makes_no_sense_is_refused(bench: Bench, body: object) -> None:
    """A misspelt expectation must not pass for a met one."""
    assert bench.call("POST", "/_mock/verify", body).status_code == 400


def test_coverage_counts_what_the_contract_documents(bench: Bench) -> None:
    """Every operation, status and parameter is listed, seen or not."""
    bench.get(f"{LIST}?status=waiting&limit=5&nonsense=1")
    bench.call("GET", f"{LIST}?limit=0")
    bench.call("POST", LIST, {})
    report = bench.get("/_mock/coverage")
    rows = {row["id"]: row for row in report["operations"]}
    listed = rows["listCancellationRequests"]

    assert report["summary"]["operations"] == "2/9"
    assert report["summary"]["statuses"].startswith("3/")
    assert report["summary"]["parameters"].startswith("2/")
    assert (listed["statuses"]["200"], listed["statuses"]["400"], listed["statuses"]["404"]) == (1, 1, 0)
    assert (listed["parameters"]["limit"], listed["parameters"]["sku"]) == (2, 0)
    assert "nonsense" not in listed["parameters"]


def test_the_journal_is_exported_as_har(bench: Bench) -> None:
    """With what every reader of HAR 1.2 wants, and the URL that the client called."""
    bench.post(LIST, NEW)
    bench.get(f"{LIST}?limit=1&sku=a%20b")
    log = bench.get("/_mock/journal.har")["log"]
    create, listing = log["entries"]

    assert log["version"] == "1.2"
    assert create["request"]["url"] == f"http://localhost{LIST}"
    assert json.loads(create["request"]["postData"]["text"]) == NEW
    assert create["response"]["status"] == 201
    assert json.loads(create["response"]["content"]["text"])["order_item"] == 1
    assert listing["request"]["queryString"] == [{"name": "limit", "value": "1"}, {"name": "sku", "value": "a b"}]
    for entry in log["entries"]:
        assert set(entry) >= {"startedDateTime", "time", "request", "response", "cache", "timings"}
        assert set(entry["timings"]) == {"send", "wait", "receive"}


@pytest.mark.parametrize("query", ["operation=listRequests", "status=9xx", "status=4x", "status=ok"])
def test_a_filter_that_can_match_no_call_is_refused(bench: Bench, query: str) -> None:
    """A misspelt one would look as if no call had been made."""
    answer = bench.call("GET", f"/_mock/journal?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert query.partition("=")[0] in answer.json()["detail"]


def test_a_value_that_is_none_of_those_listed_is_told_with_all_of_them(bench: Bench) -> None:
    """Whoever misspelt a status sees which there are."""
    bench.call("GET", f"{LIST}?status=approvd")
    (call,) = bench.get("/_mock/journal")["calls"]
    edit = bench.call("PATCH", "/_mock/records/1", {"status": "approvd"}).json()
    listed = '"waiting", "rejected", "confirmed", "waiting_approval", "approved", "completed"'

    assert call["violations"][0]["message"] == f'status: "approvd" is not one of {listed}'
    assert edit["status"] == [f'"approvd" is not one of {listed}']
