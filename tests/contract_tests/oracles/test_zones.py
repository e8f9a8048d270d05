"""What is concluded of zones and days: always the truth among what is left, and nothing where no offset explains it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from random import Random

import pytest

from cancelkit.contract_tests.oracles.zones import DAY, OFFSETS, Reading, Side, left, offset, offsets, telling

START = datetime(2025, 1, 1, tzinfo=UTC)


def moments(count: int, seed: int = 1) -> list[datetime]:
    draw = Random(seed)
    return [
        START + timedelta(seconds=draw.randrange(365 * DAY), milliseconds=draw.randrange(1, 1000)) for _ in range(count)
    ]


def beyond(moment: datetime, day: date, ahead: int, *, whole: bool) -> bool:
    """Whether a server of this zone finds a moment after a day."""
    zone = timezone(timedelta(seconds=ahead))
    return moment.astimezone(zone).date() > day if whole else moment > datetime.combine(day, time(), zone)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("ahead", OFFSETS)
def test_the_truth_is_never_ruled_out_and_many_moments_leave_nothing_else(ahead: int, whole: bool) -> None:
    """By one comparison alone a far eastern day is as a far western day's first instant: both bounds may be left."""
    few, many = (
        [Side(after, beyond(m, day, ahead, whole=whole)) for m in moments(count) for day, after in telling(m)]
        for count in (3, 3000)
    )

    assert Reading(ahead, whole) in left(few, reaches=True)
    found = left(many, reaches=True)
    assert Reading(ahead, whole) in found
    assert {reading.whole: reading.ahead for reading in found if reading.whole is whole} == {whole: ahead}
    assert len(found) == 1 or abs(ahead) >= 10 * 3600


def test_a_server_with_summer_time_is_told_no_zone() -> None:
    sides = [
        Side(after, beyond(m, day, 7200 if 4 <= m.month <= 9 else 3600, whole=True))
        for m in moments(400)
        for day, after in telling(m)
    ]

    assert left(sides, reaches=True) == []


def test_a_moment_at_which_a_day_may_begin_tells_nothing() -> None:
    assert list(telling(datetime(2025, 3, 1, 20, 45, tzinfo=UTC))) == []
    assert [day.day for day, _ in telling(datetime(2025, 3, 2, 20, 45, 1, tzinfo=UTC))] == [3, 2]


def test_offsets_are_written_as_date_times_have_them() -> None:
    assert (offset(10800), offset(-12600), offset(0)) == ("+03:00", "-03:30", "+00:00")
    assert (offsets([3600, 3600]), offsets([0, 7200, 3600])) == ("+01:00", "+00:00 to +02:00")
