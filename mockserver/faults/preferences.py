"""What a client asks for in a `Prefer` header: `code=404`, `delay=250`.

Owns: reading the header (RFC 7240, section 2) and which status may be preferred.
Knows nothing of: sessions; a preference that can't be met is passed over, as the RFC has it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from cancelkit.mockserver.faults.fault import LONGEST_MS

_ITEM = re.compile(r'(?:^|[,;])\s*(code|delay)\s*=\s*"?([^\s",;]+)"?', re.IGNORECASE)
_DELAY = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(ms|s)?", re.ASCII)


class Preferences(NamedTuple):
    """code: an error status to answer with. delay: seconds to wait. applied: the text for `Preference-Applied`."""

    code: int | None
    delay: float
    applied: str


def read(header: str) -> Preferences | None:
    """Return what `header` asks for, or None when there is nothing in it for us.

    A delay is in milliseconds unless it ends in `s`; it is cut to ten minutes.
    """
    code: int | None = None
    delay, applied = 0.0, []
    for name, value in _ITEM.findall(header):
        if name.lower() == "code" and value.isascii() and value.isdigit() and 400 <= int(value[:4]) <= 599:
            code = int(value[:4])
            applied.append(f"code={code}")
        elif name.lower() == "delay" and (found := _DELAY.fullmatch(value)):
            milliseconds = float(found[1]) * (1000 if found[2] == "s" else 1)
            delay = min(milliseconds, LONGEST_MS) / 1000
            applied.append(f"delay={value}")
    return Preferences(code, delay, ", ".join(applied)) if applied else None
