"""Date-times as instants: the offset and the number of fraction digits are the server's choice.

Owns: parsing, writing in another offset, the resolution that a server shows, comparing what two answers show.
Knows nothing of: filters, records, HTTP.
Source: contract, "Left open on purpose": offset and fraction digits of date-times.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

EXACT = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
_FORM = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.(\d+))?(?:[Zz]|[+-]\d\d:?\d\d)")


def instant(value: object) -> datetime | None:
    """The instant that `value` writes, in UTC; None where it is not a date-time with an offset."""
    return _read(value) if isinstance(value, str) else None


@lru_cache(maxsize=4096)
def _read(text: str) -> datetime | None:
    if not _FORM.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def fraction_digits(value: str) -> int:
    """How many digits of a second's fraction `value` writes."""
    found = _FORM.fullmatch(value)
    return len(found.group(1) or "") if found else 0


def resolution(values: Iterable[object]) -> timedelta:
    """The finest step that the shown date-times let us see: EXACT where any has six digits or more.

    A server that shows fewer may still compare what it stores, so its shown values stand for an interval.
    """
    digits = max((fraction_digits(v) for v in values if isinstance(v, str)), default=0)
    return EXACT if digits >= 6 else timedelta(microseconds=10 ** (6 - digits))


def written(moment: datetime, offset_minutes: int = 0) -> str:
    """`moment` as RFC 3339 text in the zone that is `offset_minutes` ahead of UTC, microseconds only where needed."""
    if offset_minutes == 0:
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return moment.astimezone(timezone(timedelta(minutes=offset_minutes))).isoformat()


def same_instant(left: object, right: object) -> bool | None:
    """Whether both texts show the same instant, to the coarser of their digits; None where one is no date-time."""
    one, other = instant(left), instant(right)
    if one is None or other is None:
        return None
    digits = min(fraction_digits(str(left)), fraction_digits(str(right)))
    if digits >= 6 or fraction_digits(str(left)) == fraction_digits(str(right)):
        return one == other
    step = 10 ** (6 - digits)
    cut = [
        moment.replace(microsecond=moment.microsecond // step * step) if digits else moment.replace(microsecond=0)
        for moment in (one, other)
    ]
    return cut[0] == cut[1]


def before(left: object, right: object) -> bool:
    """Whether the first text shows an earlier instant, to the coarser of their digits; both must be date-times."""
    one, other = instant(left), instant(right)
    return one is not None and other is not None and one < other and not same_instant(left, right)
