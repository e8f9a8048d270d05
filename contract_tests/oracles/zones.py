"""Which zone's days a server means, from what its filters found of moments whose distance to a day is known.

Owns: the offsets that zones have, what a value leaves to a zone, Side (one moment beside one day), what many sides
    together leave possible.
Knows nothing of: filters, records, HTTP.
Source: IANA time zone database: the offsets in use since 2000.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

MINUTE, HOUR, DAY = 60, 3600, 86_400
_WEST = (-720, -660, -600, -570, -540, -480, -420, -360, -300, -270, -240, -210, -180, -150, -120, -60)
_EAST = (0, 60, 120, 180, 210, 240, 270, 300, 330, 345, 360, 390, 420, 480, 510, 525, 540, 570, 600, 630, 660, 690)
_FAR_EAST = (720, 765, 780, 825, 840)
OFFSETS = tuple(minutes * MINUTE for minutes in (*_WEST, *_EAST, *_FAR_EAST))
"""Seconds ahead of UTC, ascending."""
EARLIEST, LATEST = -15 * HOUR, 39 * HOUR
QUARTER = 15 * MINUTE
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_BARE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Side:
    """A moment beside a day as a bound.

    after: seconds from the day's first instant in UTC to the moment. beyond: whether a server takes the moment to lie
    beyond the bound.
    """

    after: float
    beyond: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """How a day is read as a bound. ahead: of the day's zone, in seconds ahead of UTC. whole: as the whole day."""

    ahead: int
    whole: bool


def asked(value: str, *, by_day: bool) -> tuple[str, datetime] | None:
    """What a filter's value leaves to a zone: a "day", a day in place of a date-time ("day-as-moment"), or a date-time
    without an offset ("no-offset"); and its first instant, were that zone UTC. None where it leaves nothing to one.

    by_day: the filter compares days.
    """
    if _DATE.fullmatch(value):
        topic = "day" if by_day else "day-as-moment"
    elif _BARE.fullmatch(value) and not by_day:
        topic = "no-offset"
    else:
        return None
    try:
        return topic, datetime.fromisoformat(value).replace(tzinfo=UTC)
    except ValueError:  # the calendar has none
        return None


def telling(moment: datetime) -> Iterator[tuple[date, float]]:
    """Days beside which a moment may tell the zone, with the seconds from their first instant in UTC to it; none of a
    moment at which some zone's day begins."""
    day = moment.astimezone(UTC).date().toordinal()
    since = (moment - datetime.combine(date.fromordinal(day), time(), UTC)).total_seconds()
    if since % QUARTER:
        for step in (1, 0, -1):
            if EARLIEST < (after := since - step * DAY) < LATEST and date.min.toordinal() <= day + step:
                yield date.fromordinal(day + step), after


def left(sides: Iterable[Side], *, reaches: bool) -> list[Reading]:
    """The readings that all sides agree with.

    Args:
        reaches: whether the bound is the day's end where days are read as a whole (after a day, up to a day); else it
            is the day's first instant in any reading, and that of the first instant stands for both.
    """
    known = list(sides)
    low = max((side.after for side in known if not side.beyond), default=-float("inf"))
    high = min((side.after for side in known if side.beyond), default=float("inf"))
    found = [Reading(ahead, False) for ahead in OFFSETS if low < -ahead <= high]
    return found + [Reading(ahead, True) for ahead in OFFSETS if reaches and low < DAY - ahead <= high]


def agreeing(plain: Iterable[Side], reaching: Iterable[Side]) -> list[Reading]:
    """The readings that sides of both sorts agree with: `reaching` are those whose bound reaches (as of `left`). Where
    there are none, the first instant stands for both."""
    aheads, ends = {reading.ahead for reading in left(plain, reaches=False)}, list(reaching)
    both = left(ends, reaches=True) if ends else [Reading(ahead, False) for ahead in OFFSETS]
    return [reading for reading in both if reading.ahead in aheads]


def offset(ahead: int) -> str:
    """Seconds ahead of UTC as the offset of a date-time: +03:00."""
    hours, minutes = divmod(abs(ahead) // MINUTE, 60)
    return f"{'-' if ahead < 0 else '+'}{hours:02}:{minutes:02}"


def offsets(aheads: Iterable[int]) -> str:
    """The first and the last of several offsets, for people."""
    known = sorted(set(aheads))
    return offset(known[0]) if len(known) == 1 else f"{offset(known[0])} to {offset(known[-1])}"
