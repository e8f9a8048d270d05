"""Whether one value fits one schema of the contract, with a short sentence when it does not.

Owns: reading a path or query value of the types that parameters have, and checking a JSON value.
Knows nothing of: operations, where the value stood.
Source: OpenAPI 3.0.3, "Schema Object"; compiled by jsonschema-rs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
import orjson

from cancelkit.spec import Schema, json_schema

INTEGER = re.compile(r"-?\d{1,19}", re.ASCII)
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks one value. `enum`: whether the schema lists its values."""

    enum: bool
    _first: Callable[[Any], str | None]
    _read: Callable[[str], Any]
    _many: bool

    @classmethod
    def of(cls, schema: Schema, *, many: bool = False) -> Checker:
        """Compile a resolved OpenAPI schema; `many`: a comma-separated list of its items."""
        inner = schema.get("items", {}) if many else schema
        return cls("enum" in inner, _problem(schema if not many else inner), _reader(inner.get("type")), many)

    def value(self, value: Any) -> str | None:
        """What is wrong with a JSON value, or None."""
        return self._first(value)

    def text(self, text: str) -> str | None:
        """What is wrong with a value as it stands in a path or a query, or None."""
        for part in text.split(",") if self._many else (text,):
            problem = self._first(self._read(part))
            if problem:
                return problem
        return None


def _problem(schema: Schema) -> Callable[[Any], str | None]:
    validator = jsonschema_rs.Draft202012Validator(json_schema(schema, "request"), validate_formats=True)

    def first(value: Any) -> str | None:
        try:
            error = next(validator.iter_errors(value), None)
        except ValueError:
            return "is no JSON value that can be checked"
        return None if error is None else told(error)

    return first


def told(error: jsonschema_rs.ValidationError) -> str:
    """What a validator objects to, with every value that is allowed where a schema lists them."""
    kind = error.kind
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.Enum):
        listed = ", ".join(orjson.dumps(option).decode() for option in kind.options)
        return _short(f"{orjson.dumps(error.instance).decode()} is not one of {listed}")
    return _short(error.message)


def _short(message: str) -> str:
    return message if len(message) <= 3 * LONGEST else f"{message[:LONGEST]}…{message[-LONGEST:]}"


def _reader(kind: str | None) -> Callable[[str], Any]:
    if kind == "integer":
        return lambda text: int(text) if INTEGER.fullmatch(text) else text
    if kind == "boolean":
        return lambda text: {"true": True, "false": False}.get(text, text)
    return lambda text: text
