"""Scenarios: the requests that a test wants to find."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cancelkit.mockserver.scenarios.scenario import ScenarioError, from_file, read
from cancelkit.spec import load
from tests.mockserver.bench import LIST, Bench

NOW = datetime(2025, 6, 15, 12, tzinfo=UTC)
SHOP = """
cancelkit_scenario: 1
start: empty
now: 2025-06-15T12:00:00Z
requests:
  - count: 3
    cancellation_type: refund
    status: waiting_approval
    easy_return: true
  - status: rejected
    created: 10 days ago
    modified: last week
    description: Too late
    cancellation_plan: rejected
  - channel: 6
    status: completed
"""


def test_a_file_is_played_at_the_start(tmp_path: Path) -> None:
    """Three refunds waiting for approval, one rejected last week: in every session, and again after a reset."""
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP)
    bench = Bench(scenario=from_file(file, load(), NOW))
    bench.call("DELETE", f"{LIST}61/")
    bench.post("/_mock/reset")

    for headers in ({}, {"x_mock_session": "a"}):
        waiting = bench.get(f"{LIST}?status=waiting_approval", **headers)["results"]
        (rejected,) = bench.get(f"{LIST}detailed?status=rejected", **headers)["results"]
        assert bench.count(**headers) == 4
        assert {(request["cancellation_type"], bool(request["easy_return"])) for request in waiting} == {
            ("refund", True)
        }
        assert rejected["modified_date"] == "2025-06-08T12:00:00.000000Z"
        assert rejected["created_date"] == "2025-06-05T12:00:00.000000Z"
        assert rejected["cancellation_plan"]["status"] == "rejected"
    assert bench.get("/_mock/clock")["now"] == "2025-06-15T12:00:00.000000Z"


def test_a_scenario_is_played_in_a_session(bench: Bench) -> None:
    """Its requests come beside those that are there, and their ids are told in the order of the recipes."""
    told = bench.post("/_mock/scenario?session=a", {"requests": [{"count": 2}, {"channel": 6, "status": "approved"}]})
    third = bench.get(f"/api/channel/6/cancellation_requests/{told['created'][2]}/", x_mock_session="a")

    assert told == {"session": "a", "records": 63, "created": [61, 62, 63]}
    assert third["status"] == "approved"
    assert bench.get("/_mock/export")["cancellation_requests"][-1]["id"] == 60


def test_a_scenario_that_does_not_fit_changes_nothing(bench: Bench) -> None:
    """A recipe that the world has nothing for is named, and no request of the others is made."""
    refused = bench.call("POST", "/_mock/scenario", [{"count": 5}, {"order_item": 99999}])

    assert refused.status_code == 400
    assert refused.json()["detail"].startswith("requests[1]: ")
    assert "order_item" in refused.json()["detail"]
    assert bench.get("/_mock/records")["count"] == 60


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("now", timedelta()),
        ("yesterday", timedelta(days=1)),
        ("last week", timedelta(weeks=1)),
        ("3 days ago", timedelta(days=3)),
        ("an hour ago", timedelta(hours=1)),
        ("2025-06-14", timedelta(days=1, hours=12)),
        ("2025-06-15T14:00:00+03:00", timedelta(hours=1)),
        (datetime(2025, 6, 15, 11), timedelta(hours=1)),
        (datetime(2025, 6, 15).date(), timedelta(hours=12)),
    ],
)
def test_times_are_written_as_people_do(text: object, ago: timedelta) -> None:
    """Counted back from now, or as a date; YAML may have read it already."""
    scenario = read([{"created": text}], load(), NOW)

    assert scenario.recipes[0].created == NOW - ago


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ("waiting", "list of recipes"),
        ({"request": []}, "'request'"),
        ({"start": "full"}, "start"),
        ({"requests": {}}, "requests"),
        ([5], r"requests\[0\]"),
        ([{"status": "open"}], r"requests\[0\].status.*waiting"),
        ([{}, {"colour": "red"}], r"requests\[1\].*'colour'"),
        ([{"count": -1}], "count"),
        ([{"count": 1_000_000}], "count"),
        ([{"count": 60_000}] * 2, "at most"),
        ([{"created": "soon"}], "created"),
        ([{"created": "999999 years ago"}], "created"),
        ([{"created": "yesterday", "modified": "last week"}], "before created"),
        ([{"easy_return": 5}], "easy_return"),
        ([{"cancellation_plan": "x"}], "cancellation_plan"),
        ([{"channel": "5"}], "channel"),
        ({"now": "soon"}, "now"),
        ({"cancelkit_scenario": 2}, "must be 1"),
    ],
)
def test_a_scenario_that_makes_no_sense_is_refused(data: object, place: str) -> None:
    """The message names the place."""
    with pytest.raises(ScenarioError, match=place):
        read(data, load(), NOW)


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"requests: [", "is not YAML"), (b"\xff", "can't be read"), (None, "can't be read"), (b"start: full", "start")],
)
def test_a_file_that_is_no_scenario_is_refused(tmp_path: Path, content: Any, what: str) -> None:
    """The message names the file."""
    file = tmp_path / "shop.yaml"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ScenarioError, match=rf"shop.yaml.*{what}"):
        from_file(file, load(), NOW)


def test_escaped_halves_of_a_character_are_put_together(tmp_path: Path) -> None:
    """JSON writes what lies beyond 16 bits as two escapes, and YAML's reader leaves them apart."""
    file = tmp_path / "shop.json"
    file.write_text(
        r'{"start": "empty", "requests": [{"description": "\ud83d\ude00", "attributes": {"\ud83d\ude00": [1]}}]}'
    )
    (record,) = Bench(scenario=from_file(file, load(), NOW)).get(LIST)["results"]

    assert (record["description"], record["attributes"]) == ("😀", {"😀": [1]})


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (r'- {description: "\ud800x"}', r'\[0\]\.description: "\\ud800x"'),
        (r'- {easy_return: {tracking_number: "\udc00"}}', r"\[0\]\.easy_return\.tracking_number: "),
        (r'- {attributes: {a: ["\ud800"]}}', r"\[0\]\.attributes\.a\[0\]: "),
        (r'- {attributes: {"\ud800": 1}}', r'\[0\]\.attributes: "\\ud800"'),
        (r'"\ud800": 1', r'the scenario: "\\ud800"'),
        ("- &a [*a]", "nested too deeply"),
    ],
)
def test_half_a_character_is_named(tmp_path: Path, text: str, place: str) -> None:
    """No answer can hold it; the message says where it stands."""
    file = tmp_path / "shop.yaml"
    file.write_text(text)

    with pytest.raises(ScenarioError, match=place):
        from_file(file, load(), NOW)
