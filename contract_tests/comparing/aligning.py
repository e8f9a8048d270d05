"""Which records a list may be asked for on both sides, so that only the servers can make a difference.

Owns: how a record stands to a filter's value, and leaving out those that stand otherwise on the other side.
Source: x-filter; the sides hold different rows behind their references.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date, tzinfo
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from typing import Any

from cancelkit.contract_tests.comparing.calls import Call
from cancelkit.contract_tests.comparing.sides import Names, Side, Unalignable
from cancelkit.contract_tests.machine.differences import BY_ID
from cancelkit.contract_tests.observing.filters_values import kind
from cancelkit.contract_tests.oracles.instants import instant
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.contract_tests.oracles.zones import asked
from cancelkit.spec import Contract, Filter

Query = list[tuple[str, Any]]
Pair = tuple[Side, Names]


def queries(call: Call, left: Pair, right: Pair) -> tuple[Query, Query, tuple[str, ...]]:
    """The query for each side, and the records to which it restricts the list.

    Raises:
        Unalignable: a value can't be asked for, or no record stands to it the same on both sides.
    """
    bare = [side.query(call, names, ()) for side, names in (left, right)]
    among = tuple(label for label in call.among if all(label in names.ids for _, names in (left, right)))
    kept = tuple(label for label in among if _stands(left, label, bare[0]) == _stands(right, label, bare[1]))
    if call.among and not kept:
        raise Unalignable("no record stands to the value the same on both sides")
    ours, theirs = (side.query(call, names, kept) for side, names in (left, right))
    return ours, theirs, kept


def ordered(contract: Contract, call: Call, among: tuple[str, ...], left: Pair, right: Pair) -> bool:
    """Whether the order of a list's records can be compared: ids that are no numbers stand anyhow."""
    parameter = call.operation.ordering
    chosen = next((str(value) for name, value in call.query if parameter and name == parameter.name), "")
    if not chosen:
        return contract.resource.numbered or contract.chosen("list-order") not in BY_ID
    field = chosen.lstrip("-")
    values = [[names.rows.get(label, {}).get(field) for label in among] for _, names in (left, right)]
    mine, theirs = values
    return mine == theirs and None not in mine and len({str(one) for one in mine}) == len(mine)


def _stands(pair: Pair, label: str, query: Query) -> tuple[Any, ...]:
    side, names = pair
    row, bare = names.rows.get(label, {}), side.contract.choices["no-offset"].zone
    found = [(side.filter(name), value) for name, value in query]
    return tuple(_relation(known[1], row, str(value), bare) for known, value in found if known is not None)


def _relation(rule: Filter, row: Mapping[str, Any], text: str, bare: tzinfo) -> Any:
    """How a row's value stands to a query's: everything that any server may make a difference of.

    bare: the zone of a date-time without an offset.
    """
    value = value_at(row, rule.path)
    if value is None:
        return None
    if rule.lookup == "in":
        return any(_compared(rule, value, part, bare) in (0, (0,)) for part in text.split(","))
    return _compared(rule, value, text, bare)


def _compared(rule: Filter, value: Any, text: str, bare: tzinfo) -> Any:
    form = kind(rule.schema)
    try:
        if form in ("integer", "number"):
            return _numbers(Decimal(str(value)), Decimal(text))
        if form == "date-time":
            return _moments(rule, value, text, bare)
        if form == "date":
            return _sign(date.fromisoformat(str(value)), date.fromisoformat(text))
    except (ValueError, InvalidOperation):
        return "unreadable"
    return _texts(str(value).lower() if isinstance(value, bool) else str(value), text)


def _moments(rule: Filter, value: Any, text: str, bare: tzinfo) -> Any:
    moment = instant(value)
    if moment is None:
        return "unreadable"
    if rule.transform == "date":
        return _sign(moment.astimezone(rule.comparing.zone).date(), date.fromisoformat(text))
    if zoned := asked(text, by_day=False):
        topic, start = zoned
        by_day = topic == "day-as-moment"
        return (
            _sign(moment.astimezone(bare).date(), start.date()) if by_day else _sign(moment, start.replace(tzinfo=bare))
        )
    full = instant(text)
    return "unreadable" if full is None else _sign(moment, full)


def _numbers(value: Decimal, wanted: Decimal) -> Any:
    """A fraction may be taken for the integer beside it."""
    beside = {wanted, wanted.to_integral_value(ROUND_FLOOR), wanted.to_integral_value(ROUND_CEILING)}
    signs = tuple(_sign(value, one) for one in sorted(beside))
    return signs if len(signs) > 1 else signs[0]


def _sign(one: Any, other: Any) -> int:
    return int(one > other) - int(one < other)


def _texts(value: str, text: str) -> tuple[bool | int, ...]:
    plain = "".join(c.lower() if c.isascii() else c for c in value)
    asked = "".join(c.lower() if c.isascii() else c for c in text)
    if value == text:
        return (0,)
    found: list[bool] = [plain == asked, plain == asked.strip(), text == ""]
    for form in (str, _composed):
        one, other = form(value).casefold(), form(text).casefold().strip()
        found += [one == other, one.startswith(other), other in one]
    return tuple(found)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)
