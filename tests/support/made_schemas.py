"""A Hypothesis strategy for OpenAPI 3.0 schemas with every keyword of the schema object.

Owns: `schemas`. The bounds that it draws together may contradict each other: that is for the tests to expect.
Source: OpenAPI 3.0.3, "Schema Object".
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Schemas = SearchStrategy[dict[str, Any]]
FORMATS = (
    "date date-time email uuid uri decimal byte binary password hostname ipv4 ipv6 time duration slug no-such-format"
).split()
PATTERNS = (
    "^[a-z]+$",
    "^[A-Z]{2}[0-9]{3,5}$",
    r"^\d{4}-\d{2}$",
    "^(red|green|blue)$",
    r"^[^\x00]*$",
    "abc",
    r"^\S+( \S+)*$",
    "^(?!0)[0-9]{1,9}$",
    r"^#?([a-f0-9]{6}|[a-f0-9]{3})$",
    r"^\+?[1-9]\d{6,14}$",
    r"^[\w.-]+/[\w.-]+$",
    "^.{2,}$",
    r"^(?=.*\d)(?=.*[a-z]).{4,}$",
    r"^\p{Lu}{2}$",
    "^(?:a|b)*c$",
)
NAMES = ("name", "count", "state", "price", "notes", "tags")
_SMALL = st.integers(0, 6)
_BOUNDS = st.integers(-1000, 1000) | st.sampled_from([0, 1, 2**31 - 1, 10**6])


def schemas(depth: int = 2) -> Schemas:
    """Return a strategy of schemas nested at most so deep."""
    plain = st.one_of(integers(), numbers(), texts(), st.just({"type": "boolean"}), st.just({}))
    if not depth:
        return plain.flatmap(_marked)
    inner = schemas(depth - 1)
    return st.one_of(plain, plain, arrays(inner), objects(inner), combinations(inner)).flatmap(_marked)


def integers() -> Schemas:
    return _optional(
        {"type": st.just("integer")},
        {
            "format": st.sampled_from(["int32", "int64"]),
            "minimum": _BOUNDS,
            "maximum": _BOUNDS,
            "exclusiveMinimum": st.booleans(),
            "exclusiveMaximum": st.booleans(),
            "multipleOf": st.integers(1, 12),
            "enum": st.lists(st.integers(-3, 9), min_size=1, max_size=4, unique=True),
        },
    )


def numbers() -> Schemas:
    return _optional(
        {"type": st.just("number")},
        {
            "format": st.sampled_from(["float", "double"]),
            "minimum": _BOUNDS | st.sampled_from([0.5, -0.01, 9.99]),
            "maximum": _BOUNDS | st.sampled_from([0.5, 99.99]),
            "exclusiveMinimum": st.booleans(),
            "exclusiveMaximum": st.booleans(),
            "multipleOf": st.sampled_from([0.01, 0.1, 0.05, 0.5, 2, 0.001]),
        },
    )


def texts() -> Schemas:
    return _optional(
        {"type": st.just("string")},
        {
            "minLength": _SMALL,
            "maxLength": st.integers(1, 60),
            "pattern": st.sampled_from(PATTERNS),
            "format": st.sampled_from(FORMATS),
            "enum": st.lists(st.sampled_from(["a", "b", "", "A b", "ı", "10"]), min_size=1, max_size=4, unique=True),
            "default": st.sampled_from(["", "text"]),
        },
    )


def arrays(inner: Schemas) -> Schemas:
    return _optional(
        {"type": st.just("array"), "items": inner},
        {"minItems": st.integers(0, 3), "maxItems": st.integers(1, 6), "uniqueItems": st.booleans()},
    )


def objects(inner: Schemas) -> Schemas:
    return _optional(
        {"type": st.just("object")},
        {
            "properties": st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
            "required": st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True),
            "additionalProperties": st.booleans() | inner,
            "minProperties": st.integers(0, 3),
            "maxProperties": st.integers(1, 8),
        },
    )


def combinations(inner: Schemas) -> Schemas:
    few = st.lists(inner, min_size=1, max_size=2)
    return st.one_of(
        st.fixed_dictionaries({"allOf": few}),
        st.fixed_dictionaries({"oneOf": few}),
        st.fixed_dictionaries({"anyOf": few}),
        st.fixed_dictionaries({"not": inner}),
        st.tuples(inner, few).map(lambda parts: {**parts[0], "allOf": parts[1]}),
        st.tuples(inner, inner).map(lambda parts: {**parts[0], "not": parts[1]}),
    )


def _optional(required: dict[str, Any], optional: dict[str, Any]) -> Schemas:
    """Return objects with the required keys and at most four of the others, so that few contradict each other."""
    names = st.lists(st.sampled_from(sorted(optional)), max_size=4, unique=True)
    return names.flatmap(
        lambda chosen: st.fixed_dictionaries({**required, **{name: optional[name] for name in chosen}})
    )


def _marked(schema: dict[str, Any]) -> Schemas:
    """Return the schema, sometimes with nullable, readOnly, writeOnly or x-open."""
    marks = st.sampled_from(["", "", "", "", "nullable", "nullable", "readOnly", "writeOnly", "x-open"])
    return marks.map(lambda mark: {**schema, mark: "why" if mark == "x-open" else True} if mark else schema)
