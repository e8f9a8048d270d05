"""Filter values that no right server takes.

Owns: `malformed`, of a schema; `checked`, what of it every server checks; `wrong`, of a list, where the contract
    promises their refusal.
Source: x-behaviours filter-refuses-malformed; schemas of the parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cancelkit.contract_tests.observing.filters_values import kind, takes, text
from cancelkit.contract_tests.observing.listing import Listing
from cancelkit.spec import Contract, Schema
from cancelkit.spec.values import NoValue, Values

GARBAGE = "abc"
MOST = 8
"""So many values are tried at most."""
LONGEST = 2000
TYPED = ("integer", "number", "boolean", "array")
NUMBER: Schema = {"type": "number"}


def malformed(schema: Schema) -> list[str]:
    """Query values that no reading of the schema takes; empty where every text will do."""
    values = Values(schema)
    try:
        broken, typical = values.broken(), text(values.typical())
    except NoValue:
        return []
    found = [text(one.value) for one in broken if not one.open and not one.convertible and _writable(one.value)]
    inner = schema.get("items", schema)
    if schema.get("type") in TYPED and inner.get("type") in TYPED:
        found += [f"{typical}{GARBAGE}", *([f"{typical},{GARBAGE}"] if schema.get("type") == "array" else [])]
        found += [f"{typical},{typical}"] if schema.get("type") in ("integer", "boolean") else []
    usable = (value for value in dict.fromkeys(found) if value.strip() == value != "" and len(value) <= LONGEST)
    readings = [schema]
    if inner.get("type") == "integer":
        readings.append({**schema, "items": NUMBER} if schema.get("type") == "array" else NUMBER)
    return [v for v in usable if "\0" not in v and not any(takes(reading, v) for reading in readings)][:MOST]


def checked(schema: Schema) -> Schema:
    """What of a schema every server checks: without the format of a text, unless it says how values compare."""
    loose = schema.get("type") == "string" and kind(schema) in ("text", "uuid") and "enum" not in schema
    return {name: value for name, value in schema.items() if name != "format"} if loose else schema


def _writable(value: Any) -> bool:
    """Whether a query can write the value at all."""
    if isinstance(value, list):
        return bool(value) and all(_writable(item) and not isinstance(item, list) for item in value)
    return value is not None and not isinstance(value, Mapping)


def wrong(contract: Contract, listing: Listing) -> dict[str, list[str]]:
    """Malformed values of the filters of a list that may be judged; nothing where the contract lets them pass."""
    if contract.behaviour("filter-refuses-malformed") is None:
        return {}
    return {name: values for name, parameter, _ in listing.judged if (values := malformed(parameter.schema))}
