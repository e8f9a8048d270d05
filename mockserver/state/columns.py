"""The contract's filters as columns and conditions of SQL.

Owns: which columns the store has, what goes into them, and the condition that each filter is.
Knows nothing of: HTTP, connections, the suite's reading of the same lines.
Source: spec/openapi.yaml, x-filter. SQL holds names made from the spec; values are always bound.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from cancelkit.mockserver.state.instants import DAY, instant
from cancelkit.mockserver.state.text import fold
from cancelkit.spec import Contract, Filter

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
            if value is None:
                return None
            value = value.get(key)
        return None if value is None else self.store(value)


def columns(spec: Contract) -> tuple[Column, ...]:
    """One column for each path and way of comparing that the contract's filters use."""
    found = {}
    for rule in spec.filters.values():
        column = _column(rule)
        if column is not None:
            found[column.name] = column
    return tuple(found.values())


def condition(rule: Filter, value: Any) -> Bound:
    """The SQL condition, and what is bound in it, for a filter and its parsed value.

    value: text, number, microseconds (date-times, and dates as the beginning of the day), or a list of these.
    """
    name = "id" if rule.path == ("id",) else _name(rule)
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


def _column(rule: Filter) -> Column | None:
    if rule.path == ("id",):
        return None
    return Column(_name(rule), rule.path, _stored(rule))


def _stored(rule: Filter) -> Callable[[Any], Any]:
    if rule.lookup == "iexact":
        return fold
    if rule.schema.get("format") == "date-time":
        return instant
    return lambda value: value


def _name(rule: Filter) -> str:
    return _column_name(rule.path, rule.lookup == "iexact")


@cache
def _column_name(path: tuple[str, ...], folded: bool) -> str:
    return re.sub(r"\W", "_", f"{'folded' if folded else 'value'}_{'__'.join(path)}")
