"""A request's body as checked fields: compiled once for each operation from its schema.

Owns: reading the body within a limit, content types, strict JSON, the checks of the schema.
Knows nothing of: state; whether what a field names exists (store.py); the words of a refusal (words.py).
Source: the contract's requestBody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from starlette.types import Receive, Scope

from cancelkit.mockserver.api import words
from cancelkit.mockserver.api.converting import converting
from cancelkit.mockserver.api.forms import forms, is_form
from cancelkit.mockserver.problem import Problem
from cancelkit.mockserver.replies import ApiError, encoded, invalid, malformed, too_large, unsupported
from cancelkit.spec import Body, Contract, Field, Operation, Role, Schema
from cancelkit.spec.values.checking import compiled
from cancelkit.spec.wording import NON_FIELD

_INT64 = 1 << 63
_UTF8 = ("utf-8", "utf8", "us-ascii")


class ClientGone(Exception):
    """The client left before its body was read."""


async def read(scope: Scope, receive: Receive, limit: int) -> bytes:
    """Return the whole body.

    Raises:
        ApiError: 413, it has more than `limit` bytes; 415, it has a content encoding: the mock undoes none.
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
            if body and (encoding := header(scope, b"content-encoding").strip().lower()) not in (b"", b"identity"):
                raise encoded(encoding.decode("latin-1")[:100])
            return body


def header(scope: Scope, name: bytes) -> bytes:
    """The value of a header, empty where it is not there."""
    for key, value in scope["headers"]:
        if key == name:
            found: bytes = value
            return found
    return b""


class JsonBody:
    """The body of one operation, ready to be read from requests. references: its fields that name a row of a table."""

    def __init__(self, contract: Contract, operation: Operation, body: Body, *, strict: bool) -> None:
        """
        Raises:
            NoValue: the body's schema can't be compiled, such as a pattern that is no regular expression.
        """
        self._validator = compiled(body.schema, "request", f"{operation.id}, requestBody")
        self._fields = {name: field for name, field in body.fields.items() if not field.read_only}
        self.references = {name: field for name, field in self._fields.items() if field.reference}
        self._known = frozenset(body.fields)
        self._integers = {name: check for name, field in self._fields.items() if (check := odd_places(field.schema))}
        self._defaults = _defaults(contract, operation.role, self._fields)
        self._convert = converting(body.schema, contract)
        self._keeps_empty = contract.chosen("empty-text") != "refused"
        self._required = body.required
        self._empty = b"{}" if contract.chosen("empty-body") == "no-fields" else b""
        self._media = contract.chosen("wrong-media")
        self._form = forms(contract, self._fields)
        self._kinds = tuple(kind.encode() for kind in body.media_types)
        self._strict = strict or contract.chosen("unknown-field") == "refused"

    def parse(self, scope: Scope, content: bytes) -> dict[str, Any]:
        """The fields that were sent and that the contract knows; with the defaults of those left out, for creating
        and for PUT.

        Raises:
            ApiError: 400 or 415.
        """
        if not content and not self._required:
            return dict(self._defaults)
        if not content and self._empty:
            content = self._empty
        elif (media_type := header(scope, b"content-type")) not in self._kinds:
            if self._form is not None and is_form(media_type):
                return self._checked(self._form(content))
            if self._media != "read":
                self._check_media_type(media_type)
        if not content:
            raise malformed("JSON parse error - the body is empty.")
        try:
            value = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise malformed(f"JSON parse error - {error}") from None
        if not isinstance(value, dict):
            raise invalid([Problem(NON_FIELD, *words.no_object(value))])
        return self._checked(value)

    def _checked(self, value: dict[str, Any]) -> dict[str, Any]:
        if self._convert is not None:
            value = self._convert(value)
        if not self._validator.is_valid(value) or self._odd(value):
            raise self._refusal(value)
        if not self._keeps_empty and (blank := [n for n in self._fields if value.get(n) == ""]):
            raise invalid([Problem(name, *words.BLANK) for name in blank])
        if self._strict:
            unknown = [name for name in value if name not in self._known]
            if unknown:
                raise invalid([Problem(name, *words.UNKNOWN) for name in unknown])
        sent = {name: value[name] for name in self._fields if name in value}
        return {**self._defaults, **sent} if self._defaults else sent

    def _check_media_type(self, media_type: bytes) -> None:
        _check_media_type(media_type, self._kinds, 400 if self._media == "refused" else 415)

    def _odd(self, value: dict[str, Any]) -> bool:
        return any(name in value and check(value[name]) for name, check in self._integers.items())

    def _refusal(self, value: dict[str, Any]) -> ApiError:
        try:
            problems = words.problems(self._validator.iter_errors(value), value)
        except ValueError:
            raise malformed("JSON parse error - the body is nested too deeply.") from None
        named = {problem.field for problem in problems}
        problems += [
            Problem(name, f"{place}: {words.INTEGER[0]}" if place else words.INTEGER[0], words.INTEGER[1])
            for name, check in self._integers.items()
            if name not in named and name in value
            for place in check(value[name])
        ]
        return invalid(problems)


def _defaults(contract: Contract, role: Role, fields: Mapping[str, Field]) -> dict[str, Any]:
    """What a field is given that the body leaves out."""
    option = contract.chosen("put-omitted") if role is Role.UPDATE else "default-or-kept"
    if role not in (Role.CREATE, Role.UPDATE) or option == "kept":
        return {}
    found = {name: field.default for name, field in fields.items() if field.has_default}
    if option == "reset":
        state = contract.resource.state
        found = {**{n: None for n, f in fields.items() if f.nullable and n != state}, **found}
    return found


def odd_places(schema: Schema) -> Callable[[Any], list[str]] | None:
    """Finds the places of numbers that JSON Schema takes for integers and the mock does not: 1.0, or beyond 64 bits.

    Returns: None where the schema has no integer anywhere.
    """
    if schema.get("type") == "integer":
        return lambda value: [""] if _odd(value) else []
    properties = schema.get("properties") or {}
    inner = {name: check for name, part in properties.items() if (check := odd_places(part))}
    items = odd_places(schema["items"]) if isinstance(schema.get("items"), dict) else None
    if not inner and items is None:
        return None

    def find(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [_joined(k, place) for k, check in inner.items() if k in value for place in check(value[k])]
        if isinstance(value, list) and items is not None:
            return [_joined(str(index), place) for index, part in enumerate(value) for place in items(part)]
        return []

    return find


def _joined(key: str, place: str) -> str:
    return f"{key}.{place}" if place else key


def _odd(value: Any) -> bool:
    return isinstance(value, float) or (type(value) is int and not -_INT64 <= value < _INT64)


def _check_media_type(raw: bytes, kinds: tuple[bytes, ...], status: int) -> None:
    text = raw.decode("latin-1")
    kind, *parameters = (part.strip() for part in text.lower().split(";"))
    if kind.encode("latin-1") not in kinds:
        raise unsupported(text[:100], status)
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(" \"'") not in _UTF8:
            raise unsupported(text[:100], status)
