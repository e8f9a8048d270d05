"""A schema without allOf, and the schemas that its oneOf and anyOf stand for.

Owns: merging. A flat schema is an OpenAPI 3.0 schema that admits the same values as the original, with `allOf` only
    for what can't be merged: a second pattern or format, and every `not`, `oneOf` and `anyOf`.
Source: OpenAPI 3.0.3, "Schema Object"; JSON Schema 2020-12, "Keywords for Applying Subschemas".
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice, product
from math import lcm
from typing import Any

from cancelkit.spec.document import Direction, admits_null, hidden
from cancelkit.spec.values.model import Json, NoValue, Schema, key

GROUPS = ("oneOf", "anyOf")
_KEPT = ("example", "default", "x-open", "readOnly", "writeOnly")
_MOST_BRANCHES = 64


def flatten(schema: Schema, place: str, direction: Direction) -> dict[str, Any]:
    """Return the schema with every allOf merged, and without the properties that the direction hides.

    Raises:
        NoValue: parts of allOf contradict each other.
    """
    parts = [{name: value for name, value in schema.items() if name not in ("allOf", "nullable")}]
    parts += [flatten(inner, place, direction) for inner in schema.get("allOf", ())]
    out: dict[str, Any] = {}
    rest: list[dict[str, Any]] = []
    for part in parts:
        _bounds(out, part)
        _scalars(out, part, rest, place)
        rest += [{name: part[name]} for name in ("not", *GROUPS) if name in part]
        rest += part.get("allOf", ())
    _members(out, parts, direction)
    if rest:
        out["allOf"] = rest
    if admits_null(schema):
        out["nullable"] = True
    return out


def visible(value: Json, schema: Schema, direction: Direction) -> Json:
    """Return an example without the properties that are absent in that direction."""
    for inner in schema.get("allOf", ()):
        value = visible(value, inner, direction)
    if isinstance(value, list) and "items" in schema:
        return [visible(item, schema["items"], direction) for item in value]
    if not isinstance(value, dict):
        return value
    known = schema.get("properties", {})
    return {
        name: visible(inner, known.get(name, {}), direction)
        for name, inner in value.items()
        if name not in known or not hidden(known[name], direction)
    }


def combined(flat: Schema, *keywords: str) -> list[Json]:
    """Return the values of these keywords in the parts that were not merged."""
    return [part[keyword] for part in flat.get("allOf", ()) for keyword in keywords if keyword in part]


def branches(flat: Schema, place: str, direction: Direction) -> Iterator[dict[str, Any]]:
    """Yield a flat schema for each way to choose among its oneOf and anyOf; contradictory ones are left out.

    A value of a branch need not fit the schema (a second oneOf may match too): it has to be checked.
    """
    groups = combined(flat, *GROUPS)
    plain = {name: value for name, value in flat.items() if name not in ("allOf", "nullable")}
    plain["allOf"] = [part for part in flat.get("allOf", ()) if not any(name in part for name in GROUPS)]
    for chosen in islice(product(*groups), _MOST_BRANCHES):
        try:
            found = flatten({**plain, "allOf": [*plain["allOf"], *chosen]}, place, direction)
        except NoValue:
            continue
        if combined(found, *GROUPS):
            yield from branches(found, place, direction)
        else:
            yield found


def without(flat: Schema, keyword: str) -> dict[str, Any]:
    """Return a flat schema that lacks a keyword; without "nullable" means that null is admitted."""
    if keyword == "nullable":
        return {**flat, "nullable": True}
    out = {name: value for name, value in flat.items() if name not in (keyword, "allOf")}
    rest = [part for part in flat.get("allOf", ()) if keyword not in part]
    return {**out, "allOf": rest} if rest else out


def _bounds(out: dict[str, Any], part: Schema) -> None:
    for name, strict, better in (("minimum", "exclusiveMinimum", max), ("maximum", "exclusiveMaximum", min)):
        if name not in part:
            continue
        if name in out and out[name] == part[name]:
            exclusive = bool(out.get(strict) or part.get(strict))
        elif name in out and better(out[name], part[name]) == out[name]:
            continue
        else:
            exclusive = bool(part.get(strict))
        out[name] = part[name]
        out.pop(strict, None)
        if exclusive:
            out[strict] = True
    for name in ("minLength", "minItems", "minProperties"):
        if name in part:
            out[name] = max(out.get(name, 0), part[name])
    for name in ("maxLength", "maxItems", "maxProperties"):
        if name in part:
            out[name] = min(out.get(name, part[name]), part[name])
    if part.get("uniqueItems"):
        out["uniqueItems"] = True


def _scalars(out: dict[str, Any], part: Schema, rest: list[dict[str, Any]], place: str) -> None:
    kind = part.get("type")
    if kind is not None and out.get("type") not in (None, kind):
        if {kind, out["type"]} != {"integer", "number"}:
            raise NoValue(place, f"one part of allOf asks for {out['type']}, another for {kind}")
        kind = "integer"
    if kind is not None:
        out["type"] = kind
    if "enum" in part:
        wanted = set(map(key, part["enum"]))
        known: list[Json] = out["enum"] if "enum" in out else part["enum"]
        out["enum"] = [value for value in known if key(value) in wanted]
    if "multipleOf" in part:
        out["multipleOf"] = (
            _common(out["multipleOf"], part["multipleOf"]) if "multipleOf" in out else part["multipleOf"]
        )
    for name in ("pattern", "format"):
        if name in part and out.get(name, part[name]) != part[name]:
            rest.append({name: part[name]})
        elif name in part:
            out[name] = part[name]
    for name in _KEPT:
        if name in part:
            out.setdefault(name, part[name])


def _common(one: float, other: float) -> float:
    """Return the least common multiple of two steps, which may be decimals."""
    left, right = Fraction(str(one)), Fraction(str(other))
    found = Fraction(
        lcm(left.numerator * right.denominator, right.numerator * left.denominator),
        left.denominator * right.denominator,
    )
    return int(found) if found.denominator == 1 else float(found)


def _members(out: dict[str, Any], parts: list[dict[str, Any]], direction: Direction) -> None:
    """Merge what is said of items and properties; a property that one part forbids is left out."""
    items = [part["items"] for part in parts if "items" in part]
    if items:
        out["items"] = items[0] if len(items) == 1 else {"allOf": items}
    known = [(part.get("properties", {}), part.get("additionalProperties", True)) for part in parts]
    gone = {n for properties, _ in known for n, inner in properties.items() if hidden(inner, direction)}
    names = {name: None for properties, _ in known for name in properties if name not in gone}
    merged: dict[str, Json] = {}
    for name in names:
        found = [properties.get(name, more) for properties, more in known]
        said = [inner for inner in found if isinstance(inner, dict)]
        if False not in found:
            merged[name] = said[0] if len(said) == 1 else {"allOf": said}
    if any("properties" in part for part in parts):
        out["properties"] = merged
    more = [extra for _, extra in known]
    if False in more:
        out["additionalProperties"] = False
    elif said := [extra for extra in more if isinstance(extra, dict)]:
        out["additionalProperties"] = said[0] if len(said) == 1 else {"allOf": said}
    required = [name for part in parts for name in part.get("required", ()) if name not in gone]
    if required:
        out["required"] = list(dict.fromkeys(required))
