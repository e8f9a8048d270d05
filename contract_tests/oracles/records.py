"""One record seen twice: which of its fields differ.

Owns: comparing two answers about a record, field by field, as the schemas of the contract read them: date-times as
instants, decimals as numbers, opened references by what the contract names; plain against detailed.
Source: the representations of a record; docs/contract.md, "Left open on purpose".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from cancelkit.contract_tests.oracles.instants import instant, same_instant
from cancelkit.spec import Contract, Schema

Row = Mapping[str, Any]
ABSENT = object()
SCALARS = (str, int, float, bool, type(None))


class Records:
    """How records of one contract compare.

    identity: fields that never change: the id, unique ids that the server gives, the time of creation.
    stamps: fields that the server sets with every change.
    """

    def __init__(self, contract: Contract) -> None:
        resource = contract.resource
        self.resource = resource
        self.id_field = resource.id_field
        self.stamps = resource.set_on("change")
        known = {**resource.detailed_fields, **resource.fields}
        self._schemas = {name: field.schema for name, field in known.items() if not field.untold}
        self._detailed = {name: field.schema for name, field in resource.detailed_fields.items()}
        bodies = [operation.body.fields for operation in contract.operations.values() if operation.body]
        sent = {name for fields in bodies for name, field in fields.items() if not field.read_only}
        uuids = (name for name, schema in self._schemas.items() if schema.get("format") == "uuid" and name not in sent)
        self.identity = tuple(dict.fromkeys((self.id_field, *uuids, *resource.set_on("create"))))

    def same(self, name: str, left: Any, right: Any) -> bool:
        """Whether two values of a field say the same.

        Of an object whose properties the contract names, only those that both show are compared; free-form objects
        must be equal. Numbers and booleans are kept apart.
        """
        schema, detailed = self._schemas.get(name, {}), self._detailed.get(name, {})
        return same(left, right, schema if schema.get("properties") else detailed or schema)

    def taken(self, name: str, shown: Any, sent: Any) -> bool:
        """Whether a field shows what was sent: of an object all of it."""
        return bool(shown == sent) if isinstance(sent, Mapping) else self.same(name, shown, sent)

    def changed(self, before: Row, after: Row, fields: Collection[str]) -> list[str]:
        """The names among `fields` under which both answers show different values.

        What only one shows is not compared, nor are fields that the contract does not name: what they do is open.
        """
        both = [name for name in fields if name in self._schemas and name in before and name in after]
        return [name for name in both if not self.same(name, before[name], after[name])]

    def lacks(self, row: Any, wanted: Row) -> Iterator[str]:
        """Yield what of `wanted` the answer does not show, as `field is X, not Y`."""
        if not isinstance(row, Mapping):
            yield "the answer is no JSON object"
            return
        for name, value in self.shown(wanted).items():
            found = row.get(name, ABSENT)
            if found is ABSENT:
                yield f"{name} is missing, not {value!r}"
            elif not self.same(name, key := self._key(name, found), value) or not holds(
                key, value, self._schemas[name]
            ):
                yield f"{name} is {found!r}, not {value!r}"

    def shown(self, sent: Row) -> dict[str, Any]:
        """What of a body a plain answer shows: write-only fields are left out, references stand under their names."""
        references, found = self.resource.references, {}
        for name, value in sent.items():
            place = references[name].opened or name if name in references else name
            if place in self.resource.fields:
                found[place] = value
        return found

    def _key(self, place: str, value: Any) -> Any:
        """The key of an opened reference, any other value as it is."""
        for reference in self.resource.references.values():
            if place == reference.opened and isinstance(value, Mapping):
                return value.get(reference.key)
        return value

    def plain(self, detailed: Row) -> dict[str, Any]:
        """A detailed row as the plain list would show it: references that only it opens as their keys."""
        row = {name: value for name, value in detailed.items() if name not in self.resource.extras}
        for name, reference in self.resource.references.items():
            opened = reference.opened_detailed
            if opened and not reference.opened and opened in row:
                value = row.pop(opened)
                row[name] = value.get(reference.key) if isinstance(value, Mapping) else value
        return row

    def stands(self, before: Row, after: Any) -> Iterator[str]:
        """Yield what of a record is no longer as it was."""
        if not isinstance(after, Mapping) or after.get(self.id_field) != before.get(self.id_field):
            yield f"record {before.get(self.id_field)} can't be read any more"
            return
        for name in self.changed(before, after, list(before)):
            yield f"{name} went from {before[name]!r} to {after[name]!r}"

    def went_back(self, before: Row, after: Row) -> Iterator[str]:
        """Yield a complaint for each stamp that is earlier than it was."""
        for name in self.stamps:
            old, new = instant(before.get(name)), instant(after.get(name))
            if old and new and new.replace(microsecond=0) < old.replace(microsecond=0):
                yield f"{name} went back from {before[name]} to {after[name]}"


def same(left: Any, right: Any, schema: Schema) -> bool:
    """Whether two JSON values of a schema say the same (see Records.same)."""
    if type(left) is type(right) and type(left) in SCALARS and left == right:
        return True
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        named = schema.get("properties")
        if named:
            return all(same(left[key], right[key], named[key]) for key in left.keys() & right.keys() & named.keys())
        return left.keys() == right.keys() and all(same(left[key], right[key], {}) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(
            same(a, b, schema.get("items", {})) for a, b in zip(left, right, strict=True)
        )
    if isinstance(left, bool) is not isinstance(right, bool):
        return False
    if is_decimal(schema) and (one := _number(left)) is not None and (other := _number(right)) is not None:
        return one == other
    if isinstance(left, str) and isinstance(right, str):
        return left == right or bool(same_instant(left, right))
    return bool(left == right)


def holds(shown: Any, sent: Any, schema: Schema) -> bool:
    """Whether every property that was sent within a value, and that answers show, is there; null may be left out."""
    if isinstance(shown, list) and isinstance(sent, list):
        return all(holds(a, b, schema.get("items", {})) for a, b in zip(shown, sent, strict=False))
    if not (isinstance(shown, Mapping) and isinstance(sent, Mapping)):
        return True
    named = {key: one for key, one in schema.get("properties", {}).items() if not one.get("writeOnly")}
    lost = {key for key in named.keys() & sent.keys() - shown.keys() if sent[key] is not None}
    return not lost and all(
        holds(shown[key], sent[key], named[key]) for key in named.keys() & sent.keys() & shown.keys()
    )


def is_decimal(schema: Schema) -> bool:
    """Whether the values are numbers, though they may be written as texts."""
    kinds = {option.get("type") for key in ("oneOf", "anyOf") for option in schema.get(key, ())}
    return schema.get("format") == "decimal" or {"string", "number"} <= kinds


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value)) if isinstance(value, str | int | float) else None
    except InvalidOperation:
        return None
