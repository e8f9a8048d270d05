"""What a query parameter selects.

Owns: reading x-filter: the path, the lookup, and whether they fit the record and the parameter.
Source: docs/spec-extensions.md, "What a query parameter selects".
"""

from __future__ import annotations

from typing import Any

from cancelkit.spec.errors import SpecError
from cancelkit.spec.model import Comparing, Filter, Schema

LOOKUPS = frozenset({"exact", "iexact", "in", "gt", "gte", "lt", "lte"})
TRANSFORMS = frozenset({"date"})


def filter_of(node: Any, place: str, detailed: Schema, own: Schema, comparing: Comparing) -> Filter:
    """The filter that `node` writes down, on a parameter with the schema `own`.

    Raises:
        SpecError: its path is not in the record, or the lookup fits neither the parameter nor what the path leads to.
    """
    if not isinstance(node, dict) or set(node) != {"path", "lookup"}:
        raise SpecError(place, "must be {path: ..., lookup: ...}")
    path = tuple(str(node["path"]).split("."))
    transform, _, lookup = str(node["lookup"]).rpartition("__")
    if lookup not in LOOKUPS or transform not in {"", *TRANSFORMS}:
        raise SpecError(
            place, f"unknown lookup {node['lookup']!r}; known are {', '.join(sorted(LOOKUPS))}, and date__ before one"
        )
    schema, nullable = detailed, False
    for depth, key in enumerate(path):
        properties = schema.get("properties", {})
        if key not in properties:
            raise SpecError(
                f"{place}/path", f"{'.'.join(path[: depth + 1])!r} is not in the record as it is answered in detail"
            )
        schema = properties[key]
        nullable = nullable or bool(schema.get("nullable"))
    wants_list = own.get("type") == "array"
    if wants_list != (lookup == "in"):
        raise SpecError(place, "lookup `in` goes with an array parameter, and only with one")
    if lookup == "iexact" and own.get("type") != "string":
        raise SpecError(place, "lookup `iexact` goes with a string parameter")
    if transform and schema.get("format") != "date-time":
        raise SpecError(place, f"`{transform}__` goes with a path to a date-time")
    return Filter(path, lookup, transform or None, schema, nullable, comparing)
