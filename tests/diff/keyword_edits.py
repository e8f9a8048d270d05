"""Edits of one keyword of a schema: removed, moved by one, added, listed otherwise, or the schema wrapped.

Owns: `edited`, drawn at random from every schema that the property test of edits knows.
Source: OpenAPI 3.0.3, "Schema Object".
"""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Any

from tests.edits.schemas import BOUNDS, NEW_SCHEMAS

Schema = dict[str, Any]
SCHEMAS: tuple[Schema, ...] = (
    *NEW_SCHEMAS,
    *({"type": kind, **bound} for kind, bounds in BOUNDS.items() for bound in bounds),
)
ADDED: dict[str, tuple[Schema, ...]] = {
    **BOUNDS,
    "array": ({"minItems": 1}, {"maxItems": 2}, {"uniqueItems": True}),
    "object": ({"additionalProperties": False}, {"required": ["a"]}, {"minProperties": 1}, {"maxProperties": 1}),
}
FORMATS = ("date", "date-time", "uuid", "email", "int32", "int64", "password", "hostname")
TYPES = {"integer": "number", "number": "integer", "string": "integer", "boolean": "string"}


def edited(random: Random) -> tuple[Schema, Schema]:
    """A schema, and the same with one edit."""
    while True:
        old: Schema = random.choice(SCHEMAS)
        new = deepcopy(old)
        edit = random.choice((_removed, _moved, _added, _listed, _typed, _wrapped, _marked, _inside))
        edit(new, random)
        if new != old:
            return old, new


def _removed(schema: Schema, random: Random) -> None:
    if keys := [key for key in schema if key != "type"]:
        del schema[random.choice(keys)]


def _moved(schema: Schema, random: Random) -> None:
    keys = [key for key, value in schema.items() if isinstance(value, int | float) and not isinstance(value, bool)]
    for key in random.sample(keys, min(1, len(keys))):
        schema[key] = max(1, schema[key] + random.choice((-1, 1))) if key != "minimum" else schema[key] - 1


def _added(schema: Schema, random: Random) -> None:
    extra = random.choice(ADDED.get(schema.get("type", ""), ({"format": random.choice(FORMATS)},)))
    schema.update({key: value for key, value in extra.items() if key not in schema})


def _listed(schema: Schema, random: Random) -> None:
    if len(schema.get("enum", ())) > 1 and random.random() < 0.5:
        schema["enum"].pop()
    elif "enum" in schema:
        schema["enum"].append({"string": "violet", "integer": 9}.get(schema["type"], False))


def _typed(schema: Schema, random: Random) -> None:
    if schema.get("type") in TYPES and "enum" not in schema:
        schema["type"] = TYPES[schema["type"]]


def _wrapped(schema: Schema, random: Random) -> None:
    inner = deepcopy(schema)
    schema.clear()
    other = [{"type": random.choice(("boolean", "array"))}]
    schema[random.choice(("anyOf", "oneOf"))] = [inner, *random.choice((other, other, []))]


def _marked(schema: Schema, random: Random) -> None:
    schema[random.choice(("nullable", "deprecated"))] = True


def _inside(schema: Schema, random: Random) -> None:
    """One edit of a schema within."""
    inner = [schema[key] for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)]
    inner += [*schema.get("properties", {}).values()]
    inner += [branch for key in ("oneOf", "anyOf", "allOf") for branch in schema.get(key, ())]
    if inner:
        random.choice((_removed, _moved, _added, _listed, _typed))(random.choice(inner), random)
