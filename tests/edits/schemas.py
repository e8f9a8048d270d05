"""Schemas of fields that are added, and bounds that are added to fields: every keyword, formats known and unknown.

Source: OpenAPI 3.0.3, "Schema Object".
"""

from __future__ import annotations

from tests.edits.editor import Editor, Node

NEW_SCHEMAS: tuple[Node, ...] = (
    {"type": "string", "maxLength": 20},
    {"type": "string", "minLength": 3, "maxLength": 5},
    {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{4}$"},
    {"type": "string", "format": "email", "maxLength": 60},
    {"type": "string", "format": "date"},
    {"type": "string", "format": "date-time"},
    {"type": "string", "format": "uuid"},
    {"type": "string", "format": "uri"},
    {"type": "string", "format": "decimal"},
    {"type": "string", "format": "ipv4"},
    {"type": "string", "format": "time"},
    {"type": "string", "format": "hostname"},
    {"type": "string", "format": "duration"},
    {"type": "string", "format": "byte"},
    {"type": "string", "format": "colour"},
    {"type": "string", "enum": ["red", "green", "Blue"]},
    {"type": "integer", "minimum": 0, "maximum": 100},
    {"type": "integer", "minimum": 5, "exclusiveMinimum": True},
    {"type": "integer", "multipleOf": 5},
    {"type": "integer", "format": "int32"},
    {"type": "integer", "enum": [1, 2, 3]},
    {"type": "number", "minimum": 0, "maximum": 1},
    {"type": "number", "multipleOf": 0.01, "minimum": 0, "maximum": 1000},
    {"type": "boolean"},
    {"type": "boolean", "default": True},
    {"type": "array", "items": {"type": "string", "maxLength": 10}, "maxItems": 3},
    {"type": "array", "items": {"type": "integer"}, "minItems": 1, "uniqueItems": True},
    {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["a"]},
    {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False},
    {"type": "object", "additionalProperties": {"type": "integer"}},
    {"oneOf": [{"type": "string", "maxLength": 4}, {"type": "integer"}]},
    {"anyOf": [{"type": "string", "enum": ["x"]}, {"type": "boolean"}]},
    {"allOf": [{"type": "string", "minLength": 2}, {"maxLength": 6}]},
    {"type": "string", "not": {"enum": ["forbidden"]}},
    {"type": "string", "format": "ipv6"},
    {"type": "string", "format": "slug", "maxLength": 30},
    {"type": "string", "format": "password", "minLength": 8},
    {"type": "string", "minLength": 4, "maxLength": 4},
    {"type": "string", "default": "as usual", "maxLength": 30},
    {"type": "string", "enum": ["a", "b"], "default": "b"},
    {"type": "string", "format": "date-time", "maxLength": 40},
    {"type": "integer", "maximum": 10, "exclusiveMaximum": True},
    {"type": "integer", "minimum": -5, "maximum": -1},
    {"type": "integer", "format": "int64"},
    {"type": "number", "format": "double"},
    {"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 2, "exclusiveMaximum": True},
    {"type": "boolean", "enum": [True]},
    {"type": "array", "items": {"type": "string", "format": "uuid"}, "minItems": 2, "maxItems": 2},
    {"type": "array", "items": {"type": "array", "items": {"type": "integer"}, "maxItems": 2}},
    {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1, "maxProperties": 3},
    {"oneOf": [{"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}, {"type": "string"}]},
    {"anyOf": [{"type": "string", "format": "date"}, {"type": "integer", "minimum": 0}]},
    {"allOf": [{"type": "object", "properties": {"a": {"type": "string"}}}, {"required": ["a"]}]},
    {"type": "string", "minLength": 3, "x-open": "Whether short ones are taken."},
)

BOUNDS: dict[str, tuple[Node, ...]] = {
    "string": ({"maxLength": 80}, {"minLength": 2}, {"maxLength": 7}, {"pattern": "^[^<>]*$"}, {"minLength": 1}),
    "integer": ({"maximum": 100}, {"minimum": 2}, {"multipleOf": 2}, {"enum": [1, 2, 4]}),
    "number": ({"maximum": 100}, {"minimum": 0}),
    "boolean": ({"default": True},),
}


def new_schema(editor: Editor) -> Node:
    """One of NEW_SCHEMAS; one in five stands in an object, in an array, or in both."""
    schema: Node = dict(editor.pick(NEW_SCHEMAS))
    nested = editor.pick((0,) * 8 + (1, 2))
    if nested:
        schema = {"type": "object", "properties": {"inner": schema}, "required": ["inner"]}
    if nested == 2:
        schema = {"type": "array", "items": schema, "maxItems": 2}
    return schema
