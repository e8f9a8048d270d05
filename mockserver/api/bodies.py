"""A request's body as checked fields: compiled once for each operation from its schema.

Owns: reading the body within a limit, content types, strict JSON, the checks of the schema, texts by field.
Knows nothing of: state; whether what a field names exists (store.py).
Source: spec/openapi.yaml, requestBody; contract, "Bodies" and "Errors".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jsonschema_rs
import orjson
from starlette.types import Receive, Scope

from cancelkit.mockserver.problem import Problem
from cancelkit.mockserver.replies import NON_FIELD, ApiError, invalid, malformed, too_large, unsupported
from cancelkit.spec import Body, Operation, json_schema

_INT64 = 1 << 63
_UTF8 = ("utf-8", "utf8", "us-ascii")


class ClientGone(Exception):
    """The client left before its body was read."""


async def read(scope: Scope, receive: Receive, limit: int) -> bytes:
    """Return the whole body.

    Raises:
        ApiError: 413, it has more than `limit` bytes.
        ClientGone: the connection ended first.
    """
    length = header(scope, b"content-length")
    if length.isdigit() and int(length[:20]) > limit:
        raise too_large(limit)
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        if len(body) > limit:
            raise too_large(limit)
        if not message.get("more_body"):
            return body


def header(scope: Scope, name: bytes) -> bytes:
    """The value of a header, empty where it is not there."""
    for key, value in scope["headers"]:
        if key == name:
            found: bytes = value
            return found
    return b""


class JsonBody:
    """The body of one operation, ready to be read from requests."""

    def __init__(self, operation: Operation, body: Body, *, strict: bool) -> None:
        schema = json_schema(body.schema, "request")
        self._validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        self._fields = {name: field for name, field in body.fields.items() if not field.read_only}
        self._known = frozenset(body.fields)
        self._integers = tuple(name for name, field in self._fields.items() if field.type == "integer")
        self._defaults = (
            {name: field.default for name, field in self._fields.items() if field.has_default}
            if operation.method == "PUT"
            else {}
        )
        self._strict = strict

    @property
    def fields(self) -> Any:
        return self._fields

    def parse(self, scope: Scope, content: bytes) -> dict[str, Any]:
        """The fields that were sent and that the contract knows; for PUT with the defaults of those left out.

        Raises:
            ApiError: 400 or 415.
        """
        if (media_type := header(scope, b"content-type")) != b"application/json":
            _check_media_type(media_type)
        if not content:
            raise malformed("JSON parse error - the body is empty.")
        try:
            value = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise malformed(f"JSON parse error - {error}") from None
        if not isinstance(value, dict):
            kind = "null" if value is None else type(value).__name__
            raise invalid([Problem(NON_FIELD, f"Invalid data. Expected a dictionary, but got {kind}.")])
        if not self._validator.is_valid(value) or self._odd_integer(value):
            raise self._refusal(value)
        if self._strict:
            unknown = [name for name in value if name not in self._known]
            if unknown:
                raise invalid([Problem(name, "This field is not known.", "unknown") for name in unknown])
        return {**self._defaults, **{name: value[name] for name in self._fields if name in value}}

    def _odd_integer(self, value: dict[str, Any]) -> bool:
        return any(_odd(value.get(name)) for name in self._integers)

    def _refusal(self, value: dict[str, Any]) -> ApiError:
        try:
            problems = list(self._problems(self._validator.iter_errors(value)))
        except ValueError:
            raise malformed("JSON parse error - the body is nested too deeply.") from None
        named = {problem.field for problem in problems}
        problems += [
            Problem(name, "A valid integer is required.")
            for name in self._integers
            if name not in named and _odd(value.get(name))
        ]
        return invalid(problems)

    def _problems(self, errors: Iterable[jsonschema_rs.ValidationError]) -> Iterable[Problem]:
        for error in errors:
            kind = error.kind
            if isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
                yield Problem(kind.property, "This field is required.", "required")
                continue
            name = str(error.instance_path[0]) if error.instance_path else NON_FIELD
            yield self._problem(name, error)

    def _problem(self, name: str, error: jsonschema_rs.ValidationError) -> Problem:
        field, value = self._fields.get(name), error.instance
        if value is None:
            return Problem(name, "This field may not be null.", "null")
        if field and field.enum:
            return Problem(name, f'"{str(value)[:100]}" is not a valid choice.', "invalid_choice")
        if field and field.type == "integer" and isinstance(value, int) and not isinstance(value, bool):
            least = field.schema.get("minimum")
            if least is not None and value < least:
                return Problem(name, f"Ensure this value is greater than or equal to {least}.", "min_value")
            return Problem(name, "Ensure this value is smaller.", "max_value")
        wanted = {"integer": "A valid integer is required.", "boolean": "Must be a valid boolean."}
        kind = field.type if field else None
        return Problem(name, wanted.get(kind or "", "Not a valid text." if kind == "string" else "Not valid."))


def _odd(value: Any) -> bool:
    """Whether JSON Schema takes a number for an integer that the mock does not: 1.0, or beyond 64 bits."""
    return isinstance(value, float) or (type(value) is int and not -_INT64 <= value < _INT64)


def _check_media_type(raw: bytes) -> None:
    text = raw.decode("latin-1")
    kind, *parameters = (part.strip() for part in text.lower().split(";"))
    if kind != "application/json":
        raise unsupported(text[:100])
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(" \"'") not in _UTF8:
            raise unsupported(text[:100])
