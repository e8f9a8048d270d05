"""Which zone's days a server means, from what its filters found of moments whose distance to a day is known; and which
zone it writes date-times in.

Owns: the zones that are told apart, what a value leaves to a zone, Side (one moment beside one day), what many sides
    together leave possible, which zones several offsets leave, and what is told where several kinds of evidence leave
    some.
Knows nothing of: filters, records, HTTP.
Source: IANA time zone database: the offsets in use since 2000, and the zones whose offset changes over the year.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from cancelkit.spec.zones import zone_of

MINUTE, HOUR, DAY = 60, 3600, 86_400
_WEST = (-720, -660, -600, -570, -540, -480, -420, -360, -300, -270, -240, -210, -180, -150, -120, -60)
_EAST = (0, 60, 120, 180, 210, 240, 270, 300, 330, 345, 360, 390, 420, 480, 510, 525, 540, 570, 600, 630, 660, 690)
_FAR_EAST = (720, 765, 780, 825, 840)
OFFSETS = tuple(minutes * MINUTE for minutes in (*_WEST, *_EAST, *_FAR_EAST))
"""Seconds ahead of UTC, ascending."""
UTC_OFFSET = "+00:00"
_AMERICAS = (
    "Adak",
    "Anchorage",
    "Los_Angeles",
    "Denver",
    "Chicago",
    "New_York",
    "Halifax",
    "St_Johns",
    "Nuuk",
    "Santiago",
)
_EUROPE = ("London", "Berlin", "Athens")
_AUSTRALIA = ("Adelaide", "Sydney", "Lord_Howe")
_PACIFIC = ("Easter", "Norfolk", "Auckland", "Chatham")
_PLACES = {"Europe": _EUROPE, "America": _AMERICAS, "Australia": _AUSTRALIA, "Pacific": _PACIFIC}
NAMES = (*(f"{area}/{place}" for area, places in _PLACES.items() for place in places), "Atlantic/Azores")
"""A zone for each pair of offsets, in winter and in summer, that zones have: the one where most people live. Which of
those that share a pair a server is in is seldom told by dates alone, and makes no difference then."""
EARLIEST, LATEST = -15 * HOUR, 39 * HOUR
QUARTER = 15 * MINUTE
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_BARE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Side:
    """A moment beside a day as a bound.

    start: the day's first instant, were its zone UTC. after: seconds from there to the moment. beyond: whether a server
    takes the moment to lie beyond the bound.
    """

    start: datetime
    after: float
    beyond: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """How a day is read as a bound. zone: an offset (+03:00) or a name. whole: as the whole day."""

    zone: str
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


def left(sides: Iterable[Side], *, reaches: bool, names: Iterable[str | None] = ()) -> list[Reading]:
    """The readings that all sides agree with, those by an offset first.

    Args:
        reaches: whether the bound is the day's end where days are read as a whole (after a day, up to a day); else it
            is the day's first instant in any reading, and that of the first instant stands for both.
        names: zones that are considered beside those that are told apart.
    """
    known = list(sides)
    low = max((side.after for side in known if not side.beyond), default=-float("inf"))
    high = min((side.after for side in known if side.beyond), default=float("inf"))
    found = [Reading(offset(ahead), False) for ahead in OFFSETS if low < -ahead <= high]
    if reaches:
        found += [Reading(offset(ahead), True) for ahead in OFFSETS if low < DAY - ahead <= high]
    named = [Reading(zone, whole) for whole in (False, True)[: 1 + reaches] for zone in by_name(names)]
    return found + [reading for reading in named if all(_agrees(reading, side) for side in known)]


def _agrees(reading: Reading, side: Side) -> bool:
    span = DAY if reading.whole else 0
    return side.beyond is (side.after >= span - _ahead(reading.zone, side.start, span))


def _ahead(zone: str, start: datetime, later: int) -> float:
    """Seconds by which a zone is ahead of UTC when its clocks show `start`, or so many seconds later."""
    clock = start + timedelta(seconds=later) if start.year < date.max.year else start
    ahead = clock.replace(tzinfo=zone_of(zone)).utcoffset()
    return ahead.total_seconds() if ahead else 0


def by_name(names: Iterable[str | None] = ()) -> list[str]:
    """The zones that have a name: these, as far as they have one, and those that are told apart."""
    return list(dict.fromkeys([*(name for name in names if name and has_name(name)), *NAMES]))


def has_name(zone: str) -> bool:
    return zone[0] not in "+-"


def agreeing(plain: Iterable[Side], reaching: Iterable[Side], names: Iterable[str | None] = ()) -> list[Reading]:
    """The readings that sides of both sorts agree with: `reaching` are those whose bound reaches (as of `left`). Where
    there are none, the first instant stands for both."""
    first, ends = left(plain, reaches=False, names=names), list(reaching)
    if not ends:
        return first
    zones = {reading.zone for reading in first}
    return [reading for reading in left(ends, reaches=True, names=names) if reading.zone in zones]


def zones_of(readings: Iterable[Reading]) -> list[str]:
    return list(dict.fromkeys(reading.zone for reading in readings))


def told(zones: Sequence[str], likely: str | None = None) -> list[str]:
    """Which of the zones that are left are told: one that is likely alone, if it has a name and no more than one
    offset is left; else those that are offsets, where there are some.
    """
    fixed = [zone for zone in zones if not has_name(zone)]
    if likely in zones and has_name(str(likely)) and len(fixed) < 2:
        return [str(likely)]
    return fixed or list(zones)


def together(zones: Sequence[str], likely: str | None, others: Iterable[Sequence[str]]) -> list[str]:
    """Those of the zones that are left which others leave as well: one server is in one zone.

    Where the likely one alone is told, it stays. Others count that share a zone, and are not in UTC: servers that write
    in UTC mean any zone's days. Where no zone is left by all of these, they say nothing.
    """
    if len(zones) < 2 or told(zones, likely) == [likely]:
        return list(zones)
    known = [other for other in others if UTC_OFFSET not in other and not {*other}.isdisjoint(zones)]
    return [zone for zone in zones if all(zone in other for other in known)] or list(zones)


def fitting(shown: Sequence[tuple[datetime, float]], likely: str | None = None) -> list[str]:
    """The zones that have these offsets, in seconds, at these moments: an offset, and those with a name."""
    ahead = {ahead for _, ahead in shown}
    return [*(offset(int(one)) for one in ahead if len(ahead) == 1), *names_of(shown, likely)] if shown else []


def names_of(shown: Sequence[tuple[datetime, float]], likely: str | None = None) -> list[str]:
    """The zones with a name that have these offsets at these moments."""
    return [zone for zone in by_name([likely]) if all(_at(zone, moment) == ahead for moment, ahead in shown)]


def open_season(zone: str, left: Iterable[str]) -> str:
    """What is to be said of an offset that is told, where zones whose offset changes are left beside it."""
    names = [one for one in left if has_name(one)]
    if has_name(zone) or zone == UTC_OFFSET or not names:
        return ""
    return f"{zone} by records of one season: a zone with summer time, such as {names[0]}, is not excluded"


def _at(zone: str, moment: datetime) -> float:
    try:
        ahead = moment.astimezone(zone_of(zone)).utcoffset()
    except OverflowError:
        return float("nan")
    return ahead.total_seconds() if ahead else 0


def offset(ahead: int) -> str:
    """Seconds ahead of UTC as the offset of a date-time: +03:00."""
    hours, minutes = divmod(abs(ahead) // MINUTE, 60)
    return f"{'-' if ahead < 0 else '+'}{hours:02}:{minutes:02}"


def several(zones: Iterable[str]) -> str:
    """The first and the last of several zones as they are told apart, for people."""
    known = list(dict.fromkeys(zones))
    return known[0] if len(known) == 1 else f"{known[0]} to {known[-1]}"
