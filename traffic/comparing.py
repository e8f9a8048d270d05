"""Whether two values mean the same, as far as that can be told from their schema.

Owns: comparing a sent value with the answered one, an id in a path with one in a body, a row with a filter.
Source: OpenAPI 3.0.3, "Data Types"; x-filter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from operator import contains, eq, ge, gt, le, lt
from typing import Any, Final

from cancelkit.spec import Comparing, Filter, Schema

REACHES: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "equal": eq,
    "starts-with": str.startswith,
    "contains": contains,
}
COMPARED: Final = {"exact": eq, "iexact": eq, "gt": gt, "gte": ge, "lt": lt, "lte": le}
DOTTED: Final = str.maketrans({"I": "i", "ı": "i", "İ": "i", "\N{COMBINING DOT ABOVE}": None})
"""Whether these letters are equal is left open, so here they are."""

OFFSET: Final = re.compile(r"(?:[Zz]|:\d\d.*[+ -]\d\d:?\d\d)$")


def identifier(value: Any) -> str | None:
    """An id as the text that stands for it everywhere: in paths and bodies; None for what can't be an id."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    return (text.lstrip("0") or "0") if text.isascii() and text.isdigit() else text.lower()


def same(sent: Any, got: Any, schema: Schema) -> bool:
    """Whether a server that was sent one value may answer with the other: the same, perhaps written differently."""
    if isinstance(sent, str) and isinstance(got, str):
        return sent.strip() == got.strip() or _equal(sent, got, schema)
    number = isinstance(sent, int | float) and not isinstance(sent, bool)
    if schema.get("format") == "decimal" and isinstance(sent, str | int | float) and isinstance(got, str | int | float):
        return _equal(str(sent), str(got), schema)
    if number and schema.get("type") == "number":
        return bool(sent == got) and not isinstance(got, bool)
    return type(sent) is type(got) and bool(sent == got)


def _equal(one: str, other: str, schema: Schema) -> bool:
    try:
        match schema.get("format"):
            case "date-time":
                return instant(one) == instant(other)
            case "decimal":
                return Decimal(one) == Decimal(other)
            case "uuid" | "email":
                return one.strip().lower() == other.strip().lower()
    except (ValueError, InvalidOperation):
        pass
    return False


def fits(wanted: Filter, found: Any, value: str) -> bool:
    """Whether a value of a row fits a filter's value, as far as that can be told; True where it can't.

    found: None where the row has null there, which no comparison matches.
    """
    if found is None:
        return False
    try:
        if wanted.lookup == "in":
            parts = [part for part in value.split(",") if part.strip()]
            return any(_comparable(wanted, str(found)) == _comparable(wanted, part.strip()) for part in parts)
        if wanted.lookup not in ("exact", "iexact") and not _ordered(wanted):
            return True
        if wanted.schema.get("type") == "boolean" and value not in ("true", "false"):
            return True
        if wanted.schema.get("format") == "date-time" and not wanted.transform and not OFFSET.search(value):
            return True  # a day, or a date-time without an offset: whose zone is meant is for the server to say
        left, right = (_comparable(wanted, _text(part)) for part in (found, value))
        compared = REACHES[wanted.comparing.reach] if wanted.lookup == "iexact" else COMPARED[wanted.lookup]
        return bool(compared(left, right))
    except (ValueError, TypeError, KeyError, ArithmeticError):
        return True


def _text(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _ordered(wanted: Filter) -> bool:
    """Whether it is certain which of two values is less: of texts it depends on a collation."""
    schema = wanted.schema
    return schema.get("type") in ("integer", "number") or schema.get("format") in ("date", "date-time", "decimal")


def _comparable(wanted: Filter, text: str) -> Any:
    kind, form = wanted.schema.get("type"), wanted.schema.get("format")
    if wanted.lookup == "iexact":
        return unicodedata.normalize("NFC", text).translate(DOTTED).casefold().strip()
    if kind == "integer":
        return int(text)
    if kind == "number" or form == "decimal":
        return Decimal(text)
    if form == "date-time":
        if wanted.transform == "date":
            return _by_day(wanted.comparing, text)
        return instant(text)
    if form == "date":
        return date.fromisoformat(text)
    return text.lower() if form == "uuid" else text


def _by_day(how: Comparing, text: str) -> date:
    """A day, or the day of a date-time; where days count by their first instant, that, or the date-time itself."""
    if len(text) != len("2025-03-01"):
        moment = instant(text)
        return moment.astimezone(how.zone).date() if how.whole else moment
    day = date.fromisoformat(text)
    return day if how.whole else datetime.combine(day, time(), how.zone).astimezone(UTC)


def instant(text: str) -> datetime:
    """A date-time as UTC; one without an offset is taken as UTC.

    Raises:
        ValueError: it is no date-time, or none that a calendar in UTC has.
    """
    moment = datetime.fromisoformat(text)
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(text) from error
