"""Which generated values every right server takes, and which none may take.

Owns: the line between what the contract says and what it leaves open, for generated data.
Source: docs/contract.md, "Left open on purpose".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from cancelkit.contract_tests.context.bodies import values_of
from cancelkit.spec import Body, Contract, Operation, Parameter, Schema
from cancelkit.spec.values import NoValue, Values

LARGEST: Final = 2**31 - 1
LONGEST: Final = 30
NUMBER: Final = re.compile(r"\s*[+-]?[\d_]+(\.0*)?\s*")
PLAIN: Final = {
    "date-time": re.compile(r"(19[7-9]\d|20\d\d)-\d\d-\d\dT\d\d:\d\d:[0-5]\d(\.\d{1,6})?(Z|[+-](0\d|1[0-3]):[0-5]\d)"),
    "date": re.compile(r"(19[7-9]\d|20\d\d)-\d\d-\d\d"),
    "email": re.compile(r"[a-z0-9]+(\.[a-z0-9]+)*@([a-z0-9]+\.)+[a-z]{2,6}"),
}


def tame(value: Any, schema: Schema) -> Any:
    """`value`, valid for the schema, or an ordinary one where a right server may refuse it: huge numbers, odd years."""
    values = Values(schema)
    if value is None or (_is_json(value) and plain(value, schema) and values.admits(value)):
        return value
    try:
        return values.typical()
    except NoValue:
        return value


def _is_json(value: Any) -> bool:
    """Whether a generated value is plain data; lists joined by commas have a type of Schemathesis's own."""
    if isinstance(value, Mapping):
        return type(value) is dict and all(map(_is_json, value.values()))
    return all(map(_is_json, value)) if type(value) is list else type(value) in (str, int, float, bool, type(None))


def plain(value: Any, schema: Schema) -> bool:
    """Whether a valid value has nothing about it that the contract leaves open."""
    if isinstance(value, Mapping):
        fields = schema.get("properties", {})
        return all(plain(inner, fields.get(name, {})) for name, inner in value.items())
    if isinstance(value, list):
        return 0 < len(value) <= 20 and all(plain(item, schema.get("items", {})) for item in value)
    if isinstance(value, bool) or "enum" in schema:
        return True
    if isinstance(value, int | float):
        low = schema.get("minimum", 0)
        return bool(low <= value <= min(LARGEST, low + 1000)) and "e" not in repr(value)
    text, form = str(value), PLAIN.get(str(schema.get("format")))
    if form is not None:
        return bool(form.fullmatch(text))
    longest = max(LONGEST, int(schema.get("minLength", 0)))
    return bool(text) and text.isprintable() and "\ufffd" not in text and text == text.strip() and len(text) <= longest


def tame_query(query: Mapping[str, Any], operation: Operation) -> dict[str, Any]:
    """The query with tame values; without the page's number, since a page beyond the last is rightly refused."""
    parameters = {p.name: p for p in operation.parameters if p.location == "query" and p.paging != "page"}
    return {name: _written(tame(query[name], parameters[name].schema)) for name in query if name in parameters}


def _written(value: Any) -> Any:
    """A value of a query as JSON writes it: `true`, which clients in Python would send as `True`."""
    if isinstance(value, list):
        return [_written(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else value


def tame_body(body: Mapping[str, Any], known: Body, references: Mapping[str, Any], state: str | None) -> dict[str, Any]:
    """The body with tame values and known keys; without the state, whose changes have rules of their own.

    Numbers are the ordinary ones of their field: how large one may be can depend on what is referred to.
    """
    out = {}
    for name, value in body.items():
        field = known.fields.get(name)
        if field is None or (name == state and not field.required):
            continue
        if field.reference:
            out[name] = references.get(name, value)
        elif field.type in ("integer", "number") and value is not None:
            out[name] = values_of(field).typical()
        else:
            out[name] = tame(value, field.schema)
    free = [f for f in known.fields.values() if f.name not in (*out, state) and not f.reference and not f.read_only]
    for field in free[: max(0, known.schema.get("minProperties", 0) - len(out))]:
        out[field.name] = values_of(field).typical()
    return out


def never_valid(value: Any, schema: Schema) -> bool:
    """Whether no reading of a JSON value, however generous, makes it fit the schema; False where in doubt."""
    kind = schema.get("type")
    if value is None:
        return not schema.get("nullable")
    if isinstance(value, list | dict):
        return kind in ("integer", "string", "boolean", "number")
    if "enum" in schema:
        return (
            isinstance(value, str)
            and bool(value.strip())
            and value.strip().lower() not in [str(known).lower() for known in schema["enum"]]
        )
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


def never_valid_query(query: Mapping[str, Any], operation: Operation, contract: Contract) -> bool:
    """Whether a parameter's single value, as text, is one that no right server takes, by the contract's choices."""
    return any(
        _never_parses(query[p.name], p)
        for p in operation.parameters
        if p.location == "query" and p.name in query and not p.fact.open and _refused(p, contract)
    )


def _refused(parameter: Parameter, contract: Contract) -> bool:
    """Whether what does not parse is refused."""
    if parameter.filter is not None:
        return contract.chosen("malformed-filter") == "refused"
    return parameter.paging is None or contract.chosen(f"{parameter.paging}-malformed") != "default"


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
