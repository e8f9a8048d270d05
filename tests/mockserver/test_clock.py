"""A session's own time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cancelkit.mockserver.state.clock import Clock, ClockError, moment, text

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


def test_a_frozen_clock_stands() -> None:
    """Frozen, it gives the same moment again; set and advanced, it stays frozen."""
    clock = Clock()
    clock.freeze(NOON)
    clock.advance(90)

    assert clock.now() == clock.now() == NOON + timedelta(seconds=90)
    assert clock.frozen


def test_a_clock_that_was_set_runs_on() -> None:
    """Set, it is at that time and goes on from there."""
    clock = Clock()
    clock.set(NOON)
    first = clock.now()

    assert timedelta() <= first - NOON < timedelta(minutes=1)
    assert clock.now() >= first
    assert not clock.frozen


def test_released_it_shows_the_real_time() -> None:
    """Nothing of what was set stays."""
    clock = Clock()
    clock.set(NOON)
    clock.freeze()
    clock.release()

    assert clock.offset == 0
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("seconds", [1e18, -1e18, float("inf"), float("nan")])
def test_it_does_not_leave_the_calendar(seconds: float) -> None:
    """Times that no date can hold are refused, and the clock is as before."""
    clock = Clock()

    with pytest.raises(ClockError):
        clock.advance(seconds)
    assert clock.offset == 0


@pytest.mark.parametrize("value", ["soon", "", None, 5, "2025-13-01", "0001-01-01T00:00:00+23:00", "9999-12-31"])
def test_a_time_that_is_none_is_refused(value: object) -> None:
    """The message shows how to write one, or what the bounds are."""
    with pytest.raises(ClockError, match=r"2025-03-01T12:00:00Z|1970"):
        moment(value)


def test_offsets_are_understood() -> None:
    """The same instant, however it is written."""
    assert text(moment("2025-03-01T15:00:00+03:00")) == "2025-03-01T12:00:00.000000Z"
    assert moment("2025-03-01T12:00:00") == NOON
