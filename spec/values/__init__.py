"""The values of a schema: valid ones, edge ones, and broken ones with exactly one fault each.

Owns: `Values`, the one way from a resolved OpenAPI 3.0 schema to values for suite, fixtures, strategies and examples.
Source: OpenAPI 3.0.3, "Schema Object".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import chain
from random import Random

import jsonschema_rs

from cancelkit.spec.document import Direction
from cancelkit.spec.values import breaking
from cancelkit.spec.values.catalogue import catalogue
from cancelkit.spec.values.checking import Fault, compiled, faults
from cancelkit.spec.values.containers import distinct
from cancelkit.spec.values.making import Node
from cancelkit.spec.values.model import Broken, Edge, Json, NoValue, Path, Schema, key, same

__all__ = ["Broken", "Edge", "Fault", "NoValue", "Path", "Values", "key", "same"]


class Values:
    """The values of one schema. Compiled at the first use; make it once and draw often.

    Args:
        schema: of OpenAPI 3.0, every $ref followed; allOf may be there.
        direction: "request" values lack read-only properties, "response" values lack write-only ones.
        place: where the schema stands, for messages.
    Raises:
        NoValue: each method that gives valid values, where none is found for the schema or one nested in it.
    """

    def __init__(self, schema: Schema, *, direction: Direction = "request", place: str = "") -> None:
        self.schema, self.direction, self.place = schema, direction, place
        self._node = Node(schema, place, direction)

    @cached_property
    def validator(self) -> jsonschema_rs.Draft202012Validator:
        """The compiled validator; it checks formats."""
        return compiled(self.schema, self.direction, self.place)

    def admits(self, value: Json) -> bool:
        """Return whether the value fits the schema."""
        return self.validator.is_valid(value)

    def faults(self, value: Json) -> list[Fault]:
        """Return (path, OpenAPI keyword) of each fault; empty for a value that fits."""
        return faults(self.validator, self.schema, value)

    @property
    def nullable(self) -> bool:
        """Whether null is among the values."""
        return self.admits(None)

    def typical(self) -> Json:
        """Return one ordinary value: the schema's example or default where it fits, else one that is made."""
        return self._node.typical()

    def draw(self, random: Random) -> Json:
        """Return an ordinary valid value; the same state of `random` gives the same value on every machine."""
        return self._node.draw(random)

    def distinct(self, count: int, random: Random) -> list[Json]:
        """Return `count` different valid values; fewer where the schema has no more, or no more are found."""
        self._node.typical()
        return distinct(self._node, count, random)

    def other_than(self, *values: Json, random: Random | None = None) -> Json:
        """Return a valid value that differs from all `values`; null only where nothing else is left.

        Raises:
            NoValue: there is none, or none is found.
        """
        known = set(map(key, values))
        for value in chain(self._candidates(random), (None,) if self.nullable else ()):
            if key(value) not in known:
                return value
        raise NoValue(self.place, f"no valid value is found besides {', '.join(map(repr, values))}")

    def _candidates(self, random: Random | None) -> Iterator[Json]:
        chance = random or Random(12)
        drawn = (self._node.draw(chance) for _ in range(60))
        first = () if random else (self._node.typical(),)
        edges = (edge.value for edge in self._node.edges())
        return (
            value
            for value in chain(first, drawn, self._node.every(), edges)
            if value is not None and self.admits(value)
        )

    def edges(self) -> list[Edge]:
        """Return the valid boundary values, each once, with what is special about it."""
        found: dict[object, Edge] = {}
        self._node.typical()
        for edge in self._node.edges():
            if key(edge.value) not in found and self.admits(edge.value):
                found[key(edge.value)] = edge
        return list(found.values()) or [Edge(self.typical(), "ordinary")]

    @cached_property
    def catalogue(self) -> tuple[Edge, ...]:
        """All kinds of valid values that are worth trying with a server, each once: many more than the edges."""
        return tuple(catalogue(self._node))

    def broken(self) -> list[Broken]:
        """Return values with exactly one fault each, for every keyword of the schema and of those nested in it."""
        return list(self._broken)

    @cached_property
    def _broken(self) -> tuple[Broken, ...]:
        self._node.typical()
        found = breaking.broken(self.schema, self.place, self.direction)
        return tuple(one for one in found if not self.admits(one.value))
