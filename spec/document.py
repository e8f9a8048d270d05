"""The contract as plain data: its local references followed, its schemas as JSON Schema.

Owns: following references, turning an OpenAPI 3.0 schema into JSON Schema.
Source: OpenAPI 3.0.3, "Reference Object" and "Schema Object".
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from cancelkit.spec.errors import Place, SpecError, from_pointer, joined
from cancelkit.spec.loading import read_document

Json = Any
Direction = Literal["request", "response"]


def read(path: Path) -> dict[str, Json]:
    """Return the data of `read_document(path)`, for callers that locate no places.

    Raises:
        SpecError: the file can't be read, is not well-formed, or repeats a key; the message names file and line.
    """
    try:
        return read_document(path).data
    except SpecError as error:
        line = f", line {error.location.line}" if error.location and error.location.line else ""
        raise SpecError(f"{path.name}{line}", error.message, error.location) from error


def pointed(document: Mapping[str, Json], ref: str, place: str | Place) -> Json:
    """Return what the local reference `ref` (`#/components/...`) points to.

    Raises:
        SpecError: `ref` leaves the document, or nothing stands there.
    """
    if not ref.startswith("#/"):
        raise SpecError(
            place, f"$ref {ref!r} leaves the document; only references such as '#/components/...' are followed here"
        )
    found: Json = document
    for part in from_pointer(ref):
        if not isinstance(found, dict) or part not in found:
            raise SpecError(place, f"$ref {ref!r} points to nothing")
        found = found[part]
    return found


def resolved(document: Mapping[str, Json], node: Json, place: str | Place, _open: tuple[str, ...] = ()) -> Json:
    """Return a copy of `node` in which every $ref is replaced by what it points to.

    Raises:
        SpecError: a reference is broken, or leads back to itself.
    """
    if isinstance(node, dict):
        ref = node.get("$ref")
        if isinstance(ref, str):
            if ref in _open:
                raise SpecError(place, f"$ref {ref!r} leads back to itself")
            target: str | Place = ref if isinstance(place, str) else from_pointer(ref)
            return resolved(document, pointed(document, ref, place), target, (*_open, ref))
        return {key: resolved(document, value, joined(place, key), _open) for key, value in node.items()}
    if isinstance(node, list):
        return [resolved(document, value, joined(place, index), _open) for index, value in enumerate(node)]
    return node


def json_schema(schema: Mapping[str, Json], direction: Direction) -> dict[str, Json]:
    """Return a resolved OpenAPI 3.0 schema as JSON Schema (2020-12).

    `nullable` admits null beside whatever else the schema says, `allOf` and the like included. In direction "request"
    read-only properties are dropped, as the contract ignores them there; in direction "response" write-only ones are
    dropped. Neither is required where it is dropped. Annotations (examples, x- keys) go.
    """
    out: dict[str, Json] = {}
    for key, value in schema.items():
        if key in _ANNOTATIONS or key.startswith("x-"):
            continue
        if key == "properties":
            out[key] = {
                name: json_schema(inner, direction) for name, inner in value.items() if not hidden(inner, direction)
            }
        elif key in ("items", "additionalProperties", "not") and isinstance(value, dict):
            out[key] = json_schema(value, direction)
        elif key in ("allOf", "anyOf", "oneOf"):
            out[key] = [json_schema(inner, direction) for inner in value]
        elif key in ("exclusiveMinimum", "exclusiveMaximum"):
            bound = "minimum" if key == "exclusiveMinimum" else "maximum"
            if value and bound in schema:
                out[key] = schema[bound]
        else:
            out[key] = value
    unwanted = {name for name, inner in schema.get("properties", {}).items() if hidden(inner, direction)}
    if unwanted and "required" in out:
        out["required"] = [name for name in out["required"] if name not in unwanted]
    if schema.get("nullable"):
        if any(key in out for key in ("allOf", "anyOf", "oneOf", "not")):
            return {"if": {"not": {"type": "null"}}, "then": out}
        if "type" in out:
            out["type"] = [out["type"], "null"]
        if "enum" in out and None not in out["enum"]:
            out["enum"] = [*out["enum"], None]
    return out


def hidden(schema: Mapping[str, Json], direction: Direction) -> bool:
    """Return whether a property of this resolved schema is absent in that direction: readOnly or writeOnly."""
    mark = "readOnly" if direction == "request" else "writeOnly"
    return bool(schema.get(mark)) or any(hidden(inner, direction) for inner in schema.get("allOf", ()))


def admits_null(schema: Mapping[str, Json]) -> bool:
    """Return whether null is among the values of a resolved schema."""
    if schema.get("nullable"):
        return True
    if "type" in schema or ("enum" in schema and None not in schema["enum"]):
        return False
    return (
        all(map(admits_null, schema.get("allOf", ())))
        and ("anyOf" not in schema or any(map(admits_null, schema["anyOf"])))
        and ("oneOf" not in schema or sum(map(admits_null, schema["oneOf"])) == 1)
        and ("not" not in schema or not admits_null(schema["not"]))
    )


_ANNOTATIONS = frozenset(
    {"nullable", "readOnly", "writeOnly", "example", "deprecated", "description", "title", "default"}
)
