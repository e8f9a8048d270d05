"""Zones as a contract names them: by an offset from UTC, or by a name of the IANA time zone database.

Owns: the form of both, and reading them.
Source: Python's zoneinfo, which reads the machine's database, or that of the package tzdata where there is none.
"""

from __future__ import annotations

import re
from datetime import timedelta, timezone, tzinfo

OFFSET = r"[+-](0[0-9]|1[0-4]):[0-5][0-9]"
ZONE = rf"{OFFSET}|[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*"


def zone_of(text: str) -> tzinfo:
    """The zone that is ahead of UTC by an offset such as +03:00, or that has a name such as Europe/Berlin.

    Raises:
        ValueError: it is neither.
    """
    if re.fullmatch(OFFSET, text):
        ahead = timedelta(hours=int(text[1:3]), minutes=int(text[4:]))
        return timezone(-ahead if text[0] == "-" else ahead)
    from zoneinfo import ZoneInfo

    try:
        if re.fullmatch(ZONE, text):
            return ZoneInfo(text)
    except (LookupError, ValueError, OSError):
        pass
    raise ValueError(
        f"{text!r} is no zone: it takes an offset such as +03:00, or a name of the IANA time zone database such as "
        "Europe/Berlin"
    )
