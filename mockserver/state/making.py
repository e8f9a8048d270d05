"""A new record: what the client sent, and what the server adds.

Owns: ids, times, defaults, the initial state, opened references, and values for fields that only answers have.
Knows nothing of: HTTP; whether what was sent is allowed (store.py).
Source: the contract's resource: x-set-on, x-transitions, defaults; values by spec/values, stable by record number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import urandom
from random import Random
from typing import Any

from cancelkit.mockserver.state.catalogue import Catalogue
from cancelkit.spec import Contract, Field, Reference, SpecError
from cancelkit.spec.values import NoValue, Values

Base = dict[str, Any]
_TRIES = 10_000
_MISSING: Any = object()
"""Stands for a field that a record does not have when the client does not send it."""


class Maker:
    """Makes the records of one contract.

    Raises:
        SpecError: a field that only answers have can't be given a value.
    """

    def __init__(self, contract: Contract, catalogue: Catalogue, id_field: str) -> None:
        resource = contract.resource
        self._catalogue = catalogue
        self._id_field = id_field
        self.plain = {name: field for name, field in resource.fields.items() if not field.write_only}
        self.extra = {n: f for n, f in resource.detailed_fields.items() if n in resource.extras and not f.write_only}
        self._opened = {r.opened: r for r in resource.references.values() if r.opened}
        self._state = (resource.state, resource.transitions.initial) if resource.transitions else None
        sent = {
            name
            for operation in contract.operations.values()
            if operation.body
            for name, field in operation.body.fields.items()
            if not field.read_only
        }
        known = set(self._opened) | {id_field, resource.state}
        self.created = tuple(n for n, f in self.plain.items() if f.set_on)
        self.changed = tuple(n for n, f in self.plain.items() if f.set_on == "change")
        self._blank: Base = {}
        self._made: dict[str, Callable[[int], Any]] = {}
        for name, field in {**self.plain, **self.extra}.items():
            if name not in known and not field.set_on:
                self._prepare(name, field, sent=name in sent)
        self._draw = _drawing(resource.id_schema, id_field) if id_field and not resource.numbered else None
        self._extra_names = frozenset(self.extra)
        fixed = dict(self._blank)
        if self._state is not None and self._state[0]:
            fixed[self._state[0]] = self._state[1]
        self._empty: Base = {name: fixed.get(name, _MISSING) for name in self.plain}
        self._empty_extras: Base = {name: fixed.get(name, _MISSING) for name in self.extra}
        self._own = frozenset({id_field, *self._opened, *self.created})
        whole = {**self._empty, **self._empty_extras}
        set_here = {*self._own, *self._made}
        self._missing = [n for n, value in whole.items() if value is _MISSING and n not in set_here]

    def _prepare(self, name: str, field: Field, *, sent: bool) -> None:
        """Fix what a field that was not sent is given: its default, null, a value; nothing where it may be missing."""
        if field.has_default:
            self._blank[name] = field.default
        elif field.nullable:
            self._blank[name] = None
        elif field.schema.get("format") == "uuid":
            self._made[name] = lambda number: _uuid()
        elif not sent or field.required:
            self._made[name] = _stable(field, name)

    def new_id(self, number: int, taken: Callable[[Any], bool]) -> Any:
        """An id that no record has: the number itself, a UUID, or a text that fits the id's schema."""
        if self._draw is None:
            return number
        for attempt in range(_TRIES):
            found = self._draw(number, attempt)
            if not taken(found):
                return found
        raise NoValue(self._id_field, "no further id is found that fits its schema")

    def complete(self, body: Mapping[str, Any], id: Any, number: int, now: str) -> tuple[Base, Base]:
        """A new record as plain answers show it, and the fields that only detailed ones have.

        Args:
            body: the fields sent, checked already; references as keys.
        """
        base, extras = self._empty.copy(), self._empty_extras.copy()
        for name, reference in self._opened.items():
            for part in (base, extras):
                if name in part:
                    part[name] = self.open(reference, body.get(reference.field))
        for name in self.created:
            base[name] = now
        for name, value in body.items():
            if name in base:
                if name not in self._own:
                    base[name] = value
            elif name in extras and name not in self._opened:
                extras[name] = value
        for name, make in self._made.items():
            if name not in body:
                (base if name in base else extras)[name] = make(number)
        if self._id_field in base:
            base[self._id_field] = id
        for kept in (base, extras):
            for name in self._missing:
                if kept.get(name) is _MISSING:
                    del kept[name]
        return base, extras

    def open(self, reference: Reference, key: Any) -> Any:
        """The row that a plain answer shows for a key; None for none."""
        return None if key is None else self._catalogue.opened(reference.table, key)

    def changes(self, body: Mapping[str, Any]) -> tuple[Base, Base]:
        """What an update changes of the plain record, and of the fields that only detailed answers have."""
        base: Base = {}
        for reference in self._opened.values():
            if reference.field in body and reference.opened is not None:
                base[reference.opened] = self.open(reference, body[reference.field])
        extras: Base = {}
        for name, value in body.items():
            if name in self._opened or name == self._id_field or name in self.created:
                continue
            if name in self.plain:
                base[name] = value
            elif name in self._extra_names:
                extras[name] = value
        return base, extras

    def whole(self, base: Mapping[str, Any], number: int) -> Base:
        """A record of a world with every field that answers have, in their order; what it holds beside them stays."""
        if base.keys() == self.plain.keys():
            return dict(base)
        filled = {name: self._blank[name] for name in self.plain if name in self._blank and name not in base}
        ordered = {
            name: base[name] if name in base else filled[name] for name in self.plain if name in base or name in filled
        }
        return {**ordered, **base}


def _stable(field: Field, name: str) -> Callable[[int], Any]:
    """Draws the value of a field, the same for a record's number everywhere."""
    values = Values(field.schema, direction="response", place=name)
    try:
        values.typical()
    except NoValue as error:
        raise SpecError(name, f"no value is found for this field, which no body sends: {error}") from error
    return lambda number: values.draw(Random(f"{name} {number}"))


def _uuid() -> str:
    """A random UUID, version 4, written as the library writes it in half of its time: each create needs one."""
    digits = urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def _drawing(schema: Mapping[str, Any], name: str) -> Callable[[int, int], Any]:
    if schema.get("format") == "uuid":
        return lambda number, attempt: _uuid()
    values = Values(schema, direction="response", place=name)
    try:
        values.typical()
    except NoValue as error:
        raise SpecError(name, f"no value is found for the id: {error}") from error
    return lambda number, attempt: values.draw(Random(f"{name} {number} {attempt}"))
