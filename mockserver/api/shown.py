"""Which representation of a record an operation answers.

Owns: choosing between plain and detailed, and cutting a record to the fields of an answer that has others.
Knows nothing of: how records are stored, HTTP.
Source: the schemas of the contract's answers; most operations answer the record as it is, and nothing is done then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from cancelkit.mockserver.api.dating import dating
from cancelkit.spec import Contract, Operation, Role, Schema
from cancelkit.spec.values import NoValue, Values

Change = Callable[[bytes], bytes]
DETAILED = frozenset({Role.LIST_DETAILED, Role.RETRIEVE_DETAILED})


@dataclass(frozen=True, slots=True)
class Shown:
    """detailed: whether the detailed document is wanted; change: what is done to it, None for nothing."""

    detailed: bool
    change: Change | None

    def row(self, doc: bytes) -> bytes:
        return doc if self.change is None else self.change(doc)

    @classmethod
    def of(cls, contract: Contract, operation: Operation, schema: Schema | None) -> Shown:
        """How `operation` shows a record whose schema in its answer is `schema`."""
        shown, dated = cls._fields_of(contract, operation, schema), dating(contract, schema)
        if dated is None:
            return shown
        cut = shown.change
        return cls(shown.detailed, dated if cut is None else lambda doc: dated(cut(doc)))

    @classmethod
    def _fields_of(cls, contract: Contract, operation: Operation, schema: Schema | None) -> Shown:
        resource = contract.resource
        properties = (schema or {}).get("properties")
        if not properties:
            return cls(operation.role in DETAILED, None)
        wanted = _visible(properties)
        plain = _visible({name: field.schema for name, field in resource.fields.items()})
        detailed = _visible({name: field.schema for name, field in resource.detailed_fields.items()})
        if operation.role not in DETAILED and _same(wanted, plain):
            return cls(False, None)
        if _same(wanted, detailed):
            return cls(True, None)
        if _same(wanted, plain):
            return cls(False, None)
        return cls(True, _cut(contract, schema or {}, wanted))


def _visible(properties: Mapping[str, Schema]) -> dict[str, Schema]:
    return {name: schema for name, schema in properties.items() if not schema.get("writeOnly")}


def _same(one: Mapping[str, Schema], other: Mapping[str, Schema]) -> bool:
    return one.keys() == other.keys() and all(_is_object(one[name]) == _is_object(other[name]) for name in one)


def _is_object(schema: Schema) -> bool:
    return "properties" in schema


def _cut(contract: Contract, schema: Schema, wanted: Mapping[str, Schema]) -> Change:
    """Turns a detailed record into one with exactly these fields; references as keys where the answer has keys."""
    keys: dict[str, tuple[str, str]] = {}
    for reference in contract.resource.references.values():
        if reference.opened_detailed and not _is_object(wanted.get(reference.field, {"properties": {}})):
            keys[reference.field] = reference.opened_detailed, reference.key
    required = schema.get("required", ())
    defaults = {name: filled(part) for name, part in wanted.items() if name in required}

    def change(doc: bytes) -> bytes:
        record = orjson.loads(doc)
        out: dict[str, Any] = {}
        for name in wanted:
            if name in keys and isinstance(row := record.get(keys[name][0]), dict):
                out[name] = row.get(keys[name][1])
            elif name in record:
                out[name] = record[name]
            elif name in defaults:
                out[name] = defaults[name]
        return orjson.dumps(out)

    return change


def filled(schema: Schema) -> Any:
    """A value for a required property of an answer that the record has no field for."""
    if "default" in schema or schema.get("nullable"):
        return schema.get("default")
    try:
        return Values(schema, direction="response").typical()
    except NoValue:
        return None
