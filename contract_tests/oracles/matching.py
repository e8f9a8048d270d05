"""Whether a filter must find a record: x-filter read as a predicate over the detailed answer.

Owns: reading the value at a filter's path, and the three-valued predicate.
Knows nothing of: queries, pages, HTTP, and how any server filters.
Source: x-filter of each list parameter; x-behaviours filter-null-never-matches and filter-ignores-case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from operator import ge, gt, le, lt
from typing import Any

from cancelkit.contract_tests.oracles.instants import EXACT, instant
from cancelkit.contract_tests.oracles.records import is_decimal
from cancelkit.contract_tests.oracles.text import found_by
from cancelkit.spec import Filter

Row = Mapping[str, Any]
COMPARE = {"gt": gt, "gte": ge, "lt": lt, "lte": le}


def value_at(row: Row, path: Sequence[str]) -> Any:
    """The value at `path` of a detailed row; None where it, or an object on the way to it, is null or absent."""
    found: Any = row
    for key in path:
        if type(found) is not dict and not isinstance(found, Mapping):  # the first is all there is in JSON, and cheap
            return None
        found = found.get(key)
    return found


def matches(rule: Filter, wanted: str, row: Row, unit: timedelta = EXACT) -> bool | None:
    """Whether `row` must be found by the filter with the query value `wanted`.

    unit: the resolution that the server shows (instants.resolution); values closer than that are not judged.
    Returns:
        True: it must be found; False: it must not; None: the contract, or what the server shows, leaves it open.
    """
    value = value_at(row, rule.path)
    if value is None:
        return False
    if rule.lookup == "in":
        return any(_equal(rule, value, one) for one in wanted.split(","))
    if rule.lookup == "iexact":
        return found_by(rule.comparing, str(value), wanted)
    if rule.schema.get("format") == "date-time":
        shown = instant(value)
        if shown is None:
            return None
        return _day(rule, wanted, shown, unit) if rule.transform == "date" else _moment(rule, wanted, shown, unit)
    return _equal(rule, value, wanted) if rule.lookup == "exact" else _ordered(rule, wanted, value)


def _equal(rule: Filter, value: Any, wanted: str) -> bool:
    if isinstance(value, bool):
        return str(value).lower() == wanted
    one, other = _number(rule, value), _number(rule, wanted)
    return one == other if one is not None and other is not None else str(value) == wanted


def _number(rule: Filter, value: Any) -> Decimal | None:
    """The number that a value of a numeric or decimal schema writes."""
    try:
        numeric = rule.schema.get("type") in ("integer", "number") or is_decimal(rule.schema)
        return Decimal(str(value)) if numeric else None
    except InvalidOperation:
        return None


def _ordered(rule: Filter, wanted: str, value: Any) -> bool | None:
    """Numbers and dates are ordered; which of two texts comes first is for no rule to say."""
    compare = COMPARE[rule.lookup]
    one, other = _number(rule, value), _number(rule, wanted)
    if one is not None and other is not None:
        return bool(compare(one, other))
    if rule.schema.get("format") == "date" and isinstance(value, str):
        return bool(compare(date.fromisoformat(value), date.fromisoformat(wanted)))
    return None


def _moment(rule: Filter, wanted: str, shown: datetime, unit: timedelta) -> bool | None:
    asked = instant(wanted)
    if asked is None or (unit > EXACT and abs(asked - shown) < unit):
        return None
    return asked == shown if rule.lookup == "exact" else bool(COMPARE[rule.lookup](shown, asked))


def _day(rule: Filter, wanted: str, shown: datetime, unit: timedelta) -> bool | None:
    zone, asked = rule.comparing.zone, date.fromisoformat(wanted)
    if not rule.comparing.whole:
        return _moment(rule, datetime.combine(asked, time(), zone).isoformat(), shown, unit)
    slack = timedelta(0) if unit == EXACT else unit
    earliest, latest = (moment.astimezone(zone).date() for moment in (shown - slack, shown + slack))
    if earliest != latest:
        return None
    return earliest == asked if rule.lookup == "exact" else bool(COMPARE[rule.lookup](earliest, asked))


def all_match(tests: Sequence[tuple[Filter, str]], row: Row, unit: timedelta = EXACT) -> bool | None:
    """Whether `row` must be found by all filters together: False beats open beats True."""
    answers = [matches(rule, wanted, row, unit) for rule, wanted in tests]
    if False in answers:
        return False
    return None if None in answers else True
