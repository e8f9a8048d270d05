"""Which zone's days a server means, from what its filters found of moments whose distance to a day is known.

Owns: the offsets that zones have, Side (one moment beside one day), what many sides together leave possible.
Knows nothing of: filters, records, HTTP.
Source: IANA time zone database: the offsets in use since 2000.
"""

from __future__ import annotations

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


def offset(ahead: int) -> str:
    """Seconds ahead of UTC as the offset of a date-time: +03:00."""
    hours, minutes = divmod(abs(ahead) // MINUTE, 60)
    return f"{'-' if ahead < 0 else '+'}{hours:02}:{minutes:02}"


def offsets(aheads: Iterable[int]) -> str:
    """The first and the last of several offsets, for people."""
    known = sorted(set(aheads))
    return offset(known[0]) if len(known) == 1 else f"{offset(known[0])} to {offset(known[-1])}"
