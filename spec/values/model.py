"""What the module of values gives: an edge value, a broken value, the error that there is no value.

Owns: Edge, Broken, NoValue, and when two JSON values are the same.
Source: JSON Schema 2020-12, "Instance Equality".
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

Json = Any
Schema = Mapping[str, Any]
Path = tuple[str | int, ...]

LEAST, GREATEST = -(2**63), 2**63 - 1
"""The integers that every server and database can be expected to hold."""


class NoValue(Exception):
    """No value was found for a schema: `place` says where the schema stands, `why` what prevents one."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place}: {why}" if place else why)
        self.place = place
        self.why = why


@dataclass(frozen=True, slots=True)
class Edge:
    """A valid value at a boundary; `label` says which one, such as "maxLength" or "items/date/leap day"."""

    value: Json
    label: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A value with exactly one fault.

    keyword: of OpenAPI's schema object, at the place that `path` leads to in the value ("nullable": null is not
        admitted there). For `required` the path leads to the object that lacks the property, and `name` names it.
    open: the broken schema carries `x-open`, so that a right server may accept the value.
    convertible: a lenient server may convert the value into a valid one ("3" for 3, a date-time without an offset).
    """

    value: Json
    keyword: str
    path: Path = ()
    open: bool = False
    convertible: bool = False
    name: str | None = None


def key(value: Json) -> Hashable:
    """Return a hashable that is equal for the same JSON values: 1 and 1.0 are the same, 1 and true are not."""
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, dict):
        return "object", frozenset((name, key(inner)) for name, inner in value.items())
    if isinstance(value, list | tuple):
        return "array", tuple(key(inner) for inner in value)
    return value


def same(one: Json, other: Json) -> bool:
    """Return whether two JSON values are equal."""
    return key(one) == key(other)
