"""Refusals as the contract describes them, where it does so otherwise than the mock says them by itself.

Owns: the status of a refusal among those that an operation names, and errors in a schema of the contract's own.
Knows nothing of: why a call is refused; it is told in the usual shape (replies.py).
Source: the responses of the operations; docs/contract-of-your-own.md, "Errors".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Operation, Schema
from cancelkit.spec.refusing import statuses
from cancelkit.spec.values import NoValue, Values
from cancelkit.spec.wording import NON_FIELD

Fit = Callable[[Reply], Reply]
PLACES = frozenset({"field", "param", "parameter", "name", "path", "loc", "source", "property", "pointer", "location"})
"""What an error calls the field that it is about, among words that are compared without case and underscores."""


@dataclass(frozen=True, slots=True)
class Said:
    """One refusal in plain words. texts: by field, NON_FIELD for what is about none."""

    status: int
    code: str
    texts: Mapping[str, list[str]]

    @classmethod
    def of(cls, reply: Reply) -> Said:
        """Read a refusal in the usual shape."""
        body = orjson.loads(reply.body)
        texts = {name: value for name, value in body.items() if isinstance(value, list)}
        return cls(reply.status, str(body.get("code")), texts or {NON_FIELD: [str(body.get("detail"))]})

    @property
    def message(self) -> str:
        return " ".join(
            text if name == NON_FIELD else f"{name}: {text}" for name, texts in self.texts.items() for text in texts
        )

    def each(self) -> Iterator[Said]:
        """Each text by itself."""
        for name, texts in self.texts.items():
            yield from (Said(self.status, self.code, {name: [text]}) for text in texts)


def first_fault(reply: Reply) -> Reply:
    """Of a refusal that names several fields, the first; the code is that of all of them."""
    body = orjson.loads(reply.body)
    named = [name for name, value in body.items() if isinstance(value, list)]
    if len(named) < 2:
        return reply
    return replace(reply, body=orjson.dumps({n: v for n, v in body.items() if n not in named[1:]}))


def fitting(*operations: Operation, alike: Sequence[int] = ()) -> Fit:
    """What makes a refusal by an operation, or by any of several, one that its responses describe.

    alike: errors whose shape it takes where its own status is not described, the first that is.
    """
    known: dict[int, Values | None] = {}

    def described(status: int) -> Values | None:
        if status not in known:
            found = (operation.response(each) for each in (status, *alike) for operation in operations)
            schema = next((response.schema for response in found if response and response.schema is not None), None)
            known[status] = Values(schema, direction="response") if schema is not None else None
        return known[status]

    def fit(reply: Reply) -> Reply:
        if reply.status == 400 and len(operations) == 1:
            reply = replace(reply, status=statuses(operations[0])[0])
        values = described(reply.status)
        try:
            if values is None or values.admits(orjson.loads(reply.body)):
                return reply
            body = _value(values.schema, "", Said.of(reply))
            return replace(reply, body=orjson.dumps(body if values.admits(body) else values.typical()))
        except NoValue:
            return reply

    return fit


def _value(schema: Schema, name: str, said: Said) -> Any:
    """A value for one part of an error, called `name`; an ordinary one of its schema where nothing said fits it."""
    values = Values(schema, direction="response", place=name)
    if schema.get("properties"):
        return _object(schema, said)
    guesses: list[Any]
    if schema.get("type") == "array":
        items = schema.get("items", {})
        inner = name if items.get("type") == "string" else ""
        guesses = [[_value(items, inner, one) for one in said.each()]]
    elif schema.get("type") == "object":
        more = schema.get("additionalProperties")
        part = more if isinstance(more, Mapping) else {}
        about = {field: Said(said.status, said.code, {NON_FIELD: texts}) for field, texts in said.texts.items()}
        guesses = [{field: _value(part, field, one) for field, one in about.items()}] if part else [dict(said.texts)]
    else:
        guesses = _guesses(name.lower().replace("_", ""), said)
    return next((guess for guess in guesses if guess is not None and values.admits(guess)), values.typical())


def _object(schema: Schema, said: Said) -> dict[str, Any]:
    """Every property that an error can fill; one that is neither needed nor understood is left out."""
    required, out = schema.get("required", ()), {}
    for name, part in schema["properties"].items():
        by_field = part.get("type") in ("array", "object")
        told = list(said.texts) != [NON_FIELD] if by_field else _guesses(name.lower().replace("_", ""), said)
        if name in required or told:
            out[name] = _value(part, name, said)
    return out


def _guesses(name: str, said: Said) -> list[Any]:
    field = next(iter(said.texts))
    if name in PLACES:
        return [field]
    if "status" in name:
        return [said.status, str(said.status)]
    if "code" in name:
        return [said.code, said.status, str(said.status)]
    return [said.message] if name else [said.message, said.code]
