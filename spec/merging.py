"""`allOf` made plain: a schema and the parts it is composed of, as one schema.

Owns: which keywords of two schemas can be joined, and what stands in place of both.
Source: OpenAPI 3.0.3, "Composition and Inheritance"; JSON Schema, `allOf` (a value must fit every part).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cancelkit.spec.errors import SpecError

Schema = Mapping[str, Any]

_LARGEST = frozenset({"minimum", "minLength", "minItems", "minProperties"})
_SMALLEST = frozenset({"maximum", "maxLength", "maxItems", "maxProperties"})
_ANY = frozenset({"uniqueItems", "deprecated", "readOnly", "writeOnly"})
_NESTED = ("items", "not", "additionalProperties")
_LISTS = ("oneOf", "anyOf")


def merged(schema: Any, place: str) -> Any:
    """Return the schema (references already followed) with every `allOf` joined into the schema that holds it.

    A part that can't be joined (two patterns, say) stays in an `allOf`; annotations of the outer schema win.

    Raises:
        SpecError: two parts contradict each other, such as two types.
    """
    if not isinstance(schema, Mapping):
        return schema
    own = {key: _inner(key, value, place) for key, value in schema.items() if key != "allOf"}
    parts = schema.get("allOf")
    if not parts:
        return own
    whole: dict[str, Any] = {}
    for index, part in enumerate(parts):
        whole = _joined(whole, merged(part, f"{place}/allOf/{index}"), f"{place}/allOf/{index}")
    return _joined(whole, own, place)


def _inner(key: str, value: Any, place: str) -> Any:
    if key == "properties" and isinstance(value, Mapping):
        return {name: merged(node, f"{place}/properties/{name}") for name, node in value.items()}
    if key in _NESTED:
        return merged(value, f"{place}/{key}")
    if key in _LISTS and isinstance(value, list):
        return [merged(node, f"{place}/{key}/{index}") for index, node in enumerate(value)]
    return value


def _joined(first: dict[str, Any], second: Schema, place: str) -> dict[str, Any]:
    """One schema for two that a value must both fit."""
    whole = dict(first)
    if first:  # null must be admitted by both; the parts of a composition are whole schemas
        nullable = bool(first.get("nullable")) and bool(second.get("nullable", "type" not in second))
        whole.pop("nullable", None)
    else:
        nullable = bool(second.get("nullable"))
    for key, value in second.items():
        if key == "nullable":
            nullable = nullable or (bool(value) and _only_annotates(second))
        elif key not in whole:
            whole[key] = value
        else:
            _add(whole, key, value, first, second, place)
    if nullable:
        whole["nullable"] = True
    return whole


def _only_annotates(schema: Schema) -> bool:
    """Whether a schema constrains nothing itself: `{allOf: [...], nullable: true}` is how OpenAPI 3.0 adds null."""
    return not {"type", "properties", "enum", "items", "oneOf", "anyOf"} & set(schema)


def _add(whole: dict[str, Any], key: str, value: Any, first: Schema, second: Schema, place: str) -> None:
    there = whole[key]
    if there == value:
        return
    if key == "properties":
        properties = dict(there)
        for name, node in value.items():
            properties[name] = _joined(properties[name], node, f"{place}/{name}") if name in properties else node
        whole[key] = properties
    elif key == "required":
        whole[key] = [*there, *(name for name in value if name not in there)]
    elif key == "enum":
        whole[key] = [item for item in there if item in value]
        if not whole[key]:
            raise SpecError(f"{place}/enum", "no value is in the enum of every part of the allOf")
    elif key in _LARGEST:
        whole[key] = max(there, value)
    elif key in _SMALLEST:
        whole[key] = min(there, value)
    elif key in _ANY:
        whole[key] = bool(there) or bool(value)
    elif key == "type":
        if {there, value} != {"integer", "number"}:
            raise SpecError(f"{place}/type", f"the parts of the allOf have different types, {there!r} and {value!r}")
        whole[key] = "integer"
    elif key == "items":
        whole[key] = _joined(there, value, f"{place}/items")
    elif key in ("pattern", "format", "multipleOf", "not", "oneOf", "anyOf", "additionalProperties"):
        whole["allOf"] = [*whole.get("allOf", []), {key: value}]
    elif key == "allOf":
        whole[key] = [*there, *value]
    else:
        whole[key] = value
