"""A session's clock and progress, through the mock."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mockserver.bench import LIST, NEW, ONE, Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()


def statuses(bench: Bench, times: int, path: str = ONE) -> list[str]:
    return [bench.get(path)["status"] for _ in range(times)]


def test_dates_follow_the_clock(bench: Bench) -> None:
    """created_date and modified_date are the session's time; another session has its own."""
    bench.post("/_mock/clock", {"freeze": "2024-02-29T23:59:59Z"})
    made = bench.post(LIST, NEW)
    bench.post("/_mock/clock", {"advance": 86400})
    changed = bench.patch(f"{LIST}{made['id']}/", {"description": "later"})
    other = bench.post(LIST, NEW, x_mock_session="a")

    assert made["created_date"] == made["modified_date"] == "2024-02-29T23:59:59.000000Z"
    assert changed["created_date"] == "2024-02-29T23:59:59.000000Z"
    assert changed["modified_date"] == "2024-03-01T23:59:59.000000Z"
    assert other["created_date"] > "2025"


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"freeze": False},
        {"set": "soon"},
        {"advance": "1"},
        {"advance": 1e30},
        {"release": 1},
        {"set": "2025-01-01", "advance": 1},
        {"stop": True},
    ],
)
def test_a_change_of_the_clock_that_makes_no_sense_is_refused(bench: Bench, change: dict[str, Any]) -> None:
    """400 with a text, and the clock goes on as before."""
    answer = bench.call("POST", "/_mock/clock", change)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert bench.get("/_mock/clock")["offset_seconds"] == 0


def test_a_request_is_approved_after_three_reads(bench: Bench) -> None:
    """The third read is answered with the old status, the fourth with the new; lists and the page count as no read."""
    bench.put("/_mock/progress", {"rules": [{"from": "waiting", "to": "approved", "after_reads": 3}]})
    bench.get(LIST)
    bench.get("/_mock/records/1")
    seen = statuses(bench, 2) + statuses(bench, 2, f"{ONE}detailed/")

    assert seen == ["waiting", "waiting", "waiting", "approved"]


def test_a_request_is_approved_after_some_seconds(bench: Bench) -> None:
    """Of the session's clock; lists, filters and single reads agree."""
    bench.post("/_mock/clock", {"freeze": "2027-01-01T00:00:00Z"})
    bench.put("/_mock/progress", {"rules": [{"from": "waiting", "to": "approved", "after_seconds": 5}]})
    made = bench.post(LIST, NEW)["id"]
    before = bench.get(f"{LIST}{made}/")
    bench.post("/_mock/clock", {"advance": 5})
    after = bench.get(f"{LIST}{made}/")

    assert (before["status"], after["status"]) == ("waiting", "approved")
    assert after["modified_date"] == "2027-01-01T00:00:05.000000Z"
    assert bench.get(f"{LIST}?status=waiting")["count"] == 0


def test_progress_is_off_until_it_is_set_and_after_it_is_taken_away(bench: Bench) -> None:
    """And other sessions know nothing of it."""
    bench.put("/_mock/progress", {"rules": [{"from": "waiting", "to": "approved", "after_reads": 1}]})
    bench.get(ONE, x_mock_session="a")
    other = bench.get(ONE, x_mock_session="a")["status"]
    bench.put("/_mock/progress", {"rules": []})

    assert other == "waiting"
    assert statuses(bench, 2) == ["waiting", "waiting"]
    assert bench.call("PUT", "/_mock/progress", {"rules": [{"from": "x"}]}).status_code == 400
