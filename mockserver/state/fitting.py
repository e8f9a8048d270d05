"""A value made to fit another version of its schema: what the schema does not know goes, what is missing comes.

Owns: `fitted`.
Knows nothing of: records, contracts; whether the result is valid (the schema's validator says that).
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from cancelkit.spec import Schema
from cancelkit.spec.values import NoValue, Values

_CHOICES = ("oneOf", "anyOf", "not")


def fitted(schema: Schema, value: Any, place: str) -> Any:
    """Return `value` without properties that `schema` does not know, and with those that it requires or defaults.

    Lists and objects are followed to any depth. A value that is no object where one is wanted stays as it is, and so
    does an object whose schema leaves its properties open or gives a choice of schemas.

    Args:
        place: of the value; the same place gets the same new values.
    """
    if isinstance(value, list) and isinstance(items := schema.get("items"), Mapping):
        return [fitted(items, item, f"{place}[{index}]") for index, item in enumerate(value)]
    if not isinstance(value, dict) or any(word in schema for word in _CHOICES):
        return value
    known, required, is_open = _properties(schema)
    if not known:
        return value
    kept = {name: fitted(known[name], item, f"{place}.{name}") for name, item in value.items() if name in known}
    added = {}
    for name, part in known.items():
        if name in value or part.get("writeOnly"):
            continue
        if "default" in part:
            added[name] = part["default"]
        elif name in required:
            found = None if part.get("nullable") else _drawn(part, f"{place}.{name}")
            if found is not None or part.get("nullable"):
                added[name] = found
    rest = {name: item for name, item in value.items() if name not in known} if is_open else {}
    whole = {**kept, **added}
    return {**{name: whole[name] for name in known if name in whole}, **rest}


def _properties(schema: Schema) -> tuple[dict[str, Schema], set[str], bool]:
    """All properties of an object, those of allOf among them; which are required; whether others are allowed."""
    known: dict[str, Schema] = {}
    required: set[str] = set()
    is_open = bool(schema.get("additionalProperties", False))
    for part in schema.get("allOf", ()):
        names, needed, opened = _properties(part)
        known |= names
        required |= needed
        is_open |= opened
    known |= schema.get("properties", {})
    required |= set(schema.get("required", ()))
    return known, required, is_open


def _drawn(schema: Schema, place: str) -> Any:
    """A value that fits; None where none is found, which the validator then reports as missing."""
    try:
        return Values(schema, direction="response", place=place).draw(Random(place))
    except NoValue:
        return None
