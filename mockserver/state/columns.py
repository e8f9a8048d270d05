"""The contract's filters and orderings as columns and conditions of SQL.

Owns: which columns the store has, what goes into them, and the condition that each filter is.
Knows nothing of: HTTP, connections, the suite's reading of the same lines.
Source: the contract's x-filter and x-ordering. SQL holds names made from the contract only; values are always bound.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from cancelkit.mockserver.state.instants import DAY, instant
from cancelkit.mockserver.state.text import fold
from cancelkit.spec import Contract, Filter, Schema

Bound = tuple[str, list[Any]]
_COMPARE = {"exact": "=", "iexact": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_BY_DAY = {"exact": (">=", 0), "gt": (">=", DAY), "gte": (">=", 0), "lt": ("<", 0), "lte": ("<", DAY)}
_INT64 = 1 << 63


@dataclass(frozen=True, slots=True)
class Column:
    """A column of searchable values: `path` into the detailed representation, `store` turns a value for it."""

    name: str
    path: tuple[str, ...]
    store: Callable[[Any], Any]

    def of(self, detailed: Mapping[str, Any]) -> Any:
        """The column's value for a record; None where the value, or an object on the way to it, is null."""
        value: Any = detailed
        for key in self.path:
            if not isinstance(value, Mapping):
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
        if rule.path != (key,):
            name = column_name(rule.path, rule.lookup == "iexact")
            found[name] = Column(name, rule.path, _stored(rule.schema, folded=rule.lookup == "iexact"))
    return tuple(found.values())


def _rules(contract: Contract) -> Iterator[Filter]:
    """The filters, and one for each field by which lists are ordered, or in which a record's state stands."""
    yield from contract.filters.values()
    fields = contract.resource.detailed_fields
    named = [contract.resource.state] if contract.resource.state else []
    for operation in contract.operations.values():
        if operation.ordering is not None:
            named += [str(value).removeprefix("-") for value in operation.ordering.schema.get("enum", ())]
    for name in named:
        if name in fields:
            yield Filter((name,), "exact", None, fields[name].schema, fields[name].nullable)


def condition(rule: Filter, value: Any, key: tuple[str, str] = ("", "")) -> Bound:
    """The SQL condition, and what is bound in it, for a filter and its parsed value.

    Args:
        value: text, number, microseconds (date-times, and dates as the beginning of the day), or a list of these.
        key: the field that holds a record's id, and its column.
    """
    own = rule.path == (key[0],) and rule.lookup != "iexact"
    name = key[1] if own else column_name(rule.path, rule.lookup == "iexact")
    if rule.lookup == "in":
        known = [v for v in value if not isinstance(v, int) or -_INT64 <= v < _INT64]
        return f"{name} IN (SELECT value FROM json_each(?))", [orjson.dumps(known).decode()]  # noqa: S608
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        return ("0" if rule.lookup in ("exact", "iexact") or (value > 0) == ("gt" in rule.lookup) else "1"), []
    if rule.transform == "date":
        operator, shift = _BY_DAY[rule.lookup]
        if rule.lookup == "exact":
            return f"{name} >= ? AND {name} < ?", [value, value + DAY]
        return f"{name} {operator} ?", [value + shift]
    return f"{name} {_COMPARE[rule.lookup]} ?", [fold(value) if rule.lookup == "iexact" else value]


def _stored(schema: Schema, *, folded: bool) -> Callable[[Any], Any]:
    if folded:
        return lambda value: fold(value if isinstance(value, str) else orjson.dumps(value).decode())
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
    """A JSON value as SQLite keeps it."""
    if isinstance(value, list | dict):
        return orjson.dumps(value).decode()
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        return float(value)
    return value


def column_name(path: tuple[str, ...], folded: bool = False) -> str:
    """The name of the column that holds `path`; different paths have different ones."""
    return re.sub(r"\W", "_", f"{'folded' if folded else 'value'}_{'__'.join(path)}")
