"""Days, and date-times without an offset, where a filter takes date-times: what the contract's choices make of them.

Owns: wrapping the reader of such a filter.
Source: spec/points/days.py: day-as-moment, no-offset.
"""

from __future__ import annotations

import re
from typing import Any

from cancelkit.mockserver.api.lenient import Read
from cancelkit.mockserver.state.instants import day, instant, shown, whole_day
from cancelkit.spec import Contract, Parameter

_BARE = re.compile(r"[0-9-]{10}[Tt ][0-9:]{8}(\.[0-9]+)?", re.ASCII)


def moments(read: Read, parameter: Parameter, contract: Contract) -> Read:
    """How a parameter is read where the choices are considered; `read` itself where it takes no date-time, or they
    are the usual ones."""
    bare, days = contract.choices["no-offset"], contract.chosen("day-as-moment")
    takes = parameter.filter is not None and parameter.schema.get("format") == "date-time"
    if not takes or bare.chosen == days == "malformed":
        return read
    zone = bare.zone

    def reading(text: str) -> Any:
        found = day(text) if days != "malformed" else None
        if found is not None:
            return whole_day(found, zone) if days == "whole" else shown(found, zone)
        if bare.chosen != "malformed" and _BARE.fullmatch(text) and (moment := instant(f"{text}Z")) is not None:
            return shown(moment, zone)
        return read(text)

    return reading
