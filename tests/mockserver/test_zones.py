"""Days of a zone as spans of time, and date-times as its clocks show them, at every change of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest

from cancelkit.mockserver.api.dating import dating
from cancelkit.mockserver.state.instants import DAY, Day, whole_day
from cancelkit.spec import load
from tests.choices.test_zone_names import in_zone

HOUR = 3_600_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = (
    "Europe/Berlin",
    "Europe/Istanbul",
    "America/New_York",
    "America/Havana",  # clocks are put back from 1:00 to midnight
    "America/Sao_Paulo",  # were put forward from midnight to 1:00
    "America/Santiago",
    "Asia/Beirut",
    "Africa/Casablanca",
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Apia",  # had no 30 December 2011
    "Asia/Kathmandu",
)


def span(day: date, zone: str) -> Day:
    clock = datetime.combine(day, time(), UTC) - EPOCH
    return whole_day(clock // timedelta(microseconds=1), ZoneInfo(zone))


@pytest.mark.parametrize("zone", ZONES)
def test_a_moment_lies_in_the_day_that_a_calendar_there_shows(zone: str) -> None:
    """Every half an hour about the midnights of eighteen years, and a microsecond beside it."""
    there, micro = ZoneInfo(zone), timedelta(microseconds=1)
    for number in range(365 * 18):
        day = date(2010, 1, 1) + timedelta(days=number)
        start, end = (EPOCH + timedelta(microseconds=at) for at in span(day, zone))
        assert start == end or start.astimezone(there).date() == (end - micro).astimezone(there).date() == day
        assert (start - micro).astimezone(there).date() < day < end.astimezone(there).date()


def test_days_have_23_or_25_hours_where_clocks_are_changed() -> None:
    hours = {
        (zone, day): (span(day, zone).end - span(day, zone).start) / HOUR
        for zone, day in [
            ("Europe/Berlin", date(2025, 3, 30)),
            ("Europe/Berlin", date(2025, 10, 26)),
            ("Europe/Istanbul", date(2025, 3, 30)),
            ("Australia/Lord_Howe", date(2025, 4, 6)),
            ("Pacific/Apia", date(2011, 12, 30)),
        ]
    }

    assert list(hours.values()) == [23, 25, 24, 24.5, 0]


def test_days_at_the_ends_of_the_calendar_have_spans() -> None:
    for zone in ("Asia/Tokyo", "America/New_York", "Europe/Berlin"):
        assert 23 * HOUR < span(date.max, zone).end - span(date.max, zone).start < 25 * HOUR
        assert span(date.min, zone).end - span(date.min, zone).start == DAY


@pytest.mark.parametrize(
    ("zone", "text", "there"),
    [
        ("Europe/Berlin", "2025-03-30T00:59:59.999999Z", "2025-03-30T01:59:59.999999+01:00"),
        ("Europe/Berlin", "2025-03-30T01:00:00.000000Z", "2025-03-30T03:00:00.000000+02:00"),
        ("Europe/Berlin", "2025-10-26T00:30:00.000000Z", "2025-10-26T02:30:00.000000+02:00"),
        ("Europe/Berlin", "2025-10-26T01:30:00.000000Z", "2025-10-26T02:30:00.000000+01:00"),
        ("Europe/London", "2025-01-01T12:00:00.000000Z", "2025-01-01T12:00:00.000000Z"),
        ("Europe/Istanbul", "2025-01-01T22:00:00.000000Z", "2025-01-02T01:00:00.000000+03:00"),
        ("America/New_York", "2025-07-01T03:00:00.000000Z", "2025-06-30T23:00:00.000000-04:00"),
        ("Europe/Berlin", "1880-01-01T00:00:00.000000Z", "1880-01-01T00:00:00.000000Z"),
        ("America/New_York", "0001-01-01T00:00:00.000000Z", "0001-01-01T00:00:00.000000Z"),
    ],
)
def test_a_date_time_is_written_as_the_clocks_of_its_date_show_it(zone: str, text: str, there: str) -> None:
    change = dating(in_zone(load(), zone), {"properties": {"at": {"type": "string", "format": "date-time"}}})

    assert change is not None
    assert orjson.loads(change(orjson.dumps({"at": text}))) == {"at": there}
