"""Date-times and dates as whole microseconds since 1970, UTC; and the clocks of a zone.

Owns: reading RFC 3339 texts without overflow at either end of the calendar.
Knows nothing of: clocks, parameters.
Source: RFC 3339, section 5.6.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

_DATE_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(?:\.(\d{1,30}))?(?:([Zz])|([-+ ])(\d\d):(\d\d))", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EPOCH = datetime(1970, 1, 1)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
DAY = 86_400_000_000
_MICROSECOND = timedelta(microseconds=1)


class Day(NamedTuple):
    """A whole day: the microseconds since 1970 at which it begins, and those at which the next one does."""

    start: int
    end: int


def shown(clock: int, zone: tzinfo) -> int:
    """When the clocks of a zone show what those of UTC show at `clock`, both in microseconds since 1970.

    The first time, where they show it twice; where they leave it out, when they are put forward, or as long after that
    as it is after what they leave out begins.
    """
    ahead = zone.utcoffset(None)
    if ahead is None:
        try:
            ahead = (_EPOCH + timedelta(microseconds=clock)).replace(tzinfo=zone).utcoffset()
        except OverflowError:  # the midnight after the calendar's last day
            return shown(clock - DAY, zone) + DAY
    return clock - ahead // _MICROSECOND if ahead else clock


def whole_day(clock: int, zone: tzinfo) -> Day:
    """The day of a zone that begins when its clocks show `clock`, as of `shown`: of 23 or 25 hours now and then."""
    return Day(shown(clock, zone), shown(clock + DAY, zone))


def instant(text: str) -> int | None:
    """Microseconds since 1970 of an RFC 3339 date-time, or None where `text` is none.

    A space before the offset is read as +: that is what an unencoded + in a query becomes on its way.
    """
    found = _DATE_TIME.fullmatch(text)
    if found is None:
        return None
    day, minute, second, fraction, zulu, sign, hours, minutes = found.groups()
    leap = second == "60"
    try:
        moment = datetime.fromisoformat(f"{day}T{minute}:{'59' if leap else second}")
    except ValueError:
        return None
    offset = 0 if zulu else int(hours) * 60 + int(minutes)
    if offset and (int(hours) > 23 or int(minutes) > 59):
        return None
    passed = moment - _EPOCH
    micros = (passed.days * 86_400 + passed.seconds + leap) * 1_000_000 + int((fraction or "")[:6].ljust(6, "0"))
    return micros + (60_000_000 * offset if sign == "-" else -60_000_000 * offset)


def day(text: str) -> int | None:
    """Microseconds since 1970 at which the day `text` begins in UTC, or None where `text` is no date."""
    if _DATE.fullmatch(text) is None:
        return None
    try:
        return (date.fromisoformat(text).toordinal() - _EPOCH_DAY) * DAY
    except ValueError:
        return None
