"""The form of date-times in answers, where the contract's choices are not the usual ones.

Owns: date-offset and date-digits (spec/points/), as a change of the record that is answered.
Knows nothing of: how the store keeps times; they are kept as always.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Any

import orjson

from cancelkit.spec import Contract, Schema

_DIGITS: Mapping[str, int] = {"milliseconds": 3, "seconds": 0}
_SECONDS = len("2025-03-01T12:00:00")


def dating(contract: Contract, schema: Schema | None) -> Callable[[bytes], bytes] | None:
    """What is done to a record of `schema`; None where date-times stay as they are."""
    choice = contract.choices["date-offset"]
    offset = "+00:00" if choice.chosen == "number" else "Z"
    digits = _DIGITS.get(contract.chosen("date-digits"))
    zone = choice.zone if choice.chosen == "zone" else None
    if zone is None and offset == "Z" and digits is None:
        return None
    own = {name for moment in ("create", "change") for name in contract.resource.set_on(moment)}

    def written(value: Any, part: Schema, name: str) -> Any:
        if isinstance(value, dict):
            inner = part.get("properties", {})
            return {key: written(one, inner[key], "") if key in inner else one for key, one in value.items()}
        if not isinstance(value, str) or part.get("format") != "date-time" or not value.endswith("Z"):
            return value
        text, end = (value[:-1], offset) if zone is None else _moved(value, zone)
        if digits is not None and name in own:
            text = text[: _SECONDS + digits + 1] if digits else text[:_SECONDS]
        return text + end

    parts = (schema or {}).get("properties", {})

    def change(doc: bytes) -> bytes:
        record = orjson.loads(doc)
        return orjson.dumps({k: written(v, parts[k], k) if k in parts else v for k, v in record.items()})

    return change


def _moved(text: str, zone: tzinfo) -> tuple[str, str]:
    """A UTC time as it is written in another zone, and its offset: Z where that is none of a zone that has others.

    A time that no calendar there has, or no offset in minutes leads to, stays as it is.
    """
    try:
        there = datetime.fromisoformat(text).astimezone(zone)
    except (ValueError, OverflowError):
        return text[:-1], "Z"
    ahead = there.utcoffset()
    if ahead is None or ahead.seconds % 60:
        return text[:-1], "Z"
    moved = there.isoformat(timespec="microseconds" if "." in text else "seconds")
    size = len("+00:00")
    return moved[:-size], moved[-size:] if ahead or zone.utcoffset(None) is not None else "Z"
