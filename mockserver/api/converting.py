"""Values of a body that other servers convert: 5 for "5", true for 1, texts without the blanks around them.

Owns: what the contract's choices make of a JSON value before it is checked.
Source: spec/points/: text-as-number and the like, text-blanks, empty-text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from cancelkit.spec import Contract, Schema

Convert = Callable[[Any], Any]
_DIGITS = re.compile(r"\s*[+-]?[0-9]{1,300}\s*", re.ASCII)
_BOOLEANS = {"true": True, "false": False}
_WORDS = {"yes": True, "no": False, "on": True, "off": False, "1": True, "0": False}


def text_as_number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else value


def _fraction_as_integer(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _boolean_as_number(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def text_as_boolean(value: Any) -> Any:
    return _BOOLEANS.get(value.lower(), value) if isinstance(value, str) else value


def _word_as_boolean(value: Any) -> Any:
    return _WORDS.get(value.lower(), value) if isinstance(value, str) else value


def _number_as_boolean(value: Any) -> Any:
    return bool(value) if type(value) is int and value in (0, 1) else value


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _nothing(value: Any) -> Any:
    return None if value == "" else value


_BY_TYPE: Mapping[str, Mapping[tuple[str, str], Convert]] = {
    "integer": {
        ("text-as-number", "converted"): text_as_number,
        ("fraction-as-integer", "converted"): _fraction_as_integer,
        ("boolean-as-number", "converted"): _boolean_as_number,
    },
    "boolean": {
        ("text-as-boolean", "converted"): text_as_boolean,
        ("word-as-boolean", "converted"): _word_as_boolean,
        ("number-as-boolean", "converted"): _number_as_boolean,
    },
    "string": {
        ("number-as-text", "converted"): _number_as_text,
        ("text-blanks", "trimmed"): _trimmed,
        ("empty-text", "cleared"): _nothing,
    },
}


def converting(schema: Schema, contract: Contract) -> Convert | None:
    """What is done to a value of `schema`, at any depth; None where nothing is. Blanks around one of an
    enum stay: it is no free text."""
    properties = schema.get("properties")
    if properties:
        inner = {name: convert for name, part in properties.items() if (convert := converting(part, contract))}
        return _in_object(inner) if inner else None
    if schema.get("type") == "array":
        item = converting(schema.get("items", {}), contract)
        return None if item is None else lambda value: list(map(item, value)) if isinstance(value, list) else value
    does = [
        convert
        for (point, option), convert in _BY_TYPE.get(schema.get("type", ""), {}).items()
        if contract.chosen(point) == option and _applies(convert, schema)
    ]
    return _one_by_one(does) if does else None


def _applies(convert: Convert, schema: Schema) -> bool:
    if convert is _trimmed:
        return "enum" not in schema
    return convert is not _nothing or bool(schema.get("nullable"))


def _in_object(inner: Mapping[str, Convert]) -> Convert:
    def convert(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: inner[name](part) if name in inner else part for name, part in value.items()}

    return convert


def _one_by_one(does: list[Convert]) -> Convert:
    def convert(value: Any) -> Any:
        for one in does:
            value = one(value)
        return value

    return convert
