"""What single schemas give: the same bytes for ever, edges by label, broken values by keyword, and errors by place."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from cancelkit.spec.values import NoValue, Values, same

GOLDEN: list[tuple[dict[str, Any], list[Any]]] = [
    ({"type": "integer", "minimum": 1}, [5306, 2472, 6469]),
    ({"type": "number", "minimum": 0, "multipleOf": 0.01}, [53.06, 24.72, 64.69]),
    ({"type": "string", "maxLength": 20}, ["meadow dinner pepper", "carpet winter circle", "candle velvet ginger"]),
    (
        {"type": "string", "format": "date-time"},
        ["2023-08-19T05:29:32Z", "2024-06-05T23:41:59Z", "2020-07-16T02:38:14Z"],
    ),
    (
        {"type": "string", "format": "email"},
        ["jzde8gxd6ncf@example.com", "0epf91dhodzdoc9@example.com", "s0j8ht@example.com"],
    ),
    (
        {"type": "string", "format": "uuid"},
        [
            "6513270e-269e-4d37-b2a7-4de452e6b438",
            "d23f0824-128b-4f33-8c5c-7fd0a6a3a450",
            "9531985d-5d9d-49f8-9818-e811892f902b",
        ],
    ),
    ({"type": "string", "pattern": "^[A-Z]{2}[0-9]{3}$"}, ["KE601", "RD590", "QG016"]),
    (
        {"type": "array", "items": {"type": "integer", "maximum": 9, "minimum": 0}, "uniqueItems": True},
        [[3, 7, 1, 2], [2, 6, 1], [4, 1, 2]],
    ),
    (
        {"type": "object", "required": ["a"], "properties": {"a": {"enum": ["x", "y"]}, "b": {"type": "boolean"}}},
        [{"a": "y", "b": True}, {"a": "y", "b": True}, {"a": "y", "b": False}],
    ),
]


@pytest.mark.parametrize(
    ("schema", "expected"), GOLDEN, ids=lambda given: str(sorted(given)) if isinstance(given, set) else str(given)
)
def test_values_stay_the_same(schema: dict[str, Any], expected: list[Any]) -> None:
    """Fixtures are promised to keep their bytes: a change here is a breaking change."""
    random = Random(7)

    assert [Values(schema).draw(random) for _ in range(3)] == expected


@pytest.mark.parametrize(
    ("schema", "place", "why"),
    [
        ({"type": "integer", "minimum": 3, "maximum": 2}, "here", "bounds"),
        ({"type": "integer", "minimum": 1, "maximum": 2, "multipleOf": 5}, "here", "bounds"),
        ({"type": "integer", "format": "int32", "minimum": 2**31}, "here", "bounds"),
        ({"type": "string", "minLength": 3, "maxLength": 2}, "here", "minLength 3"),
        ({"type": "string", "pattern": "^a{9}$", "maxLength": 8}, "here", "pattern"),
        ({"type": "string", "pattern": "(?<!"}, "here", "not valid"),
        ({"type": "string", "enum": [1]}, "here", "enum"),
        ({"allOf": [{"type": "string"}, {"type": "integer"}]}, "here", "allOf"),
        ({"type": "string", "not": {}}, "here", "not"),
        ({"oneOf": [{"type": "string"}, {"type": "string"}]}, "here", "oneOf"),
        ({"type": "object", "required": ["a"], "additionalProperties": False}, "here", "'a'"),
        ({"type": "object", "maxProperties": 1, "required": ["a", "b"]}, "here", "2 properties"),
        (
            {"type": "object", "properties": {"a": {"type": "array", "items": {"enum": []}, "minItems": 1}}},
            "here/properties/a/items",
            "enum",
        ),
        ({"type": "array", "items": {"type": "boolean"}, "uniqueItems": True, "minItems": 3}, "here", "different"),
    ],
    ids=lambda given: str(sorted(given)) if isinstance(given, set) else str(given),
)
def test_a_schema_without_a_value_is_named_by_its_place(schema: dict[str, Any], place: str, why: str) -> None:
    """NoValue says where the schema stands and which keyword leaves nothing."""
    with pytest.raises(NoValue) as caught:
        Values(schema, place="here").typical()

    assert caught.value.place == place
    assert why in caught.value.why


@pytest.mark.parametrize(
    ("schema", "keywords"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 9}, {"type", "nullable", "minimum", "maximum"}),
        (
            {"type": "integer", "minimum": 1, "exclusiveMinimum": True},
            {"type", "nullable", "minimum", "exclusiveMinimum"},
        ),
        ({"type": "integer", "format": "int32", "nullable": True}, {"type", "format"}),
        ({"type": "number", "multipleOf": 0.01}, {"type", "nullable", "multipleOf"}),
        ({"type": "string", "minLength": 2, "maxLength": 5}, {"type", "nullable", "minLength", "maxLength"}),
        ({"type": "string", "pattern": "^[a-z]+$"}, {"type", "nullable", "pattern"}),
        ({"type": "string", "format": "date"}, {"type", "nullable", "format"}),
        ({"type": "string", "enum": ["a", "b"]}, {"type", "nullable", "enum"}),
        (
            {"type": "array", "items": {}, "minItems": 1, "maxItems": 2, "uniqueItems": True},
            {"type", "nullable", "minItems", "maxItems", "uniqueItems"},
        ),
        (
            {"type": "object", "required": ["a"], "properties": {"a": {}}, "additionalProperties": False},
            {"type", "nullable", "required", "additionalProperties"},
        ),
        (
            {"type": "object", "minProperties": 1, "maxProperties": 2},
            {"type", "nullable", "minProperties", "maxProperties"},
        ),
        ({"type": "string", "not": {"enum": ["a"]}}, {"type", "nullable", "not"}),
        ({"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 5}]}, {"oneOf", "nullable"}),
        ({"anyOf": [{"type": "integer"}, {"type": "boolean"}]}, {"anyOf", "nullable"}),
        ({"allOf": [{"type": "integer", "minimum": 1}, {"maximum": 5}]}, {"type", "nullable", "minimum", "maximum"}),
    ],
    ids=lambda given: str(sorted(given)) if isinstance(given, set) else str(given),
)
def test_every_keyword_is_broken(schema: dict[str, Any], keywords: set[str]) -> None:
    """Each keyword of the schema has a broken value, and no other has."""
    assert {broken.keyword for broken in Values(schema).broken()} == keywords


def test_faults_of_nested_schemas_lead_to_their_place() -> None:
    """Properties, items and additional properties are broken too, one at a time."""
    schema = {
        "type": "object",
        "properties": {
            "rows": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}}
        },
        "additionalProperties": {"type": "boolean"},
    }
    values = Values(schema)
    paths = {broken.path for broken in values.broken()}

    assert {(), ("rows",), ("rows", 0), ("rows", 0, "n"), ("other",)} == paths
    assert all(values.faults(broken.value)[0][0] == broken.path for broken in values.broken())


def test_a_value_that_a_lenient_server_may_convert_is_marked() -> None:
    """ "3" for 3 is convertible, a word is not; 1.0 is an integer and no fault."""
    broken = {repr(found.value): found.convertible for found in Values({"type": "integer", "example": 3}).broken()}

    assert broken["'3'"] is True
    assert broken["'many'"] is False
    assert "1.0" not in broken


def test_open_schemas_mark_their_broken_values() -> None:
    """x-open on the broken schema, or on a part of its allOf, makes a fault one that servers may accept."""
    schema = {
        "type": "object",
        "properties": {"a": {"allOf": [{"type": "integer"}, {"maximum": 3, "x-open": "limit"}]}},
    }
    found = {broken.path: broken.open for broken in Values(schema).broken()}

    assert found == {(): False, ("a",): True}


def test_read_only_and_write_only_properties_are_absent_where_they_do_not_belong() -> None:
    """A request has no readOnly property and a response no writeOnly one, required or not."""
    schema = {
        "type": "object",
        "required": ["id", "secret"],
        "properties": {
            "id": {"allOf": [{"type": "integer", "readOnly": True}]},
            "secret": {"type": "string", "writeOnly": True},
        },
        "example": {"id": 4, "secret": "abc"},
    }

    assert Values(schema).typical() == {"secret": "abc"}
    assert Values(schema, direction="response").typical() == {"id": 4}
    assert "required" in {broken.keyword for broken in Values(schema).broken()}


def test_null_is_admitted_where_the_schema_says_nullable_beside_allOf() -> None:
    """`nullable` beside allOf, as generators of OpenAPI write it, admits null."""
    values = Values({"nullable": True, "allOf": [{"type": "string", "enum": ["a"]}]})

    assert values.admits(None)
    assert values.other_than("a") is None


@pytest.mark.parametrize(
    ("schema", "labels"),
    [
        (
            {"type": "string", "maxLength": 100},
            {"empty", "1 character", "99 characters", "100 characters", "emoji", "newline"},
        ),
        ({"type": "string", "format": "date", "nullable": True}, {"date: leap day", "null"}),
        ({"type": "integer", "minimum": 1, "maximum": 1000}, {"least", "greatest", "10", "near 128"}),
        (
            {"type": "object", "properties": {"a": {"type": "boolean"}, "b": {}}, "required": ["b"]},
            {"only what is required", "all properties", "a: boolean False"},
        ),
    ],
    ids=lambda given: str(sorted(given)) if isinstance(given, set) else str(given),
)
def test_edges_are_labelled(schema: dict[str, Any], labels: set[str]) -> None:
    """The boundary values of a schema say what is special about them."""
    assert labels <= {edge.label for edge in Values(schema).edges()}


def test_lengths_count_code_points() -> None:
    """A text of the greatest length beyond the BMP is valid."""
    values = Values({"type": "string", "minLength": 1, "maxLength": 1})

    assert any(edge.label == "emoji" for edge in values.edges())


def test_equality_is_that_of_json() -> None:
    """1 and 1.0 are the same, 1 and true are not, the order of names does not matter."""
    assert same({"a": 1, "b": [1.0]}, {"b": [1], "a": 1.0})
    assert not same(1, True)
    assert not same([0], [False])


@pytest.mark.parametrize("values", [2, 5, 300])
def test_distinct_finds_as_many_as_there_are(values: int) -> None:
    """All values of a small range are found, and no more than asked for of a large one."""
    small = Values({"type": "integer", "minimum": 1, "maximum": values})
    large = Values({"type": "string", "pattern": "^[a-z]{3}$"})

    assert sorted(small.distinct(values + 1, Random(1))) == list(range(1, values + 1))
    assert len(large.distinct(values, Random(1))) == values


def test_there_is_no_other_than_the_only_value() -> None:
    """other_than says so by place."""
    with pytest.raises(NoValue, match="here: no valid value is found besides 'a'"):
        Values({"enum": ["a"], "type": "string"}, place="here").other_than("a")
