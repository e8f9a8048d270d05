"""Bodies for both sides: valid ones, edge values, and odd ones with what each tries.

Owns: which values of a field are sent, and which choice one of them is about.
Source: the schemas of the bodies (spec.values), x-reference, x-transitions, spec/points/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any

from cancelkit.contract_tests.comparing.calls import Key, Marked
from cancelkit.contract_tests.context.bodies import marker_field, settable, values_of
from cancelkit.contract_tests.learning.bounds import bounded
from cancelkit.contract_tests.observing.odd import KINDS, MALFORMED, RAW, filled_in
from cancelkit.contract_tests.observing.sending import STANDS, code_of, unknown_keys
from cancelkit.spec import Contract, Field, Operation, Role
from cancelkit.spec.media import FORM
from cancelkit.spec.values import NoValue, Values

NO_SUCH_FIELD = "no_such_field"
LONGEST = 3000


@dataclass(frozen=True, slots=True)
class Tried:
    """A value, or raw bytes, with what it tries; as in Call."""

    value: Any
    about: str
    topic: str = ""
    point: str = ""


class Bodies:
    """The bodies of one contract. keys: how many keys each side knows, by reference."""

    def __init__(self, contract: Contract, keys: Mapping[str, int]) -> None:
        self.contract, self.keys = contract, keys
        self.marker = marker_field(contract)
        self._bounds = {(one.operation.id, one.name): one.point for one in bounded(contract)}

    def value(self, name: str, field: Field, random: Random) -> Any:
        """An ordinary valid value.

        Raises:
            NoValue: none is known.
        """
        moves = self.contract.resource.transitions
        if field.reference:
            if not self.keys.get(name):
                raise NoValue(name, "no key is known on both sides")
            return Key(name, random.randrange(self.keys[name]))
        if moves is not None and name == moves.field:
            return moves.initial
        if field.enum:
            return random.choice([one for one in field.enum if one is not None])
        if self.marker is not None and name == self.marker.name:
            return Marked(f"compare {random.randrange(10**6)}", field.schema.get("maxLength"))
        values = values_of(field)
        if code := code_of(field):
            return code
        # How large a number may be can depend on what the record refers to, and that is each side's own.
        return values.typical() if field.type in ("integer", "number") else values.draw(random)

    def some(self, operation: Operation, random: Random, *, most: int | None = None, whole: bool = False) -> Any:
        """The required fields and some others, or at most so many, or all."""
        moves, found = self.contract.resource.transitions, dict[str, Any]()
        known = settable(operation)
        free = [n for n, f in known.items() if not f.required and not (moves and n == moves.field)]
        chosen = free if whole else random.sample(free, random.randint(min(1, len(free)), min(len(free), most or 9)))
        for name, field in known.items():
            if field.required or name in chosen:
                try:
                    found[name] = self.value(name, field, random)
                except NoValue:
                    if field.required:
                        raise
        if operation.role is Role.CREATE and self.marker is not None:
            found[self.marker.name] = self.value(self.marker.name, self.marker, random)
        return found

    def least(self, operation: Operation, random: Random) -> dict[str, Any]:
        """The required fields, and the marker where a record is made."""
        known = {n: f for n, f in settable(operation).items() if f.required}
        if operation.role is Role.CREATE and self.marker is not None:
            known[self.marker.name] = self.marker
        return {name: self.value(name, field, random) for name, field in known.items()}

    def edges(self, operation: Operation, *, left_open: bool = False) -> Iterator[Tried]:
        """Valid values at boundaries and of every kind, each alone; left_open: those that a server may refuse."""
        state = self.contract.resource.state
        for name, field in settable(operation).items():
            if field.reference or name == state:
                continue
            if field.nullable and not left_open:
                yield Tried({name: None}, f"{name}: null", name)
            if code_of(field):
                continue
            values = values_of(field)
            try:
                found = values.catalogue if field.type == "string" and not field.enum else tuple(values.edges())
            except NoValue:
                continue
            for edge in found:
                is_open = field.fact.open is not None and field.type in ("integer", "number")
                if (is_open and edge.label == "greatest") is not left_open:
                    continue
                if len(repr(edge.value)) < LONGEST and edge.value is not None and values.admits(edge.value):
                    point = self._bounds.get((operation.id, name), "") if left_open else _edge_point(edge.value)
                    yield Tried({name: edge.value}, f"{name}: {edge.label}", name, point)

    def odd(self, operation: Operation, *, left_open: bool = False) -> Iterator[Tried]:
        """Fields with a value that they do not have, each alone; fields that are unknown or read-only.

        left_open: the values of which the contract says so, and no choice either; else the others.
        """
        resource, known = self.contract.resource, settable(operation)
        for name, field in known.items():
            if field.reference and not left_open:
                for key in unknown_keys(None, field):
                    yield Tried({name: key}, f"{name}: no such row", name)
                if self.keys.get(name) and field.type == "integer":
                    yield Tried({name: Key(name, 0, quoted=True)}, f"{name}: text as number", name, "text-as-number")
            try:
                broken = values_of(field).broken()
            except NoValue:
                continue
            for one in broken:
                point = conversion(field, one.value)
                is_open = (one.convertible or (one.open and one.keyword not in STANDS)) and not point
                if field.reference and not isinstance(one.value, list | dict | type(None)) and not _no_key(one.value):
                    continue
                if is_open is left_open and len(repr(one.value)) <= LONGEST:
                    bound = self._bounds.get((operation.id, name), "") if one.keyword == "maximum" else ""
                    point = point or bound
                    yield Tried({name: one.value}, f"{name}: {one.keyword}", name, point)
        if left_open:
            return
        yield Tried({NO_SUCH_FIELD: 1}, "a field that is unknown", NO_SUCH_FIELD, "unknown-field")
        for name, field in resource.fields.items():
            if name not in known and name not in resource.references:
                yield Tried({name: _typical(field)}, f"{name}: it is not taken", name, "unknown-field")
        wrong = [(name, bad) for name, field in known.items() if (bad := _plainly_wrong(field)) is not None]
        for first, second in pairwise(wrong):
            if resource.state not in (first[0], second[0]):
                yield Tried(dict((first, second)), "two fields are wrong", "", "faults-named")

    def lacking(self, operation: Operation, random: Random) -> Iterator[Tried]:
        """Bodies without one required field each, and without any."""
        full = self.least(operation, random)
        for name, field in settable(operation).items():
            if field.required and name in full:
                yield Tried({n: v for n, v in full.items() if n != name}, f"{name}: left out", name)
        points = {Role.PARTIAL_UPDATE: "empty-patch", Role.CREATE: "faults-named"}
        yield Tried({}, "no field", "", points.get(operation.role, ""))

    def raw(self, operation: Operation) -> Iterator[Tried]:
        """Bodies that are no JSON, or JSON of another form."""
        for content in MALFORMED:
            yield Tried(filled_in(self.contract, operation, content), "no JSON", "body")
        for what in ("an array", "a text", "null", "invalid UTF-8"):
            yield Tried(filled_in(self.contract, operation, RAW[what]), what, "body")
        yield Tried(b"", "no body", "body", "empty-body")


MEDIA: Mapping[str, str] = {
    **dict.fromkeys(KINDS, "wrong-media"),
    FORM: "form-body",
    "application/json; charset=utf-8": "",
    "APPLICATION/JSON": "",
}
"""Content types by the choice that each is about; "" where none is."""


def conversion(field: Field, value: Any) -> str:
    """The choice that says what becomes of a value of another type."""
    if field.reference:
        return ""
    if field.enum and isinstance(value, str) and value != value.strip() and value.strip() in field.enum:
        return "text-blanks"
    if field.type == "integer":
        if isinstance(value, bool):
            return "boolean-as-number"
        if isinstance(value, float) and value.is_integer():
            return "fraction-as-integer"
        return "text-as-number" if isinstance(value, str) and value.isascii() and value.isdigit() else ""
    if field.type == "string" and not field.enum and not field.schema.get("format"):
        if value == "":
            return "empty-text"
        return "number-as-text" if isinstance(value, int | float) and not isinstance(value, bool) else ""
    if field.type == "boolean":
        if value in ("true", "false"):
            return "text-as-boolean"
        if value in ("yes", "no", "on", "off", "1", "0"):
            return "word-as-boolean"
        return "number-as-boolean" if type(value) is int and value in (0, 1) else ""
    return ""


def conversions(operation: Operation) -> Iterator[Tried]:
    """Values of another type for which there is a choice, for each field, whatever its schema's other keywords."""
    tried: tuple[Any, ...] = ("1", 1.0, True, 7, "true", "yes", 1, 0)
    for name, field in settable(operation).items():
        for value in tried:
            if (point := conversion(field, value)) and not field.enum:
                yield Tried({name: value}, f"{name}: {point.replace('-', ' ')}", name, point)


def _edge_point(value: Any) -> str:
    if isinstance(value, str) and (not value or value != value.strip()):
        return "text-blanks" if value else "empty-text"
    return ""


def _typical(field: Field) -> Any:
    """A value that the field could show, and that a new record has not."""
    if field.enum:
        return field.enum[-1]
    try:
        found = Values(field.schema, direction="response").typical()
        return found or ({"key": "value"} if field.type == "object" else "text")
    except NoValue:
        return "text"


def _no_key(value: Any) -> bool:
    """Whether a value is a key of no row, whatever it is converted to: which rows there are is each side's own."""
    return isinstance(value, str) and not any(c.isdigit() for c in value)


def _plainly_wrong(field: Field) -> Any:
    try:
        broken = values_of(field).broken()
    except NoValue:
        return None
    plain = (one for one in broken if not one.open and not one.convertible and not one.path)
    return next((b.value for b in plain if b.value is not None and len(repr(b.value)) < 400), None)
