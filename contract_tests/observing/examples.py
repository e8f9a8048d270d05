"""Made-up records and answers, from which rules build what their judges must accept and must reject.

Owns: one small coherent example of each kind, for any contract.
Source: the representations of a record.
"""

from __future__ import annotations

import json as json_text
from collections.abc import Collection, Mapping
from typing import Any

from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Field

STAMP, LATER, EARLIER = "2025-03-01T10:00:00.000001Z", "2025-03-01T10:00:02Z", "2024-01-01T00:00:00Z"
UUID = "3f0c8b1e-5f6e-4c57-9d25-0a8a6f0f3c11"
ELSE = ["else"]
"""What no field shows in an example."""
SIMPLE: dict[str | None, Any] = {"boolean": False, "integer": 1, "number": 1, "array": [], "object": {}}


class Examples:
    """Example records of one contract; they have the right fields, not always values that the schemas admit."""

    def __init__(self, contract: Contract) -> None:
        self.records, self.resource = Records(contract), contract.resource

    def id(self, number: int = 7) -> Any:
        """The id of an example record."""
        return number if self.resource.numbered else f"{UUID[:-3]}{number:03}"

    def record(self, number: int = 7, /, **fields: Any) -> dict[str, Any]:
        """A record as plain answers show it, with `fields` over it."""
        made = {name: self._value(name, field) for name, field in self.resource.fields.items()}
        return {**made, self.resource.id_field: self.id(number), **fields}

    def _value(self, name: str, field: Field) -> Any:
        if field.schema.get("format") == "date-time" and not field.nullable:
            return STAMP
        if name == self.resource.state:
            return self.resource.transitions.initial if self.resource.transitions else None
        if field.nullable or field.schema.get("format") == "uuid":
            return None if field.nullable else UUID
        return field.enum[0] if field.enum else SIMPLE.get(field.type, "a")

    def spare(self, without: Collection[str] = ()) -> str | None:
        """A field that no server sets, if there is one."""
        taken = {*without, *self.records.identity, *self.records.stamps}
        return next((name for name in self.resource.judged if name not in taken), None)

    def altered(self, number: int = 7, without: Collection[str] = ()) -> dict[str, Any]:
        """The same record with another value in one field; without its id where it has no field but that."""
        name = self.spare(without)
        return self.record(number, **{name: ELSE}) if name else {}


def at(path: Collection[str], value: Any) -> Any:
    """`value` below the keys of `path`, outermost first."""
    for key in reversed(list(path)):
        value = {key: value}
    return value


def joined(left: Any, right: Any) -> Any:
    """Two values made by `at`, one over the other."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return {
            **left,
            **{key: joined(left[key], value) if key in left else value for key, value in right.items()},
        }
    return right


def answer(status: int = 200, json: Any = None, *, headers: dict[str, str] | None = None, **more: Any) -> Answer:
    """An answer with a JSON body (none where `json` is None)."""
    text = "" if json is None else json_text.dumps(json)
    kind = {"content-type": "application/json"} if text else {}
    return Answer(status=status, headers={**kind, **(headers or {})}, text=text, json=json, is_json=bool(text), **more)


def invalid(*fields: str) -> Answer:
    """A 400 that names `fields`."""
    return answer(400, {**{field: ["is wrong"] for field in fields}, "code": "invalid"})


def error(status: int) -> Answer:
    """A refusal other than 400."""
    return answer(status, {"detail": "no", "code": "no"})


def html(status: int) -> Answer:
    """What a framework answers by default."""
    return Answer(status, {"content-type": "text/html"}, "<!doctype html><h1>no</h1>", is_json=False)
