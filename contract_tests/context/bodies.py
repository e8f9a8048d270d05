"""Bodies that a target should accept, made from any contract.

Owns: a create body, the body of an update that must stay complete, and the field that carries the run's marker.
Source: the bodies of the create and update operations; spec.values.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from random import Random
from typing import Any, Final

from cancelkit.contract_tests.context.ground import Keys
from cancelkit.contract_tests.context.limits import least
from cancelkit.contract_tests.errors import Skip
from cancelkit.spec import Contract, Field, Operation, Resource, Role, Schema
from cancelkit.spec.values import NoValue, Values

SHORTEST_MARKED: Final = 24
"""A text field must take so many characters to carry a run's marker."""


def settable(operation: Operation) -> dict[str, Field]:
    """The fields that the operation's body may set, by name."""
    return {n: f for n, f in operation.body.fields.items() if not f.read_only} if operation.body else {}


def marker_field(contract: Contract) -> Field | None:
    """The create body's first free text that answers show again and that is long enough for a marker."""
    create = contract.role(Role.CREATE)
    for name, field in (settable(create) if create else {}).items():
        if name in contract.resource.fields and not field.reference and _free_text(field):
            return field
    return None


def _free_text(field: Field) -> bool:
    schema = field.schema
    if schema.get("type") != "string" or {"enum", "format", "writeOnly"} & schema.keys():
        return False
    return int(schema.get("maxLength", SHORTEST_MARKED)) >= SHORTEST_MARKED and values_of(field).admits(_fitted(field))


def _fitted(field: Field, text: str = "cancelkit-0a1b2c3d filters/name/sound") -> str:
    longest, shortest = field.schema.get("maxLength"), int(field.schema.get("minLength", 0))
    return text[:longest].ljust(shortest, ".")


def marked(contract: Contract, text: str) -> dict[str, str]:
    """The marker field with `text` cut to its length; empty where no field can carry it."""
    field = marker_field(contract)
    return {} if field is None else {field.name: _fitted(field, text)}


def create_body(contract: Contract, keys: Keys, marker: str, random: Random) -> dict[str, Any]:
    """A create body with the required fields and the marker.

    Raises:
        Skip: the contract has no create, no key of a required reference is known, or no value fits a field's schema.
    """
    create = contract.role(Role.CREATE)
    if create is None:
        raise Skip("the contract has no operation that creates a record")
    made = {
        name: some_value(contract.resource, field, keys, random)
        for name, field in settable(create).items()
        if field.required
    }
    return {**made, **marked(contract, marker)}


def update_body(
    contract: Contract, operation: Operation, record: Mapping[str, Any], keys: Keys, random: Random
) -> dict[str, Any]:
    """The required fields of an update's body, as the record has them; made where it does not show them."""
    found: dict[str, Any] = {}
    for name, field in settable(operation).items():
        if field.required:
            known = key_of(contract.resource, record, name)
            found[name] = some_value(contract.resource, field, keys, random) if known is None else known
    return found


def some_value(resource: Resource, field: Field, keys: Keys, random: Random) -> Any:
    """A value for a body field that every right server takes: a known key, the initial state, the least of a number.

    Raises:
        Skip: none is known, or none can be made.
    """
    if field.reference:
        known = keys.get(field.name, ())
        if not known:
            raise Skip(f"no value of {field.name} is known that a create accepts; give --reference {field.name}=...")
        return random.choice(known)
    if field.name == resource.state and resource.transitions is not None:
        return resource.transitions.initial
    if field.enum:
        return random.choice([value for value in field.enum if value is not None])
    if (sure := least(field)) is not None:
        return sure
    try:
        return values_of(field).draw(random)
    except NoValue as error:
        raise Skip(f"no value can be made for {field.name}: {error}") from error


def values_of(field: Field) -> Values:
    """The values of a body field's schema; compiled once."""
    return _values(_Schema(field.schema), field.name)


class _Schema:
    """A schema as the key of a cache: by identity, which is kept alive."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return id(self.schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Schema) and other.schema is self.schema


@lru_cache(maxsize=1000)
def _values(schema: _Schema, place: str) -> Values:
    return Values(schema.schema, direction="request", place=place)


def key_of(resource: Resource, record: Mapping[str, Any], name: str) -> Any:
    """The record's value of a body field; of a reference the key, whether answered as key or as opened object."""
    reference = resource.references.get(name)
    if reference is None:
        return record.get(name)
    for shown in (reference.opened, reference.opened_detailed, name):
        if shown is not None and shown in record:
            value = record[shown]
            return value.get(reference.key) if isinstance(value, Mapping) else value
    return None
