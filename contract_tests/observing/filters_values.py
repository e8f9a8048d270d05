"""Values of filters as a query writes them, and made-up rows that a filter finds or misses.

Owns: what kind of value a filter compares, writing and reading query values, examples for the judges.
Source: x-filter and the schema of each list parameter.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from functools import cache
from itertools import combinations, product
from typing import Any

from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.examples import UUID, at, joined
from cancelkit.contract_tests.oracles.instants import instant
from cancelkit.contract_tests.oracles.matching import matches
from cancelkit.contract_tests.oracles.records import is_decimal
from cancelkit.spec import Filter, Parameter, Schema
from cancelkit.spec.values import Values

MALFORMED = object()
COMPARISONS = ("gt", "gte", "lt", "lte")
Named = tuple[str, Parameter, Filter]
Tests = tuple[tuple[str, Filter, str], ...]


def kind(schema: Schema) -> str:
    """How values of a schema compare: date-time, date, boolean, integer, number, uuid, text, or none (objects)."""
    form, name = schema.get("type"), schema.get("format")
    if is_decimal(schema) or form == "number":
        return "number"
    if form in ("integer", "boolean"):
        return str(form)
    if form == "string" and name in ("date-time", "date", "uuid"):
        return str(name)
    return "text" if form == "string" or schema.get("enum") else "none"


def ordered(rule: Filter) -> bool:
    """Whether the contract says which of two values comes first; of texts it does not."""
    return kind(rule.schema) in ("date-time", "date", "integer", "number")


def decided(rule: Filter) -> bool:
    """Whether the oracle can say what the filter must find."""
    return kind(rule.schema) != "none" and (rule.lookup not in COMPARISONS or ordered(rule))


def text(value: Any) -> str:
    """A JSON value as a query writes it; lists by commas."""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(text, value)) if isinstance(value, list | tuple) else str(value)


def read(schema: Schema, value: str) -> Any:
    """The JSON value that a query value stands for under a parameter's schema; MALFORMED where it stands for none."""
    form = schema.get("type")
    try:
        if form == "array":
            return [read(schema.get("items", {}), item) for item in value.split(",")]
        if form == "integer":
            return int(value) if value.isascii() else MALFORMED
        if form == "number":
            number = Decimal(value)
            return float(number) if number.is_finite() else MALFORMED
    except (ValueError, InvalidOperation):
        return MALFORMED
    return {"true": True, "false": False}.get(value.lower(), MALFORMED) if form == "boolean" else value


def takes(schema: Schema, value: str) -> bool:
    """Whether a parameter with the schema admits the query value."""
    found = read(schema, value)
    return (
        found is not MALFORMED
        and MALFORMED not in (found if isinstance(found, list) else ())
        and _admits(schema, found)
    )


def _admits(schema: Schema, value: Any) -> bool:
    return _values(json.dumps(schema, sort_keys=True, default=str)).admits(value)


@cache
def _values(schema: str) -> Values:
    return Values(json.loads(schema))


_LADDERS: dict[str, tuple[Any, Any, Any]] = {
    "date-time": ("2025-03-03T10:00:00Z", "2025-03-04T10:00:00Z", "2025-03-05T10:00:00Z"),
    "date": ("2025-03-03", "2025-03-04", "2025-03-05"),
    "boolean": (False, True, False),
    "integer": (10, 11, 12),
    "number": (10.5, 11.5, 12.5),
    "uuid": (f"{UUID[:-1]}0", f"{UUID[:-1]}1", f"{UUID[:-1]}2"),
    "text": ("çağ-0", "çağ-1", "cag-1"),
}
AS_FIRST_INSTANT = {"gt": "gte", "lte": "lt"}
"""What a comparison with a day's first instant finds of moments within that day."""
_HIT_AND_MISS = {"gt": (2, 1), "gte": (1, 0), "lt": (0, 1), "lte": (1, 2)}


def _ladder(parameter: Parameter, rule: Filter) -> tuple[Any, Any, Any]:
    """Three values, ascending where they have an order."""
    known = [value for value in parameter.schema.get("enum", ()) if value is not None]
    if known and rule.lookup not in COMPARISONS:
        return "else", known[0], known[1] if len(known) > 1 else "else"
    return _LADDERS[kind(rule.schema)]


def example_values(parameter: Parameter, rule: Filter) -> tuple[str, Any, Any]:
    """(a query value, a record's value that it matches, one that it does not)."""
    ladder = _ladder(parameter, rule)
    by_day = rule.transform == "date"
    lookup = rule.lookup if not by_day or rule.comparing.whole else AS_FIRST_INSTANT.get(rule.lookup, rule.lookup)
    hit, miss = _HIT_AND_MISS.get(lookup, (1, 2))
    asked = text(ladder[1])
    if by_day and (moment := instant(asked)):
        asked = moment.astimezone(rule.comparing.zone).date().isoformat()
    return (
        asked.upper() if rule.lookup == "iexact" and "enum" not in parameter.schema else asked,
        ladder[hit],
        ladder[miss],
    )


def example_rows(rule: Filter, id_field: str, *values: Any) -> tuple[Row, ...]:
    """Made-up detailed rows, one for each value at the filter's path, numbered from 1."""
    return tuple({id_field: number, **at(rule.path, value)} for number, value in enumerate(values, 1))


def example_pair(filters: Sequence[Named], id_field: str) -> tuple[Tests, tuple[Row, Row, Row]] | None:
    """Two filters at once, and rows of which the first matches both, the others one of them only; None without such."""
    usable = [one for one in filters if decided(one[2]) and one[2].path != (id_field,)]
    for (name, parameter, rule), (other, its_parameter, its_rule) in combinations(usable, 2):
        tests = (
            (name, rule, example_values(parameter, rule)[0]),
            (other, its_rule, example_values(its_parameter, its_rule)[0]),
        )
        found = {
            (matches(rule, tests[0][2], row), matches(its_rule, tests[1][2], row)): row
            for row in _mixed(_ladder(parameter, rule), rule, _ladder(its_parameter, its_rule), its_rule)
        }
        wanted = ((True, True), (True, False), (False, True))
        if all(key in found for key in wanted):
            one, two, three = ({**found[key], id_field: number} for number, key in enumerate(wanted, 1))
            return tests, (one, two, three)
    return None


def _mixed(left: Sequence[Any], rule: Filter, right: Sequence[Any], its_rule: Filter) -> Iterator[dict[str, Any]]:
    for one, other in product(left, right):
        yield joined(at(rule.path, one), at(its_rule.path, other))
