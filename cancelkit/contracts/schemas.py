"""Faults of the schema objects and references in a document, all of them in one walk.

Owns: `faults`: unknown keywords, values of the wrong kind, bounds that exclude each other, references to nothing.
Source: OpenAPI 3.0.3, "Schema Object" and "Reference Object".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cancelkit.contracts.finding import hint
from cancelkit.spec.document import pointed
from cancelkit.spec.errors import Place, SpecError

Fault = tuple[Place, str]
TYPES = ("array", "boolean", "integer", "number", "object", "string")
_COUNTS = frozenset({"maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"})
_NUMBERS = frozenset({"maximum", "minimum", "multipleOf"})
_FLAGS = frozenset(
    {"nullable", "readOnly", "writeOnly", "deprecated", "uniqueItems", "exclusiveMinimum", "exclusiveMaximum"}
)
_TEXTS = frozenset({"title", "description", "format", "pattern"})
_NESTED = frozenset({"items", "not", "additionalProperties"})
_LISTS = frozenset({"allOf", "oneOf", "anyOf"})
_OTHERS = frozenset(
    {"type", "enum", "required", "properties", "default", "example", "discriminator", "xml", "externalDocs"}
)
KEYWORDS = _COUNTS | _NUMBERS | _FLAGS | _TEXTS | _NESTED | _LISTS | _OTHERS
PAIRS = (
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)
DATA = frozenset({"example", "examples", "default", "enum"})


def faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the place and a sentence for each fault."""
    yield from _references(document, document, ())
    for place, schema in schemas(document):
        yield from _schema(schema, place)


def schemas(document: Mapping[str, Any]) -> Iterator[tuple[Place, Any]]:
    """Yield every schema that stands in the document, with its place; those within schemas included."""
    components = document.get("components")
    named = components.get("schemas") if isinstance(components, dict) else None
    if isinstance(named, dict):
        for name, schema in named.items():
            yield from _inner(schema, ("components", "schemas", str(name)))
    for top in ("paths", "components"):
        yield from _below(document.get(top), (top,))


def _below(node: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    """The schemas under `schema` keys: of parameters, headers and bodies."""
    if place == ("components", "schemas"):
        return
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "schema":
                yield from _inner(value, (*place, key))
            elif key not in DATA:
                yield from _below(value, (*place, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _below(value, (*place, index))


def _inner(schema: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    yield place, schema
    if not isinstance(schema, dict) or "$ref" in schema:
        return
    properties = schema.get("properties")
    for name, node in properties.items() if isinstance(properties, dict) else ():
        yield from _inner(node, (*place, "properties", name))
    for key in _NESTED:
        if key in schema and not (key == "additionalProperties" and isinstance(schema[key], bool)):
            yield from _inner(schema[key], (*place, key))
    for key in _LISTS:
        for index, node in enumerate(schema[key] if isinstance(schema.get(key), list) else ()):
            yield from _inner(node, (*place, key, index))


def _references(document: Mapping[str, Any], node: Any, place: Place) -> Iterator[Fault]:
    if isinstance(node, dict):
        ref = node.get("$ref")
        if isinstance(ref, str):
            try:
                pointed(document, ref, place)
            except SpecError as error:
                yield (*place, "$ref"), error.message
        for key, value in node.items():
            if key not in DATA:
                yield from _references(document, value, (*place, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _references(document, value, (*place, index))


def _schema(schema: Any, place: Place) -> Iterator[Fault]:
    if not isinstance(schema, dict):
        yield place, "a schema must be a mapping"
        return
    if "$ref" in schema:
        return
    for key, value in schema.items():
        if key not in KEYWORDS and not str(key).startswith("x-"):
            said = f"{key!r} is not a keyword of OpenAPI 3.0's schema object{hint(str(key), KEYWORDS)}"
            yield (*place, key), said
        elif (wrong := _wrong(key, value)) is not None:
            yield (*place, key), f"{key} must be {wrong}"
    for low, high in PAIRS:
        least, most = schema.get(low), schema.get(high)
        if isinstance(least, int | float) and isinstance(most, int | float) and least > most:
            yield (*place, low), f"{low} {least} is above {high} {most}: no value fits"
    if schema.get("type") == "array" and "items" not in schema:
        yield place, "an array needs `items`"
    required, properties = schema.get("required"), schema.get("properties")
    if isinstance(required, list) and isinstance(properties, dict):
        for name in required:
            if name not in properties and "allOf" not in schema:
                yield (*place, "required"), f"{name!r} is not one of the properties"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _wrong(key: str, value: Any) -> str | None:
    """What the keyword's value must be, if it is something else."""
    if key == "type":
        return None if value in TYPES else f"one of {', '.join(TYPES)}"
    if key in _COUNTS:
        return (
            None if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else "a whole number from 0"
        )
    if key in _NUMBERS:
        fits = _is_number(value) and (key != "multipleOf" or value > 0)
        return None if fits else "a number" + (" above 0" if key == "multipleOf" else "")
    if key in _FLAGS:
        return None if isinstance(value, bool) else "true or false"
    if key in _TEXTS:
        return _wrong_text(key, value)
    if key in ("enum", "required", *_LISTS):
        return None if isinstance(value, list) and value else "a list that is not empty"
    if key == "properties":
        return None if isinstance(value, dict) else "a mapping of names to schemas"
    return None


def _wrong_text(key: str, value: Any) -> str | None:
    if not isinstance(value, str):
        return "a text"
    if key == "pattern":
        try:
            re.compile(value)
        except re.error as error:
            return f"a regular expression: {error}"
    return None
