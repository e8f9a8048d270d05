"""What is concluded of zones and days: always the truth among what is left, and nothing where no zone explains it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from random import Random

import pytest

from cancelkit.contract_tests.oracles.zones import (
    DAY,
    NAMES,
    OFFSETS,
    Reading,
    Side,
    fitting,
    has_name,
    left,
    offset,
    several,
    telling,
    together,
    told,
    zones_of,
)
from cancelkit.spec.zones import zone_of

START = datetime(2025, 1, 1, tzinfo=UTC)


def moments(count: int, seed: int = 1) -> list[datetime]:
    draw = Random(seed)
    return [
        START + timedelta(seconds=draw.randrange(365 * DAY), milliseconds=draw.randrange(1, 1000)) for _ in range(count)
    ]


def sides(found: list[datetime], zone: tzinfo, *, whole: bool) -> list[Side]:
    """Moments beside days as a server of this zone takes them."""
    return [
        Side(datetime.combine(day, time(), UTC), after, beyond(moment, day, zone, whole=whole))
        for moment in found
        for day, after in telling(moment)
    ]


def beyond(moment: datetime, day: date, zone: tzinfo, *, whole: bool) -> bool:
    """Whether a server of this zone finds a moment after a day."""
    return moment.astimezone(zone).date() > day if whole else moment > datetime.combine(day, time(), zone)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("ahead", OFFSETS)
def test_the_truth_is_never_ruled_out_and_many_moments_leave_nothing_else(ahead: int, whole: bool) -> None:
    """By one comparison alone a far eastern day is as a far western day's first instant: both bounds may be left."""
    zone = offset(ahead)
    few, many = (sides(moments(count), zone_of(zone), whole=whole) for count in (3, 3000))

    assert Reading(zone, whole) in left(few, reaches=True)
    found = left(many, reaches=True)
    assert Reading(zone, whole) in found
    assert {reading.whole: reading.zone for reading in found if reading.whole is whole} == {whole: zone}
    assert len(found) == 1 or abs(ahead) >= 10 * 3600


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("zone", NAMES)
def test_a_zone_with_summer_time_is_told_by_moments_of_the_whole_year(zone: str, whole: bool) -> None:
    few, many = (sides(moments(count), zone_of(zone), whole=whole) for count in (3, 3000))

    assert Reading(zone, whole) in left(few, reaches=True)
    assert left(many, reaches=True) == [Reading(zone, whole)]


def test_a_zone_with_summer_time_that_is_none_of_them_is_told_only_where_it_is_named() -> None:
    found = sides(moments(3000), zone_of("Asia/Jerusalem"), whole=True)

    assert left(found, reaches=True) == []
    assert left(found, reaches=True, names=["Asia/Jerusalem", None, "+02:00"]) == [Reading("Asia/Jerusalem", True)]


def test_offsets_come_before_names_but_for_the_name_that_is_expected() -> None:
    one, two, name = "+01:00", "+02:00", "Europe/Berlin"

    assert told([one, name]) == [one]
    assert told([one, name], name) == told([name]) == [name]
    assert told([one, two, name], name) == [one, two]
    assert zones_of([Reading(one, True), Reading(one, False), Reading(name, True)]) == [one, name]


def test_the_offsets_of_a_winter_and_a_summer_name_a_zone() -> None:
    winter, summer = datetime(2025, 1, 5, tzinfo=UTC), datetime(2025, 7, 5, tzinfo=UTC)

    assert fitting([(winter, 3600), (summer, 7200)]) == ["Europe/Berlin"]
    assert fitting([(winter, 3600), (summer, 7200)], "Europe/Paris")[0] == "Europe/Paris"
    assert fitting([(winter, 3600), (summer, 10800)]) == fitting([]) == []
    assert fitting([(winter, 3600)]) == ["+01:00", "Europe/Berlin"]


BERLIN, ATHENS, KOLKATA = "Europe/Berlin", "Europe/Athens", "+05:30"


@pytest.mark.parametrize(
    ("zones", "likely", "others", "wanted"),
    [
        (["+02:00", BERLIN, ATHENS], None, [[BERLIN]], [BERLIN]),
        (["+02:00", BERLIN, ATHENS], None, [["+01:00", BERLIN], [BERLIN, ATHENS]], [BERLIN]),
        (["+02:00", BERLIN, ATHENS], None, [["+01:00"]], ["+02:00", BERLIN, ATHENS]),
        (["+02:00", BERLIN], "+02:00", [[BERLIN]], ["+02:00", BERLIN]),
        (["+00:00", "+01:00", BERLIN], None, [["+00:00"], [BERLIN]], [BERLIN]),
        (["+00:00", "+01:00", BERLIN], None, [["+00:00", "+01:00"]], ["+00:00", "+01:00", BERLIN]),
        (["+05:00", KOLKATA, "+05:45"], None, [["+05:45"], [KOLKATA]], ["+05:00", KOLKATA, "+05:45"]),
        ([KOLKATA], None, [[BERLIN]], [KOLKATA]),
    ],
)
def test_zones_that_others_leave_too_are_told_as_far_as_all_of_them_agree(
    zones: list[str], likely: str | None, others: list[list[str]], wanted: list[str]
) -> None:
    assert together(zones, likely, others) == wanted


def test_names_tell_offsets_apart_that_change_over_the_year() -> None:
    year = [
        [datetime(2025, month, 5, tzinfo=UTC).astimezone(zone_of(n)).utcoffset() for month in (1, 7)] for n in NAMES
    ]

    assert all(map(has_name, NAMES))
    assert len({tuple(pair) for pair in year}) == len(NAMES)
    assert all(winter != summer for winter, summer in year)


def test_a_moment_at_which_a_day_may_begin_tells_nothing() -> None:
    assert list(telling(datetime(2025, 3, 1, 20, 45, tzinfo=UTC))) == []
    assert [day.day for day, _ in telling(datetime(2025, 3, 2, 20, 45, 1, tzinfo=UTC))] == [3, 2]


def test_offsets_are_written_as_date_times_have_them() -> None:
    assert (offset(10800), offset(-12600), offset(0)) == ("+03:00", "-03:30", "+00:00")
    assert (several(["+01:00", "+01:00"]), several(["+00:00", "+01:00", "+02:00"])) == ("+01:00", "+00:00 to +02:00")
