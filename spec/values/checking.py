"""Whether a value fits a schema: compiled validators that check formats too.

Owns: the formats that jsonschema-rs does not know (decimal, byte, slug, int32, int64), and the list of faults of a value.
Source: OpenAPI 3.0.3, "Data Types"; OpenAPI Initiative, format registry.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

import jsonschema_rs

from spec.document import Direction, json_schema
from spec.values.model import Json, NoValue, Path, Schema

Fault = tuple[Path, str]
RANGES: dict[str, tuple[int, int]] = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
"""The formats of integers, with the least and the greatest one."""

_RANGE = "x-int-range"
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_SLUG = re.compile(r"[-a-zA-Z0-9_]+")


def _is_byte(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return True


FORMATS: dict[str, Callable[[str], bool]] = {
    "decimal": lambda text: _DECIMAL.fullmatch(text) is not None,
    "slug": lambda text: _SLUG.fullmatch(text) is not None,
    "byte": _is_byte,
}


class _Range:
    """The keyword that stands for the formats int32 and int64."""

    def __init__(self, parent: Mapping[str, Any], value: list[int], path: list[str]) -> None:
        self._low, self._high = value

    def validate(self, instance: Json) -> None:
        whole = isinstance(instance, int | float) and not isinstance(instance, bool)
        if whole and not self._low <= instance <= self._high:
            raise ValueError(f"{instance} is not between {self._low} and {self._high}")


def compiled(schema: Schema, direction: Direction, place: str) -> jsonschema_rs.Draft202012Validator:
    """Return the validator of a resolved OpenAPI 3.0 schema; it checks formats.

    Raises:
        NoValue: the schema is not valid itself, such as a pattern that is no regular expression.
    """
    ranged = _ranged(json_schema(schema, direction))
    try:
        return jsonschema_rs.Draft202012Validator(
            ranged, validate_formats=True, formats=FORMATS, keywords={_RANGE: _Range}
        )
    except (ValueError, jsonschema_rs.ValidationError) as error:
        raise NoValue(place, f"the schema is not valid: {str(error).splitlines()[0]}") from error


def faults(validator: jsonschema_rs.Draft202012Validator, schema: Schema, value: Json) -> list[Fault]:
    """Return path and OpenAPI keyword of each fault of a value.

    The path leads to the value that is wrong; null where it is not admitted has the keyword "nullable".
    """
    found: list[Fault] = []
    for error in validator.iter_errors(value):
        keyword = {_RANGE: "format", "falseSchema": "additionalProperties"}.get(error.kind.name, error.kind.name)
        path = tuple(error.instance_path)
        if keyword == "type" and _at(value, path) is None:
            keyword = "nullable"
        if (path, keyword) not in found:
            found.append((path, keyword))
    return found


def _at(value: Json, path: Path) -> Json:
    for part in path:
        value = value[part]
    return value


def _ranged(schema: Json) -> Json:
    """Return a JSON schema in which the integer formats are keywords."""
    if isinstance(schema, list):
        return [_ranged(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    out: dict[str, Json] = {}
    for name, value in schema.items():
        if name == "properties":
            out[name] = {inner: _ranged(part) for inner, part in value.items()}
        elif name in ("items", "additionalProperties", "not", "allOf", "anyOf", "oneOf", "if", "then"):
            out[name] = _ranged(value)
        else:
            out[name] = value
    limits = RANGES.get(str(schema.get("format")))
    return {**out, _RANGE: list(limits)} if limits else out
