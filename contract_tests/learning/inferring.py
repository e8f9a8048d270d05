"""The plain schema of values that were seen: type, null, format, parts. No value stands in it.

Owns: `schema_of` one value, `joined`: one schema for what either of two admits, `names_fields`.
Source: OpenAPI 3.0.3, "Schema Object"; RFC 3339 (date-time, date), RFC 9562 (uuid).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import reduce
from typing import Any

Schema = dict[str, Any]
FORMATS = {
    "date-time": re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "uuid": re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "uri": re.compile(r"https?://[^\s\"<>\\^`{|}]+"),
    "email": re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII),
}
FIELD = re.compile(r"[A-Za-z_$][\w$-]{0,63}", re.ASCII)
"""What a field is called; other keys may be data, such as somebody's address."""
DEEPEST, MOST = 4, 40
ONLY_NULL = "Nothing but null was seen."
SEVERAL = "Values of several types were seen."


def schema_of(value: Any, depth: int = 0) -> Schema:
    """The schema of one value."""
    if value is None:
        return {"nullable": True, "description": ONLY_NULL}
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int | float):
        return {"type": "integer" if isinstance(value, int) else "number"}
    if isinstance(value, str):
        form = next((name for name, form in FORMATS.items() if form.fullmatch(value)), None)
        return {"type": "string", **({"format": form} if form else {})}
    if isinstance(value, list):
        parts = [schema_of(one, depth + 1) for one in value[:MOST]] if depth < DEEPEST else []
        return {"type": "array", "items": reduce(joined, parts) if parts else {}}
    if names_fields(value) and depth < DEEPEST:
        return {"type": "object", "properties": {key: schema_of(one, depth + 1) for key, one in value.items()}}
    return {"type": "object"}


def names_fields(value: Mapping[str, Any]) -> bool:
    """Whether the keys of an object are names of fields, as far as that can be seen."""
    return 0 < len(value) <= MOST and all(map(FIELD.fullmatch, value))


def joined(one: Schema, other: Schema) -> Schema:
    """The schema of values of both."""
    if not one or not other:
        return one or other
    null = {"nullable": True} if one.get("nullable") or other.get("nullable") else {}
    only = [part for part in (one, other) if part.get("description") != ONLY_NULL]
    if len(only) < 2:
        return {**(only[0] if only else one), **null}
    kinds = {str(part.get("type")) for part in only}
    if kinds == {"integer", "number"}:
        return {"type": "number", **null}
    if len(kinds) > 1 or "None" in kinds:
        return {"description": SEVERAL, **null}
    made: Schema = {"type": kinds.pop()}
    if made["type"] == "string" and one.get("format") == other.get("format") and "format" in one:
        made["format"] = one["format"]
    if made["type"] == "array":
        made["items"] = joined(one["items"], other["items"])
    if made["type"] == "object" and "properties" in one and "properties" in other:
        names = dict.fromkeys([*one["properties"], *other["properties"]])
        made["properties"] = {
            name: joined(one["properties"].get(name, {}), other["properties"].get(name, {})) for name in names
        }
    return {**made, **null}
