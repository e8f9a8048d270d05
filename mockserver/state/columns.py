"""The contract's filters and orderings as columns and conditions on them.

Owns: which columns the store has, what goes into them, and the condition that each filter is.
Knows nothing of: HTTP, the suite's reading of the same lines.
Source: the contract's x-filter and x-ordering.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from cancelkit.mockserver.state.conditions import Among, Beginning, Between, Condition, Containing, Equal
from cancelkit.mockserver.state.instants import Day, instant, shown, whole_day
from cancelkit.mockserver.state.text import fold, folding
from cancelkit.spec import Contract, Filter, Schema


@dataclass(frozen=True, slots=True)
class Column:
    """A column of searchable values.

    path: into the detailed representation. store: turns a value for the column. folded: whether texts are folded.
    """

    path: tuple[str, ...]
    store: Callable[[Any], Any]
    folded: bool = False

    def of(self, detailed: Mapping[str, Any]) -> Any:
        """The column's value for a record; None where the value, or an object on the way to it, is null."""
        value: Any = detailed
        for key in self.path:
            if value.__class__ is not dict and not isinstance(value, Mapping):
                return None
            value = value.get(key)
        return None if value is None else self.store(value)


def columns(contract: Contract, key: str) -> tuple[Column, ...]:
    """One column for each path and way of comparing that the contract's filters and orderings use.

    Args:
        key: the field that the table has a column for already; empty where it has none.
    """
    found = {}
    for rule in _rules(contract):
        folded = rule.lookup == "iexact"
        if folded or rule.path != (key,):
            found[rule.path, folded] = Column(
                rule.path, _stored(rule.schema, folding(rule.comparing) if folded else None), folded
            )
    return tuple(found.values())


def free_texts(contract: Contract) -> list[Column]:
    """A folded column for each field of a record that people write: no format, no enum."""
    fields = {name: field.schema for name, field in contract.resource.fields.items()}
    free = [
        name
        for name, schema in fields.items()
        if schema.get("type") == "string" and not schema.get("format") and not schema.get("enum")
    ]
    return [Column((name,), lambda value: fold(value) if isinstance(value, str) else None, True) for name in free]


def _rules(contract: Contract) -> Iterator[Filter]:
    """The filters, and one for each field by which lists are ordered, or in which a record's state stands."""
    yield from contract.filters.values()
    if (one_each := referring(contract)) is not None:
        yield one_each
    fields = contract.resource.detailed_fields
    named = [contract.resource.state] if contract.resource.state else []
    named += ordered_fields(contract)
    for name in named:
        if name in fields:
            yield Filter((name,), "exact", None, fields[name].schema, fields[name].nullable)


def referring(contract: Contract) -> Filter | None:
    """Finds the records that refer to a row of which each may have one open record only."""
    reference = contract.resource.references.get(contract.one_each or "")
    if reference is None:
        return None
    place = reference.opened_detailed or reference.opened
    path = (place, reference.key) if place else (reference.field,)
    return Filter(path, "exact", None, reference.schema, nullable=True)


def being_open(contract: Contract) -> tuple[Filter, list[str]] | None:
    """Finds the records that are open, with the states in which one is; None where every record is."""
    moves = contract.resource.transitions
    if moves is None or not contract.closing:
        return None
    schema = contract.resource.detailed_fields[moves.field].schema
    return Filter((moves.field,), "in", None, schema, nullable=False), [
        s for s in moves.statuses if s not in contract.closing
    ]


def ordered_fields(contract: Contract) -> list[str]:
    """The fields by which lists are ordered."""
    rules = [operation.ordering for operation in contract.operations.values() if operation.ordering is not None]
    named = dict.fromkeys(str(value).removeprefix("-") for rule in rules for value in rule.schema.get("enum", ()))
    if (order := usual_order(contract)) is not None:
        named[order.removeprefix("-")] = None
    return [name for name in named if name in contract.resource.detailed_fields]


def usual_order(contract: Contract) -> str | None:
    """The field by which a list is ordered that says nothing of it, with "-" for descending; None for by number."""
    changed = contract.resource.set_on("change")
    return f"-{changed[0]}" if contract.chosen("list-order") == "last-changed-first" and changed else None


def condition(rule: Filter, value: Any, place: int) -> Condition:
    """What a filter demands of a row.

    Args:
        value: text, number, microseconds (date-times, and dates as the beginning of the day in
            UTC; a Day is the whole day), or a list of these.
        place: where in a row the values of the filter's field stand.
    """
    if rule.lookup == "in":
        return Among(place, frozenset(value))
    if rule.transform == "date":
        zone = rule.comparing.zone
        if rule.comparing.whole:
            return _by_day(rule.lookup, whole_day(value, zone), place)
        return _ordered(rule.lookup, shown(value, zone), place)
    if isinstance(value, Day):
        return _by_day(rule.lookup, value, place)
    if rule.lookup == "iexact":
        return _TEXTS[rule.comparing.reach](place, folding(rule.comparing)(value))
    return _ordered(rule.lookup, value, place)


def _ordered(lookup: str, value: Any, place: int) -> Condition:
    match lookup:
        case "gt" | "gte":
            return Between(place, low=value, low_open=lookup == "gt")
        case "lt" | "lte":
            return Between(place, high=value, high_open=lookup == "lt")
    return Equal(place, value)


_TEXTS: Mapping[str, Callable[[int, str], Condition]] = {
    "equal": Equal,
    "starts-with": Beginning,
    "contains": Containing,
}


def _by_day(lookup: str, day: Day, place: int) -> Condition:
    """A comparison with a whole day."""
    low = {"exact": day.start, "gte": day.start, "gt": day.end}.get(lookup)
    high = {"exact": day.end, "lte": day.end, "lt": day.start}.get(lookup)
    return Between(place, low, high=high, high_open=True)


def _stored(schema: Schema, folded: Callable[[str], str] | None) -> Callable[[Any], Any]:
    if folded is not None:
        return lambda value: folded(value if isinstance(value, str) else orjson.dumps(value).decode())
    form = schema.get("format")
    if form == "date-time":
        return lambda value: instant(value) if isinstance(value, str) else None
    if form == "date":
        return lambda value: instant(f"{value}T00:00:00Z")
    if form == "decimal":
        return decimal
    return plain


def decimal(value: Any) -> float | None:
    """A decimal text as a number that can be compared; None for what is none."""
    try:
        return float(Decimal(str(value)))
    except (InvalidOperation, OverflowError):
        return None


def plain(value: Any) -> Any:
    """A JSON value as it is compared: lists and objects as their text."""
    return orjson.dumps(value).decode() if isinstance(value, list | dict) else value
