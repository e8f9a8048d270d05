"""The contract file as plain data: read from YAML, with every $ref followed.

Owns: reading the file, refusing duplicate keys, following references, turning an OpenAPI 3.0 schema into JSON Schema.
Knows nothing of: what our x- extensions mean (see reading.py).
Source: OpenAPI 3.0.3, "Reference Object" and "Schema Object".
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml

from spec.errors import SpecError

Json = Any
Direction = Literal["request", "response"]

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]  # the C loader has no stubs
    """YAML's safe loader, except that a key given twice is an error rather than silently the last one."""


def _mapping(loader: Any, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key, _ in node.value:
        if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
            mark = key.start_mark
            raise SpecError(f"line {mark.line + 1}", f"the key {key.value!r} stands twice in one mapping")
        seen.add(key.value)
    loader.flatten_mapping(node)
    return {loader.construct_object(k, deep=True): loader.construct_object(v, deep=True) for k, v in node.value}


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read(path: Path) -> dict[str, Json]:
    """Return the file at `path` as plain data.

    Raises:
        SpecError: the file can't be read, is not YAML, or repeats a key; the message names file and line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(path.name, f"can't be read: {error}") from error
    try:
        data = yaml.load(text, _Loader)  # noqa: S506  (a subclass of the safe loader)
    except yaml.YAMLError as error:
        raise SpecError(path.name, f"is not valid YAML: {error}") from error
    except SpecError as error:
        raise SpecError(f"{path.name}, {error.place}", error.message) from error
    if not isinstance(data, dict) or not str(data.get("openapi", "")).startswith("3.0."):
        raise SpecError(path.name, "is not an OpenAPI 3.0 document (its `openapi` is not 3.0.x)")
    return data


def pointed(document: Mapping[str, Json], ref: str, place: str) -> Json:
    """Return what the local reference `ref` (`#/components/...`) points to.

    Raises:
        SpecError: `ref` leaves the document, or nothing stands there.
    """
    if not ref.startswith("#/"):
        raise SpecError(
            place, f"$ref {ref!r} leaves this file; only references such as '#/components/...' are followed"
        )
    found: Json = document
    for part in ref[2:].split("/"):
        part = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, dict) or part not in found:
            raise SpecError(place, f"$ref {ref!r} points to nothing")
        found = found[part]
    return found


def resolved(document: Mapping[str, Json], node: Json, place: str, _open: tuple[str, ...] = ()) -> Json:
    """Return a copy of `node` in which every $ref is replaced by what it points to.

    Raises:
        SpecError: a reference is broken, or leads back to itself.
    """
    if isinstance(node, dict):
        ref = node.get("$ref")
        if isinstance(ref, str):
            if ref in _open:
                raise SpecError(place, f"$ref {ref!r} leads back to itself")
            return resolved(document, pointed(document, ref, place), ref, (*_open, ref))
        return {key: resolved(document, value, f"{place}/{key}", _open) for key, value in node.items()}
    if isinstance(node, list):
        return [resolved(document, value, f"{place}/{index}", _open) for index, value in enumerate(node)]
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


_ANNOTATIONS = frozenset(
    {"nullable", "readOnly", "writeOnly", "example", "deprecated", "description", "title", "default"}
)
