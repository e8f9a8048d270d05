"""Requests that move on by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from cancelkit.mockserver.state.progress import Progress, ProgressError, rules

STATUSES = ("waiting", "approved", "completed")
START = datetime(2025, 3, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class Shelf:
    """Records as (status, modified_date) by id."""

    def __init__(self, **records: tuple[str, datetime]) -> None:
        self.records = {int(name[1:]): record for name, record in records.items()}

    def with_status(self, status: str) -> Iterable[tuple[int, datetime]]:
        return [(number, when) for number, (its, when) in self.records.items() if its == status]

    def status_of(self, number: int) -> str | None:
        return self.records[number][0] if number in self.records else None

    def move(self, number: int, status: str, at: datetime) -> None:
        self.records[number] = (status, at)


def progress(*lines: dict[str, object]) -> Progress:
    made = Progress()
    made.replace(rules(list(lines), STATUSES), START)
    return made


def test_after_so_many_reads_a_request_moves_on() -> None:
    """The third read still shows the old status; the fourth finds the new one. Other requests keep theirs."""
    shelf = Shelf(r1=("waiting", START), r2=("waiting", START))
    made = progress({"from": "waiting", "to": "approved", "after_reads": 3})
    moved = [made.was_read(1, at(n), shelf) for n in range(3)]

    assert moved == [False, False, True]
    assert shelf.status_of(1) == "approved"
    assert shelf.status_of(2) == "waiting"


def test_after_so_many_seconds_a_request_moves_on() -> None:
    """Counted from its last change, or from when the rule was set."""
    shelf = Shelf(r1=("waiting", at(-9999)), r2=("waiting", at(3)))
    made = progress({"from": "waiting", "to": "approved", "after_seconds": 5})

    assert made.settle(at(4.9), shelf) == 0
    assert made.settle(at(5), shelf) == 1
    assert shelf.records[1] == ("approved", at(5))
    assert made.settle(at(8), shelf) == 1


def test_steps_follow_each_other_when_time_leaps() -> None:
    """A clock moved far ahead finds every step done, each dated when it fell due."""
    shelf = Shelf(r1=("waiting", START))
    made = progress(
        {"from": "waiting", "to": "approved", "after_seconds": 5},
        {"from": "approved", "to": "completed", "after_seconds": 10},
    )

    assert made.settle(at(3600), shelf) == 2
    assert shelf.records[1] == ("completed", at(15))


def test_a_write_starts_the_wait_anew() -> None:
    """A request that comes later is due later, though nothing else was."""
    shelf = Shelf()
    made = progress({"from": "waiting", "to": "approved", "after_seconds": 5})
    made.settle(at(1), shelf)
    shelf.records[9] = ("waiting", at(2))
    made.written(at(2))

    assert made.settle(at(6), shelf) == 0
    assert made.settle(at(7), shelf) == 1


def test_rules_in_a_circle_come_to_an_end() -> None:
    """Two statuses that follow each other do not keep the server busy for ever."""
    shelf = Shelf(r1=("waiting", START))
    made = progress(
        {"from": "waiting", "to": "approved", "after_seconds": 0.001},
        {"from": "approved", "to": "waiting", "after_seconds": 0.001},
    )

    assert made.settle(at(86_400), shelf) >= 10_000


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({}, "list"),
        ([{"from": "waiting", "to": "gone", "after_reads": 1}], r"rules\[0\].to"),
        ([{"from": "waiting", "to": "waiting", "after_reads": 1}], "same"),
        ([{"from": "waiting", "to": "approved"}], "after_reads"),
        ([{"from": "waiting", "to": "approved", "after_reads": 0}], "after_reads"),
        ([{"from": "waiting", "to": "approved", "after_seconds": True}], "after_seconds"),
        ([{"from": "waiting", "to": "approved", "after": 1}], "object of"),
        ([{"from": "waiting", "to": "approved", "after_reads": 1}] * 2, "two of them"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(given: object, place: str) -> None:
    """The message names the rule and the key."""
    with pytest.raises(ProgressError, match=place):
        rules(given, STATUSES)
