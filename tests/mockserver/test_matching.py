"""Whether the calls that were made are those that were expected."""

from __future__ import annotations

from typing import Any

import pytest

from cancelkit.mockserver.journal.calls import CallReader
from cancelkit.mockserver.journal.matching import ExpectationError, expectations, verify
from cancelkit.mockserver.journal.ring import Entry, Journal
from cancelkit.spec import load

CONTRACT = load()
READER = CallReader(CONTRACT)
LIST = "/api/channel/5/cancellation_requests/"
REJECT, PATCH = "rejectCancellationRequest", "partialUpdateCancellationRequest"


def journal(*calls: tuple[str, str, int, bytes]) -> list[Entry]:
    kept = Journal()
    for method, path, status, body in calls:
        path, _, query = path.partition("?")
        kind = b"application/json" if body else None
        facts = (0.0, method, path, query.encode(), status, 0.001, None, False, kind, body, len(body), b"", 0, None)
        kept.add(facts, len(body))
    return list(kept)


CALLS = journal(
    ("PATCH", f"{LIST}7/", 200, b'{"status":"approved","iban":"TR1"}'),
    ("POST", f"{LIST}7/reject/", 200, b""),
    ("GET", f"{LIST}?status=waiting&pk__in=1,2", 200, b""),
)


def judge(*lines: dict[str, Any], calls: list[Entry] = CALLS, **how: bool) -> dict[str, Any]:
    return verify(READER, calls, expectations(list(lines), CONTRACT.operations), **how)


@pytest.mark.parametrize(
    "line",
    [
        {"operation": REJECT, "id": 7, "status": 200, "count": 1},
        {"operation": PATCH, "body": {"status": "approved"}},
        {"operation": "listCancellationRequests", "query": {"status": "waiting", "pk__in": [1, 2]}},
        {"operation": "deleteCancellationRequest", "count": 0},
        {"operation": PATCH, "count": {"min": 1, "max": 2}},
        {"operation": REJECT, "id": 8, "count": {"max": 0}},
    ],
)
def test_what_was_done_is_found(line: dict[str, Any]) -> None:
    """By operation, id, status, part of the body, query and count."""
    assert judge(line) == {"ok": True, "calls": 3, "problems": []}


def test_exactly_one_reject_after_a_patch_and_no_violation() -> None:
    """The order and the client's manners are part of what can be expected."""
    lines = ({"operation": PATCH, "id": 7}, {"operation": REJECT, "id": 7, "count": 1})

    assert judge(*lines, ordered=True, no_violations=True)["ok"]
    assert not judge(*reversed(lines), ordered=True)["ok"]


def test_the_nearest_call_is_shown_with_what_differs() -> None:
    """What was expected and what was sent stand below each other."""
    line = {"operation": PATCH, "id": 7, "body": {"status": "rejected", "quantity": 2}}
    problem = judge(line)["problems"][0]

    assert problem["expected"] == {**line, "count": {"min": 1}}
    assert problem["found"] == "0 such calls, expected at least 1"
    assert problem["nearest"] == [
        "call 1: PATCH /api/channel/5/cancellation_requests/7/ -> 200",
        '- body.status: "rejected"',
        '+ body.status: "approved"',
        "- body.quantity: 2",
        "+ body.quantity: (not sent)",
    ]


def test_too_many_calls_are_listed() -> None:
    """A call made twice though one was expected is shown twice."""
    twice = journal(*[("POST", f"{LIST}7/reject/", status, b"") for status in (200, 400)])
    problem = judge({"operation": REJECT, "count": 1}, calls=twice)["problems"][0]

    assert problem["found"] == "2 such calls, expected 1"
    assert [line.split(" -> ")[1] for line in problem["nearest"]] == ["200", "400"]


def test_a_missing_operation_names_those_that_were_called() -> None:
    """The commonest mistake, another operation than thought, is seen at once."""
    problem = judge({"operation": "createCancellationRequest"})["problems"][0]

    assert REJECT in problem["nearest"][0]
    assert judge({"operation": REJECT}, calls=[])["problems"][0]["nearest"] == ["no call was made at all"]


def test_violations_are_counted_when_none_is_wanted() -> None:
    """Calls that the mock answered with 200 can still be in violation."""
    broken = journal(("GET", f"{LIST}?colour=red", 200, b""))
    problem = judge(calls=broken, no_violations=True)["problems"][0]

    assert problem["found"] == "1 violation of the contract in 1 call"
    assert "undocumented-parameter" in problem["nearest"][0]


def test_true_is_not_one() -> None:
    """A body's values must be of the expected JSON type."""
    calls = journal(("PATCH", f"{LIST}7/", 200, b'{"quantity":1,"x":{"a":1,"b":2}}'))

    assert not judge({"operation": PATCH, "body": {"quantity": True}}, calls=calls)["ok"]
    assert judge({"operation": PATCH, "body": {"x": {"b": 2}}}, calls=calls)["ok"]


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({}, "calls must be a list"),
        ([5], r"calls\[0\]"),
        ([{}], r"calls\[0\] names no operation"),
        ([{"operation": "nope"}], r"calls\[0\].operation"),
        ([{"operation": REJECT}, {"operation": REJECT, "id": [7]}], r"calls\[1\].id"),
        ([{"operation": REJECT, "count": -1}], "count"),
        ([{"operation": REJECT, "count": {"min": 3, "max": 1}}], "count"),
        ([{"operation": REJECT, "count": {}}], "count"),
        ([{"operation": REJECT, "query": []}], "query"),
        ([{"operation": REJECT, "path": "/"}], "path"),
    ],
)
def test_an_expectation_that_makes_no_sense_is_refused(given: object, place: str) -> None:
    """The message names the element and the key."""
    with pytest.raises(ExpectationError, match=place):
        expectations(given, CONTRACT.operations)
