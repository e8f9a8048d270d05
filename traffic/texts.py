"""Values out of the texts of paths and queries.

Owns: how a text reads as a type of the contract, and the words where it does not.
Source: OpenAPI 3.0.3, "Parameter Object": style form without explode for lists; RFC 8259, "Numbers".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from cancelkit.spec import Schema

INTEGER: Final = re.compile(r"-?[0-9]{1,400}")
NUMBER: Final = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?([eE][+-]?[0-9]{1,2})?")
_BOOLEANS: Final = {"true": True, "false": False}
_LONGEST: Final = 60


class Unreadable(NamedTuple):
    """A text that does not read as the wanted type."""

    text: str
    message: str


def reader(schema: Schema) -> Callable[[str], Any]:
    """A function from a text to a value of the schema's type, or to Unreadable; a list is separated by commas."""
    kind = schema.get("type")
    if kind == "array":
        inner = reader(schema.get("items", {}))

        def read_list(text: str) -> Any:
            values = [inner(part) for part in text.split(",")]
            return next((value for value in values if isinstance(value, Unreadable)), values)

        return read_list
    return _READERS.get(str(kind), lambda text: text)


def _integer(text: str) -> Any:
    return int(text) if INTEGER.fullmatch(text) else _unreadable(text, "an integer")


def _number(text: str) -> Any:
    return float(text) if NUMBER.fullmatch(text) else _unreadable(text, "a number")


def _boolean(text: str) -> Any:
    value = _BOOLEANS.get(text)
    return _unreadable(text, "a boolean") if value is None else value


def _unreadable(text: str, what: str) -> Unreadable:
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return Unreadable(text, f"{shown!r} is not {what}")


_READERS: Final = {"integer": _integer, "number": _number, "boolean": _boolean}
