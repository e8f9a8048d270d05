"""A value that one side may send and the other does not take, found by search: jsonschema-rs judges, Hypothesis draws.

Owns: `witness`; turning two schemas of OpenAPI into what each side understands of them.
Knows nothing of: cancelkit.diff.
Source: JSON Schema 2020-12; docs/diff.md, "How far it can be trusted".
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import reduce
from typing import Any

import jsonschema_rs
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample, Unsatisfiable

from cancelkit.spec.document import Direction, json_schema
from cancelkit.spec.values.checking import FORMATS, RANGES
from tests.diff.drawing import IN_PLACE, Hints, Schema, joined, values

SEARCH = settings(
    max_examples=200,
    database=None,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
PLAIN = {"type", "properties", "required"}
WHOLE = {"minProperties", "maxProperties", "not", "enum", *IN_PLACE}
"""Keywords that look at all properties together."""
_known: dict[tuple[str, Direction, bool], tuple[Any] | None] = {}


def witness(sent: Schema, taken: Schema, direction: Direction, *, text: bool = False) -> tuple[Any] | None:
    """Return a value that fits `sent` and not `taken`, in a tuple; None where none is found.

    Args:
        sent, taken: of OpenAPI 3.0, references followed. A request holds named fields only, and a field that the
            receiver does not name is lost; a reader of answers overlooks fields that it does not know.
        text: the value is written into a URL, where the text 1 may be a number as well.
    """
    if sent == taken:
        return None
    both = focused(*(prepared(json_schema(side, direction)) for side in (sent, taken)), direction)
    key = (repr(both), direction, text)
    if key not in _known:
        _known[key] = None if both[0] == both[1] else _searched(*both, direction, text=text)
    return _known[key]


def _searched(ours: Schema, theirs: Schema, direction: Direction, *, text: bool) -> tuple[Any] | None:
    ours = closed(ours)
    theirs = closed(theirs) if direction == "request" else theirs
    may_send, takes = _validator(ours), _validator(theirs)

    def refused(value: Any) -> bool:
        return may_send(value) and not any(map(takes, readings(value) if text else (value,)))

    drawn = values(ours, Hints.of(ours, theirs))
    try:
        return None if drawn.is_empty else (find(drawn, refused, settings=SEARCH),)
    except (NoSuchExample, Unsatisfiable):
        return None


def readings(value: Any) -> list[Any]:
    """What the text of a parameter may be taken for."""
    if isinstance(value, list):
        each = [readings(item) for item in value]
        return [value, *([forms[min(i, len(forms) - 1)] for forms in each] for i in range(3))]
    found = [value, value if isinstance(value, str) else json.dumps(value)]
    with suppress(ValueError):
        found.append(json.loads(found[1]))
    return [*found, [found[1]]]


def prepared(schema: Any) -> Any:
    """The schema with plain allOf joined, and the ranges of formats as bounds."""
    if isinstance(schema, list):
        return [prepared(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    out = {
        key: {name: prepared(inner) for name, inner in value.items()} if key == "properties" else
        prepared(value) if key in (*IN_PLACE, "items", "additionalProperties", "not", "if", "then") else value
        for key, value in schema.items()
    }  # fmt: skip
    if out.get("format") in RANGES:
        low, high = RANGES[out["format"]]
        out["minimum"], out["maximum"] = max(low, out.get("minimum", low)), min(high, out.get("maximum", high))
    rest = {key: value for key, value in out.items() if key != "allOf"}
    if "allOf" in out and all(set(part) <= PLAIN for part in (rest, *out["allOf"])):
        return reduce(_met, out["allOf"], rest)
    return out


def _met(one: Schema, other: Schema) -> Schema:
    """Two plain schemas of objects as one that means both."""
    shared = one.get("properties", {}).keys() & other.get("properties", {}).keys()
    out = joined(one, other)
    for name in shared:
        out["properties"][name] = {"allOf": [one["properties"][name], other["properties"][name]]}
    return out


def focused(one: Any, other: Any, direction: Direction) -> tuple[Any, Any]:
    """Both schemas without the properties that no witness needs, so that others are found sooner.

    Those are alike on both sides, or answered and not known to the reader.
    """
    if not (isinstance(one, dict) and isinstance(other, dict)) or one == other:
        return one, other
    ours, theirs = dict(one), dict(other)
    for key in ("items", "then"):
        if key in one and key in other:
            ours[key], theirs[key] = focused(one[key], other[key], direction)
    if "properties" not in one or "properties" not in other or any(side.keys() & WHOLE for side in (one, other)):
        return ours, theirs
    for side, whole in ((ours, one), (theirs, other)):
        side["properties"], side["required"] = dict(whole["properties"]), list(whole.get("required", []))
    for name, schema in one["properties"].items():
        if name not in other["properties"]:
            needless = direction == "response" and "additionalProperties" not in other
        else:
            same = (name in ours["required"]) == (name in theirs["required"])
            needless = same and schema == other["properties"][name]
            inner = focused(schema, other["properties"][name], direction)
            ours["properties"][name], theirs["properties"][name] = inner
        for side in (ours, theirs) if needless else ():
            side["properties"].pop(name, None)
            side["required"] = [needs for needs in side["required"] if needs != name]
    return ours, theirs


def closed(schema: Any, *, whole: bool = True) -> Any:
    """The schema with objects that have the named properties only."""
    if not isinstance(schema, dict):
        return schema
    out = dict(schema)
    if "properties" in out:
        out["properties"] = {name: closed(inner) for name, inner in out["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in out:
            out[key] = closed(out[key])
    for key in IN_PLACE:
        if key in out:
            out[key] = [closed(inner, whole=False) for inner in out[key]]
    if "then" in out:
        out["then"] = closed(out["then"], whole=False)
    return {**out, "unevaluatedProperties": False} if whole and _names(out) else out


def _names(schema: Schema) -> bool:
    """Whether properties are named here, and nothing is said of others."""
    if "additionalProperties" in schema:
        return False
    inner = [part for key in IN_PLACE for part in schema.get(key, ())] + [schema.get("then", {})]
    return "properties" in schema or any(_names(part) for part in inner if isinstance(part, dict) and part)


def _validator(schema: Schema) -> Any:
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, formats=FORMATS).is_valid
