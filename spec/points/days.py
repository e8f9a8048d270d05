"""What a filter on a date-time makes of days, and of date-times without an offset.

Owns: the points of days.
"""

from __future__ import annotations

from cancelkit.spec.points.point import Point
from cancelkit.spec.zones import ZONE

POINTS = (
    Point(
        "day-zone",
        "The zone of the days that a filter on the day of a date-time takes",
        {
            "utc": "The day of a date-time is its day in UTC.",
            "zone": "The day of a date-time is its day in the zone that `value` gives (+03:00, Europe/Berlin).",
        },
        values={"zone": ZONE},
    ),
    Point(
        "day-bounds",
        "A bound of a filter on the day of a date-time: after a day, up to a day",
        {
            "whole": "After a day is after its end, and up to a day is up to its end.",
            "first-instant": "After a day is after its first instant, and up to a day is up to its first instant.",
        },
    ),
    Point(
        "day-as-moment",
        "A day (2025-03-01) where a filter takes a date-time",
        {
            "malformed": "A day does not parse where a filter takes a date-time.",
            "first-instant": "A day is taken as its first instant where a filter takes a date-time.",
            "whole": "A day is taken as the whole day where a filter takes a date-time.",
        },
    ),
    Point(
        "no-offset",
        "A date-time without an offset (2025-03-01T12:00:00) in a filter, and the zone of a day in its place",
        {
            "malformed": "A date-time without an offset does not parse in a filter; a day in its place is one in UTC.",
            "utc": "A date-time without an offset, or a day in its place, is one in UTC.",
            "zone": "A date-time without an offset, or a day in its place, is one in the zone that `value` "
            "gives (+03:00, Europe/Berlin).",
        },
        values={"zone": ZONE},
    ),
)
