"""Whatever the schema: valid values are valid, broken ones have the one fault that they are labelled with."""

from __future__ import annotations

from random import Random
from typing import Any

import jsonschema_rs
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from made_schemas import schemas

from cancelkit.spec.document import json_schema
from cancelkit.spec.values import Broken, NoValue, Values, key
from cancelkit.spec.values.checking import FORMATS

DIRECTIONS = st.sampled_from(["request", "response"])
SETTINGS = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


def made(schema: dict[str, Any], direction: Any) -> Values:
    """Return the values of a schema that has some, or skip the example."""
    values = Values(schema, direction=direction)
    try:
        values.typical()
    except NoValue:
        assume(False)
    return values


def plain(schema: dict[str, Any], direction: Any) -> jsonschema_rs.Draft202012Validator:
    """Return a validator that knows nothing of the module but its formats of texts."""
    bounded = with_bounds(json_schema(schema, direction))
    return jsonschema_rs.Draft202012Validator(bounded, validate_formats=True, formats=FORMATS)


def with_bounds(schema: Any) -> Any:
    """Return a JSON schema in which the formats of integers are bounds."""
    if isinstance(schema, list):
        return [with_bounds(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    out = {name: with_bounds(inner) for name, inner in schema.items()}
    bits = {"int32": 31, "int64": 63}.get(str(schema.get("format")))
    return {"allOf": [out, {"minimum": -(2**bits), "maximum": 2**bits - 1}]} if bits else out


@SETTINGS
@given(schemas(), DIRECTIONS, st.integers(0, 2**32))
def test_every_valid_value_is_valid(schema: dict[str, Any], direction: Any, seed: int) -> None:
    """The typical, drawn, distinct, other and edge values all fit the schema."""
    values = made(schema, direction)
    validator, random = plain(schema, direction), Random(seed)
    found = [values.typical(), *(values.draw(random) for _ in range(20)), *values.distinct(5, random)]
    found += [edge.value for edge in values.edges()]

    assert [value for value in found if not validator.is_valid(value) or not values.admits(value)] == []
    assert all(values.faults(value) == [] for value in found)


@SETTINGS
@given(schemas(), DIRECTIONS)
def test_distinct_values_and_another_value_differ(schema: dict[str, Any], direction: Any) -> None:
    """No two of `distinct` are equal, and `other_than` gives none of those that it was given."""
    values = made(schema, direction)
    found = values.distinct(4, Random(1))

    assert 1 <= len(found) <= 4
    assert len(set(map(key, found))) == len(found)
    if len(found) == 4:
        assert key(values.other_than(*found[:3])) not in set(map(key, found[:3]))


@SETTINGS
@given(schemas(), DIRECTIONS)
def test_a_broken_value_has_the_labelled_fault_alone(schema: dict[str, Any], direction: Any) -> None:
    """A broken value is refused, and admitted once its keyword is dropped where it stands."""
    values = made(schema, direction)
    for broken in values.broken():
        assert not values.admits(broken.value), broken
        assert values.faults(broken.value), broken
        node = dropped(schema, broken)
        if node is not None:
            assert Values(node, direction=direction).admits(broken.value), (broken, node)


@SETTINGS
@given(schemas(), DIRECTIONS, st.integers(0, 2**32))
def test_the_same_seed_gives_the_same_values(schema: dict[str, Any], direction: Any, seed: int) -> None:
    """Two objects made of one schema draw the same."""
    one, other = made(schema, direction), Values(schema, direction=direction)
    other.edges()
    drawn, again = (
        [each.draw(random) for _ in range(5)] for each, random in ((one, Random(seed)), (other, Random(seed)))
    )

    assert drawn == again


def dropped(schema: Any, broken: Broken) -> Any:
    """Return the schema without the keyword of a broken value; None where a combination hides the place."""
    if any(name in schema for name in ("allOf", "oneOf", "anyOf")) or (broken.path and "not" in schema):
        return None
    if broken.path:
        step, rest = broken.path[0], Broken(None, broken.keyword, broken.path[1:], name=broken.name)
        if isinstance(step, int):
            inner = dropped(schema["items"], rest)
            return None if inner is None else {**schema, "items": inner}
        if step in schema.get("properties", {}):
            inner = dropped(schema["properties"][step], rest)
            return None if inner is None else {**schema, "properties": {**schema["properties"], step: inner}}
        inner = dropped(schema["additionalProperties"], rest)
        return None if inner is None else {**schema, "additionalProperties": inner}
    if broken.keyword == "nullable":
        return {**schema, "nullable": True}
    if broken.keyword == "required":
        return {**schema, "required": [name for name in schema["required"] if name != broken.name]}
    gone = {broken.keyword, "enum"} if broken.keyword == "type" else {broken.keyword}
    return {name: value for name, value in schema.items() if name not in gone}
