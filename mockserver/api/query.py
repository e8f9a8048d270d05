"""A query string as parsed values: compiled once for each operation from its parameters.

Owns: splitting and decoding the query, reading each value by its type, refusing what does not parse.
Knows nothing of: what the values are used for.
Source: spec/openapi.yaml, parameters; contract: unknown parameters are ignored, bad values are 400 naming them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

import jsonschema_rs

from cancelkit.mockserver.problem import Problem
from cancelkit.mockserver.replies import invalid
from cancelkit.mockserver.state import instants
from cancelkit.spec import Operation, Parameter, Schema, json_schema

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)", re.ASCII)
_LONGEST_INTEGER = 400
_EMPTY = "A value is needed here, or leave the parameter out."

Read = Callable[[str], Any]


class Unreadable(Exception):
    """A text is not a value of its parameter; the message says what one looks like."""

    def __init__(self, message: str, code: str = "invalid") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class Query:
    """The query parameters of one operation, ready to be read from requests."""

    def __init__(self, operation: Operation) -> None:
        parameters = [p for p in operation.parameters if p.location == "query"]
        self._readers = {p.name: (_reader(p), p.many) for p in parameters}
        self._defaults = {p.name: p.schema["default"] for p in parameters if "default" in p.schema}
        self._required = [p.name for p in parameters if p.required]

    def read(self, raw: bytes) -> dict[str, Any]:
        """The values by name, defaults filled in; instants and days as microseconds.

        Raises:
            ApiError: 400 naming each parameter that does not parse.
        """
        values = dict(self._defaults)
        if not raw and not self._required:
            return values
        texts, problems = self._texts(raw)
        for name, text in texts.items():
            try:
                values[name] = self._readers[name][0](text)
            except Unreadable as error:
                problems.append(Problem(name, error.message, error.code))
        problems += [
            Problem(name, "This parameter is required.", "required") for name in self._required if name not in texts
        ]
        if problems:
            raise invalid(problems)
        return values

    def _texts(self, raw: bytes) -> tuple[dict[str, str], list[Problem]]:
        texts: dict[str, str] = {}
        problems: list[Problem] = []
        for pair in raw.decode("latin-1").split("&"):
            name, _, text = pair.partition("=")
            if name not in self._readers:
                name = unquote_plus(name, errors="replace")
                if name not in self._readers:
                    continue
            try:
                if "%" in text or "+" in text or not text.isascii():
                    text = unquote_plus(text.encode("latin-1").decode("utf-8"), errors="strict")
            except UnicodeDecodeError:
                problems.append(Problem(name, "This is not UTF-8 text."))
                continue
            many = self._readers[name][1]
            texts[name] = f"{texts[name]},{text}" if many and name in texts else text
        return texts, problems


def _reader(parameter: Parameter) -> Read:
    schema = parameter.schema
    if not parameter.many:
        return _scalar(schema)
    item = _scalar(schema.get("items", {}))

    def read_list(text: str) -> list[Any]:
        if not text:
            raise Unreadable(_EMPTY)
        return [item(part) for part in text.split(",")]

    return read_list


def _scalar(schema: Schema) -> Read:
    kind, form = schema.get("type"), schema.get("format")
    if kind == "integer":
        return _integer(schema)
    if kind == "boolean":
        return _boolean
    if "enum" in schema:
        return _choice(schema)
    if form == "date-time":
        return _moment(instants.instant, "a date-time with an offset, such as 2025-03-01T12:00:00Z")
    if form == "date":
        return _moment(instants.day, "a date, such as 2025-03-01")
    return _text(schema)


def _integer(schema: Schema) -> Read:
    least = schema.get("minimum")

    def read(text: str) -> int:
        if not text:
            raise Unreadable(_EMPTY)
        if not _INTEGER.fullmatch(text):
            raise Unreadable("A valid integer is required.")
        value = int(text) if len(text) < _LONGEST_INTEGER else (-1 if text[0] == "-" else 1) * 10**_LONGEST_INTEGER
        if least is not None and value < least:
            raise Unreadable(f"Ensure this value is greater than or equal to {least}.", "min_value")
        return value

    return read


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise Unreadable("Must be true or false.")
    return text == "true"


def _choice(schema: Schema) -> Read:
    choices = frozenset(schema["enum"])

    def read(text: str) -> str:
        if not text:
            raise Unreadable(_EMPTY)
        if text not in choices:
            raise Unreadable(f'"{text[:100]}" is not a valid choice.', "invalid_choice")
        return text

    return read


def _moment(parse: Callable[[str], int | None], wanted: str) -> Read:
    def read(text: str) -> int:
        if not text:
            raise Unreadable(_EMPTY)
        value = parse(text)
        if value is None:
            raise Unreadable(f"Enter {wanted}.")
        return value

    return read


def _text(schema: Schema) -> Read:
    validator = jsonschema_rs.Draft202012Validator(json_schema(schema, "request"), validate_formats=True)
    least, form = schema.get("minLength", 0), schema.get("format")

    def read(text: str) -> str:
        if not text and (least or form):
            raise Unreadable(_EMPTY)
        if not validator.is_valid(text):
            raise Unreadable(f"Enter a valid {form}." if form else "This text is not valid here.")
        return text

    return read
