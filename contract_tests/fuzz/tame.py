"""Which generated values every right server takes, and which none may take.

Owns: the line between what the contract says and what it leaves open, for generated data.
Knows nothing of: Schemathesis, HTTP.
Source: docs/contract.md, "Left open on purpose".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from cancelkit.spec import Body, Operation, Parameter, Schema

LARGEST: Final = 2**31 - 1
LONGEST: Final = 30
NUMBER: Final = re.compile(r"\s*[+-]?[\d_]+(\.0*)?\s*")
DAY: Final = "2025-03-01"
INSTANT: Final = "2025-03-01T12:30:00Z"
PLAIN_INSTANT: Final = re.compile(
    r"(19[7-9]\d|20\d\d)-\d\d-\d\dT\d\d:\d\d:[0-5]\d(\.\d{1,6})?(Z|[+-](0\d|1[0-3]):[0-5]\d)"
)
PLAIN_DAY: Final = re.compile(r"(19[7-9]\d|20\d\d)-\d\d-\d\d")
PLAIN_EMAIL: Final = re.compile(r"[a-z0-9]+(\.[a-z0-9]+)*@([a-z0-9]+\.)+[a-z]{2,6}")


def tame(value: Any, schema: Schema) -> Any:
    """`value`, valid for the schema, without what a right server may refuse: huge numbers, odd years, empty texts."""
    if value is None:
        return None
    kind, form = schema.get("type"), schema.get("format")
    if "enum" in schema:
        return value if value in schema["enum"] else schema["enum"][0]
    if kind == "array":
        items = value if isinstance(value, list) else [value]
        return [tame(item, schema["items"]) for item in items[:20]] or [1]
    if kind == "integer":
        low = int(schema.get("minimum", 0))
        return value if isinstance(value, int) and low <= value <= min(LARGEST, low + 1000) else max(1, low)
    if kind == "boolean":
        return value if isinstance(value, bool) else False
    if form == "date-time":
        return value if PLAIN_INSTANT.fullmatch(str(value)) else INSTANT
    if form == "date":
        return value if PLAIN_DAY.fullmatch(str(value)) else DAY
    if form == "email":
        return value if PLAIN_EMAIL.fullmatch(str(value)) else "nobody@example.com"
    if kind == "string":
        text = "".join(c for c in str(value) if c.isprintable() and c != "\ufffd").strip()[:LONGEST].strip()
        return text or "text"
    return value


def tame_query(query: Mapping[str, Any], operation: Operation) -> dict[str, Any]:
    """The query with tame values; without `page`, since a page beyond the last is rightly refused."""
    parameters = {p.name: p for p in operation.parameters if p.location == "query" and p.paging != "page"}
    return {name: tame(value, parameters[name].schema) for name, value in query.items() if name in parameters}


def tame_body(body: Mapping[str, Any], known: Body, references: Mapping[str, int]) -> dict[str, Any]:
    """The body with tame values and known references; without `status`, whose changes have rules of their own."""
    out = {}
    for name, value in body.items():
        field = known.fields.get(name)
        if field is None or name == "status":
            continue
        out[name] = references[field.reference] if field.reference else tame(value, field.schema)
        if name == "quantity" and isinstance(out[name], int):
            out[name] = 1
    return out


def never_valid(value: Any, schema: Schema) -> bool:
    """Whether no reading of a JSON value, however generous, makes it fit the schema; False where in doubt."""
    kind = schema.get("type")
    if value is None:
        return not schema.get("nullable")
    if isinstance(value, list | dict):
        return kind in ("integer", "string", "boolean", "number")
    if "enum" in schema:
        return isinstance(value, str) and bool(value.strip()) and value.strip().lower() not in schema["enum"]
    if kind == "integer":
        if isinstance(value, str):
            return bool(value.strip()) and not NUMBER.fullmatch(value)
        return isinstance(value, int | float) and not isinstance(value, bool) and value < schema.get("minimum", value)
    return False


def never_valid_body(body: Any, known: Body) -> bool:
    """Whether no right server accepts the body: not an object, a required field missing, or a value that can't fit."""
    if not isinstance(body, dict):
        return isinstance(body, list | int | float | bool)
    if any(field.required and name not in body for name, field in known.fields.items()):
        return True
    return any(never_valid(body[name], field.schema) for name, field in known.fields.items() if name in body)


def never_valid_query(query: Mapping[str, Any], operation: Operation) -> bool:
    """Whether a parameter's single value, as text, is one that no right server takes."""
    return any(
        _never_parses(query[p.name], p)
        for p in operation.parameters
        if p.location == "query" and p.name in query and not p.fact.open
    )


def _never_parses(value: Any, parameter: Parameter) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    text = str(value).strip()
    if not text or text.lower() in ("null", "none") or "," in text:
        return False
    schema = parameter.schema
    if "enum" in schema:
        return text.lower() not in schema["enum"]
    if schema.get("type") == "integer":
        if not NUMBER.fullmatch(text):
            return True
        return bool(re.fullmatch(r"-?\d+", text)) and int(text) < schema.get("minimum", int(text))
    return schema.get("format") in ("date", "date-time") and not re.search(r"\d", text)
