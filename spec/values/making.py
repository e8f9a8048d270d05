"""From a schema to what makes its values.

Owns: choosing by type, trying what can't be made right at once (not, oneOf, anyOf), and null.
Source: OpenAPI 3.0.3, "Schema Object".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice
from random import Random
from typing import Any

from spec.document import Direction
from spec.values.chance import below, pick
from spec.values.checking import compiled
from spec.values.containers import Arrays, Listed, Maker, Objects
from spec.values.flattening import GROUPS, branches, combined, flatten, visible
from spec.values.model import Edge, Json, NoValue, Schema, key
from spec.values.numbers import Numbers
from spec.values.texts import Texts

ANYTHING: tuple[Json, ...] = ("text", 1, True, 1.5, ["a", 1], {"a": {"b": None}}, "", 0, False, [], {})
"""Values of every type but null, for a schema that admits any."""
_NULLS = 8
"""One in so many values is null where it may be."""
_TRIES = 200
_KINDS = {
    "object": ("properties", "required", "additionalProperties", "minProperties", "maxProperties"),
    "array": ("items", "minItems", "maxItems", "uniqueItems"),
    "string": ("minLength", "maxLength", "pattern"),
    "number": ("minimum", "maximum", "multipleOf"),
}
_NUMERIC = frozenset({"int32", "int64", "float", "double"})


class Node:
    """What makes the values of one schema, nested ones included.

    Raises:
        NoValue: when a value is asked for, if none is found for the schema or for one nested in it.
    """

    def __init__(self, schema: Schema, place: str, direction: Direction) -> None:
        self.schema, self.place, self.direction = schema, place, direction

    @cached_property
    def flat(self) -> dict[str, Any]:
        return flatten(self.schema, self.place, self.direction)

    @cached_property
    def admits(self) -> Callable[[Json], bool]:
        return compiled(self.schema, self.direction, self.place).is_valid

    @cached_property
    def _tried(self) -> bool:
        """Whether a made value may not fit, so that each is checked."""
        flat = self.flat
        loose = "type" not in flat and "enum" not in flat and kind_of(flat) is not None
        return loose or bool(combined(flat, "not", *GROUPS))

    @cached_property
    def options(self) -> list[Maker]:
        """The makers: one, or one for each way to choose among oneOf and anyOf; empty where only null is left."""
        found: list[Maker] = []
        why = NoValue(self.place, "no combination of oneOf and anyOf admits a value")
        chosen = list(branches(self.flat, self.place, self.direction)) if combined(self.flat, *GROUPS) else [self.flat]
        for flat in chosen:
            try:
                found.append(self._maker(flat))
            except NoValue as error:
                why = error
        if not found and not self.flat.get("nullable"):
            raise why
        return found

    @cached_property
    def _pool(self) -> list[Json]:
        """Valid values for when drawing at random finds none."""
        made = [edge.value for option in self.options for edge in islice(option.edges(), 500)]
        made += [value for option in self.options for value in islice(option.every(), 500)]
        found = {key(value): value for value in [*made, *ANYTHING] if value is not None and self.admits(value)}
        return list(found.values())

    def typical(self) -> Json:
        for name in ("example", "default"):
            value = visible(self.flat.get(name), self.schema, self.direction)
            if value is not None and self.admits(value):
                return value
        for option in self.options:
            value = option.typical()
            if not self._tried or (value is not None and self.admits(value)):
                return value
        if not self.options:
            return None
        return self._made(Random(0))

    def draw(self, random: Random) -> Json:
        if self._nullable and (not self.options or not below(random, _NULLS)):
            return None
        if self._tried:
            return self._made(random)
        return self.options[0].draw(random)

    @cached_property
    def _nullable(self) -> bool:
        return bool(self.flat.get("nullable"))

    def edges(self) -> Iterator[Edge]:
        if self._nullable:
            yield Edge(None, "null")
        for option in self.options:
            for edge in option.edges():
                if not self._tried or self.admits(edge.value):
                    yield edge

    def every(self) -> Iterator[Json]:
        if self._nullable:
            yield None
        for option in self.options:
            for value in option.every():
                if not self._tried or self.admits(value):
                    yield value

    def _made(self, random: Random) -> Json:
        for _ in range(_TRIES):
            value = pick(random, self.options).draw(random)
            if value is not None and self.admits(value):
                return value
            if "_pool" in self.__dict__:
                break
        if self._pool:
            return pick(random, self._pool)
        if self._nullable:
            return None
        raise NoValue(self.place, "no value is found that fits not, oneOf and anyOf at once")

    def _maker(self, flat: dict[str, Any]) -> Maker:
        place = self.place
        if "enum" in flat:
            admits = compiled(flat, self.direction, place).is_valid
            values = [value for value in flat["enum"] if value is not None and admits(value)]
            if not values:
                raise NoValue(place, "no value of enum fits the rest of the schema")
            return Listed(values, "enum")
        kind = kind_of(flat)
        if kind in ("integer", "number"):
            return Numbers(flat, place)
        if kind == "string":
            return Texts(flat, place, self.direction)
        if kind == "boolean":
            return Listed([True, False], "boolean")
        if kind == "array":
            return self._array(flat)
        if kind == "object":
            return self._object(flat)
        return Listed(list(ANYTHING), "any value:")

    def _array(self, flat: dict[str, Any]) -> Maker:
        items = Node(flat.get("items", {}), f"{self.place}/items", self.direction)
        if flat.get("maxItems") != 0:
            items.typical()
        return Arrays(flat, self.place, items)

    def _object(self, flat: dict[str, Any]) -> Maker:
        properties = {
            name: Node(inner, f"{self.place}/properties/{name}", self.direction)
            for name, inner in flat.get("properties", {}).items()
        }
        for node in properties.values():
            node.typical()
        extra = flat.get("additionalProperties", True)
        more: Maker | None = None if extra is False else Listed(["text", 1, True, ["a"], {"a": None}], "any value:")
        if isinstance(extra, dict) and extra:
            node = Node(extra, f"{self.place}/additionalProperties", self.direction)
            more = node
            node.typical()
        return Objects(flat, self.place, properties, more, 100 if self.direction == "response" else 60)


def kind_of(flat: Schema) -> str | None:
    """Return the type of a flat schema; where it has none, the one that its keywords are about."""
    if "type" in flat:
        return str(flat["type"])
    for kind, names in _KINDS.items():
        if any(name in flat for name in names):
            return kind
    if "format" in flat:
        return "number" if flat["format"] in _NUMERIC else "string"
    return None
