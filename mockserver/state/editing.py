"""Direct edits: making and changing a record beyond what the API allows.

Owns: filling in what a record needs (references, times, parts of nested objects) and checking that the values fit the
    contract's answers. Transitions and read-only marks do not count here.
Knows nothing of: HTTP, sessions; writes nothing.
Source: the contract's resource; values that are made up by spec/values, stable by record number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from random import Random
from typing import Any
from uuid import uuid4

from cancelkit.fixtures.world import Record, Scope
from cancelkit.mockserver.api.values import told
from cancelkit.mockserver.problem import Problem
from cancelkit.mockserver.state import clock
from cancelkit.mockserver.state.catalogue import Catalogue
from cancelkit.mockserver.state.errors import Refused
from cancelkit.mockserver.state.searched import key_of
from cancelkit.mockserver.state.store import Store
from cancelkit.spec import Contract, Field, Reference, Schema
from cancelkit.spec.values import NoValue, Values
from cancelkit.spec.values.checking import compiled

Json = Any
_AT_ONCE = 100
"""So many keys are looked at before further ones are asked for."""


class Editor:
    """Makes whole records for one contract."""

    def __init__(self, contract: Contract) -> None:
        resource = contract.resource
        extras = {name: resource.detailed_fields[name] for name in resource.extras}
        self._resource = resource
        self._extras = frozenset(extras)
        self._fields: Mapping[str, Field] = {**resource.fields, **extras}
        self._references = {**resource.references}
        opened = {reference.opened for reference in resource.references.values() if reference.opened}
        self._validators = {
            name: compiled(field.schema, "response", name)
            for name, field in self._fields.items()
            if name not in opened and not field.write_only
        }
        for reference in resource.references.values():
            self._validators.pop(reference.field, None)

    def edited(self, store: Store, found: Record, changes: Mapping[str, Any], now: datetime) -> Record:
        """Return the record with `changes` made; the time of its change becomes `now` unless it is among them.

        Args:
            changes: any fields of an answer but the id, references as keys. An object is laid over what is there; what
                is then still missing is made up.
        Raises:
            Refused: by field.
        """
        id_field = store.layout.id_field
        if id_field in changes and changes[id_field] != found.base.get(id_field):
            raise Refused(Problem(id_field, "The id of a record does not change."))
        there = {**found.base, **found.extras}
        number = _number(found.base.get(id_field))
        fields = {
            name: self._laid(name, value, there.get(name), number, now, found.base) for name, value in changes.items()
        }
        self._check(store.catalogue, found.scope, fields)
        base = {**found.base, **{name: clock.text(now) for name in self._resource.set_on("change")}}
        extras = dict(found.extras)
        for name, value in fields.items():
            reference = self._references.get(name)
            if reference is not None:
                self._refer(base, reference, value, store.catalogue)
            else:
                (extras if name in self._extras else base)[name] = value
        return Record(found.scope, base, extras)

    def made(
        self, store: Store, scope: Scope, fields: Mapping[str, Any], now: datetime, *, number: int, id: Json = None
    ) -> Record:
        """Return a new record with this number; what `fields` leaves out is made up so that it fits.

        Args:
            id: of the record; a new one where it is None.
        Raises:
            Refused: by field.
        """
        catalogue, id_field = store.catalogue, store.layout.id_field
        if scope not in catalogue.scopes:
            known = ", ".join(_words(known) for known in catalogue.ordered)
            raise Refused(Problem("scope", f"There is no such scope; there are {known}.", "does_not_exist"))
        given = {name: value for name, value in fields.items() if name != id_field}
        created = next((given[name] for name in self._resource.set_on("create") if name in given), clock.text(now))
        sent = self._sent(catalogue, scope, given, number)
        base, extras = store.maker.complete(sent, store.new_id(number) if id is None else id, number, created)
        times = {name: created for name in self._resource.set_on("change") if name not in given}
        return self.edited(store, Record(scope, base, extras), {**times, **given}, now)

    def _sent(self, catalogue: Catalogue, scope: Scope, given: Mapping[str, Any], number: int) -> dict[str, Any]:
        """What a client would have sent: a row for each reference, values for what a record must have."""
        sent: dict[str, Any] = {}
        rows = []
        for name, reference in self._references.items():
            keys = catalogue.keys(reference.table, scope)
            wanted = given.get(name)
            if wanted is None and name not in given:
                if not keys:
                    raise Refused(Problem(name, f"This scope has no {reference.table}.", "does_not_exist"))
                fits = partial(_fits, catalogue, reference.table, given)
                wanted = _next(keys, number % len(keys), fits)
            sent[name] = wanted
            rows.append(catalogue.opened(reference.table, wanted) if wanted is not None else None)
        for name, field in self._fields.items():
            if name in given or name in sent or field.set_on or name == self._resource.state:
                continue
            shared = next((row[name] for row in rows if row and field.enum and row.get(name) in field.enum), None)
            if shared is not None:
                sent[name] = shared
            elif field.required and not field.has_default and not field.nullable and name != self._resource.id_field:
                sent[name] = _drawn(field.schema, name, number)
        return sent

    def _refer(self, base: dict[str, Any], reference: Reference, key: Json, catalogue: Catalogue) -> None:
        if reference.opened:
            base[reference.opened] = None if key is None else catalogue.opened(reference.table, key)
        if reference.field in self._resource.fields and reference.field != reference.opened:
            base[reference.field] = key

    def _laid(self, name: str, value: Json, there: Json, number: int, now: datetime, record: Mapping[str, Any]) -> Json:
        """An object over what is there, or over one that is made up; anything else as it is."""
        field = self._fields.get(name)
        if field is None or name in self._references or not isinstance(value, dict):
            return value
        if "properties" not in field.schema:
            return value
        return {**(there if isinstance(there, dict) else _object(field.schema, name, number, now, record)), **value}

    def _check(self, catalogue: Catalogue, scope: Scope, fields: Mapping[str, Any]) -> None:
        problems = []
        for name, value in fields.items():
            reference = self._references.get(name)
            validator = self._validators.get(name)
            if reference is not None:
                if value is not None and not catalogue.has(reference.table, scope, value):
                    words = f'Invalid pk "{value}" - object does not exist.'
                    problems.append(Problem(name, words, "does_not_exist"))
            elif validator is None:
                problems.append(Problem(name, "There is no such field."))
            elif (error := next(validator.iter_errors(value), None)) is not None:
                place = ".".join(map(str, error.instance_path))
                problems.append(Problem(name, f"{place}: {told(error)}" if place else told(error)))
        if problems:
            raise Refused(*problems)

    def keys(self, record: Record) -> dict[str, Any]:
        """The keys that a record's references have, by body field."""
        return {name: key_of(reference, record.base) for name, reference in self._references.items()}


def _next(keys: Sequence[Any], start: int, fits: Callable[[Any], bool]) -> Any:
    """The first key from a place on, and after the last from the first, that fits; the one there where none does."""
    for places in (range(start, len(keys)), range(start)):
        for low in places[::_AT_ONCE]:
            for key in keys[low : min(low + _AT_ONCE, places.stop)]:
                if fits(key):
                    return key
    return keys[start]


def _fits(catalogue: Catalogue, table: str, given: Mapping[str, Any], key: Any) -> bool:
    """Whether a row agrees with the fields that are given and that it has as well."""
    row = catalogue.opened(table, key)
    return row is not None and all(row.get(name, value) == value for name, value in given.items() if name in row)


def _object(schema: Schema, name: str, number: int, now: datetime, record: Mapping[str, Any]) -> dict[str, Any]:
    """A nested object made up: numbers and times of the record, the record's own values, null, else a value."""
    made: dict[str, Any] = {}
    for key, part in schema["properties"].items():
        if part.get("writeOnly"):
            continue
        if key == "id" and part.get("type") == "integer":
            made[key] = number
        elif part.get("format") == "uuid":
            made[key] = str(uuid4())
        elif part.get("format") == "date-time" and not part.get("nullable"):
            made[key] = clock.text(now)
        elif "default" in part:
            made[key] = part["default"]
        elif part.get("enum") and record.get(key) in part["enum"]:
            made[key] = record[key]
        elif part.get("nullable") and (part.get("type") != "string" or part.get("format")):
            made[key] = None
        else:
            made[key] = _drawn(part, f"{name}.{key}", number)
    return made


def _drawn(schema: Schema, place: str, number: int) -> Json:
    if schema.get("enum"):
        return schema["enum"][0]
    values = Values(schema, direction="response", place=place)
    try:
        return values.draw(Random(f"{place} {number}"))
    except NoValue as error:
        raise Refused(Problem(place.partition(".")[0], f"no value is found that fits: {error}")) from error


def _number(id: Json) -> int:
    return id if isinstance(id, int) else 1


def _words(scope: Scope) -> str:
    return "/".join(map(str, scope)) or "one without a name"
