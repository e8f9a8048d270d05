"""Hypothesis strategies for the values of one JSON schema, with an eye on where another schema may differ.

Owns: `values` and `Hints`: the bounds, lengths and listed values of both schemas, and what lies one beside them.
Knows nothing of: cancelkit.diff, cancelkit.spec.values; what is drawn may be invalid, the caller checks.
Source: JSON Schema 2020-12, "Validation".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any

from hypothesis import strategies as st

Schema = dict[str, Any]
Drawn = st.SearchStrategy[Any]
KINDS = ("null", "boolean", "integer", "number", "string", "array", "object")
IN_PLACE = ("allOf", "anyOf", "oneOf")
WIDEST = 2**64
ANYTHING = st.sampled_from([1, "text", None, True, 0.5, [], {}])
TEXTS = {
    "date": ["2026-02-28", "1999-12-31"],
    "date-time": ["2026-02-28T12:00:00Z", "1999-12-31T23:59:59.123456+03:00"],
    "time": ["12:00:00Z", "23:59:59+03:00"],
    "duration": ["P3D", "PT1H30M"],
    "email": ["a@example.com", "someone.else+tag@mail.example.org"],
    "uuid": ["123e4567-e89b-42d3-a456-426614174000"],
    "uri": ["https://example.com/a?b=c"],
    "hostname": ["example.com", "a"],
    "ipv4": ["192.0.2.1"],
    "ipv6": ["2001:db8::1"],
    "byte": ["YQ==", "YWJjZGVm", ""],
    "decimal": ["1", "-20.50", "123456.789"],
    "slug": ["a-b_1", "x"],
}
"""A few valid texts of each format; without a format any of them may come, as may plain letters."""
LONGER = {
    "time": lambda length: f"12:00:00.{'1' * (length - 10)}Z",
    "date-time": lambda length: f"2026-02-28T12:00:00.{'1' * (length - 21)}Z",
    "email": lambda length: f"{'a' * (length - 12)}@example.com",
    "uri": lambda length: f"https://a/{'b' * (length - 10)}",
    "decimal": lambda length: "1" * length,
    "slug": lambda length: "a" * length,
    "byte": lambda length: "YWJj" * (length // 4 + 1),
}
MARKS = (
    "",
    "a",
    "A",
    "0",
    "1.5",
    "true",
    "null",
    "<b>",
    "a b",
    "é",
    "\n",
    "\x00",
    "-",
    "AB-1234",
    "forbidden",
    "x" * 41,
)


@dataclass(frozen=True)
class Hints:
    """numbers, lengths: every bound of both schemas, with its neighbours. listed: every value that an enum lists.

    most: one more item or property than any bound of both schemas speaks of.
    """

    numbers: tuple[float | int, ...]
    lengths: tuple[int, ...]
    listed: tuple[Any, ...]
    most: int

    @classmethod
    def of(cls, *schemas: Schema) -> Hints:
        numbers, lengths, listed, most = {0, 1, -1, 0.5, 10**6}, {0, 1, 2}, list[Any](), 3
        for key, value in (pair for schema in schemas for pair in _keywords(schema)):
            if key in ("enum", "const"):
                listed += value if key == "enum" else [value]
            elif key[3:] in ("Items", "Properties"):
                most = max(most, value + 1)
            elif key in ("minLength", "maxLength"):
                lengths |= {length for length in (value - 1, value, value + 1) if length >= 0}
            elif key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"):
                numbers |= {value, value + 1, value - 1, value + 0.25, value - 0.25, 3 * value}
        return cls(tuple(sorted(numbers)), tuple(sorted(lengths)), tuple(listed), most)


def _keywords(schema: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(schema, list):
        for inner in schema:
            yield from _keywords(inner)
    elif isinstance(schema, dict):
        for key, value in schema.items():
            yield key, value
            yield from _keywords(list(value.values()) if key == "properties" else value)


def values(schema: Schema, hints: Hints) -> Drawn:
    """What the schema describes, and little else."""
    if "if" in schema:
        return st.none() | values(schema["then"], hints)
    for key in IN_PLACE:
        if key in schema:
            rest = {name: value for name, value in schema.items() if name != key}
            if key == "allOf":
                return values(reduce(joined, schema[key], rest), hints)
            return st.one_of([values(joined(rest, branch), hints) for branch in schema[key]])
    if "const" in schema or "enum" in schema:
        return st.sampled_from([schema["const"]] if "const" in schema else schema["enum"])
    said = schema.get("type", KINDS)
    return st.one_of([_of_kind(kind, schema, hints) for kind in ([said] if isinstance(said, str) else said)])


def joined(one: Schema, other: Schema) -> Schema:
    """A schema of what fits both, as far as drawing needs it."""
    out = {**one, **other}
    for key in ("properties", "required", "allOf"):
        if key in one and key in other:
            ours, theirs = one[key], other[key]
            out[key] = ours + theirs if isinstance(ours, list) else {**ours, **theirs}
            for name in set(ours) & set(theirs) if key == "properties" else ():
                out[key][name] = joined(ours[name], theirs[name])
    for key, choose in (("maximum", min), ("minimum", max), ("maxLength", min), ("minLength", max)):
        if key in one and key in other:
            out[key] = choose(one[key], other[key])
    return out


def _of_kind(kind: str, schema: Schema, hints: Hints) -> Drawn:
    if any(schema.get(f"min{of}", 0) > schema.get(f"max{of}", WIDEST) for of in ("Length", "Items", "Properties")):
        return st.nothing()
    match kind:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer" | "number":
            return _numbers(kind, schema, hints)
        case "string":
            return _texts(schema, hints)
        case "array":
            return _arrays(schema, hints)
    return _objects(schema, hints)


def _numbers(kind: str, schema: Schema, hints: Hints) -> Drawn:
    low, high = schema.get("minimum", -WIDEST), schema.get("maximum", WIDEST)
    if low > high:
        return st.nothing()
    near = [number for number in hints.numbers if low <= number <= high and (kind == "number" or number % 1 == 0)]
    near += [value for value in hints.listed if isinstance(value, int | float) and not isinstance(value, bool)]
    drawn = [st.sampled_from([int(n) if n % 1 == 0 else n for n in near])] if near else []
    if step := schema.get("multipleOf"):
        span = st.integers(-(-max(low, -1000) // step), min(high, 1000) // step)
        return st.one_of(*drawn, span.map(lambda count: round(count * step, 6)))
    if kind == "number":
        drawn.append(st.floats(max(low, -1e6), min(high, 1e6), allow_nan=False))
    return st.one_of(*drawn, st.integers(int(-(-low // 1)), int(high // 1)))


def _texts(schema: Schema, hints: Hints) -> Drawn:
    if schema.get("format") in TEXTS and "pattern" not in schema:
        longer = LONGER.get(schema["format"])
        return st.sampled_from([*TEXTS[schema["format"]], *(longer(n) for n in hints.lengths if longer)])
    least, most = schema.get("minLength", 0), schema.get("maxLength", WIDEST)
    known = [*MARKS, *(text for texts in TEXTS.values() for text in texts), *(str(v) for v in hints.listed)]
    known += [sign * length for length in (*hints.lengths, least) for sign in "aé0"]
    fitting = [text for text in known if least <= len(text) <= most]
    own = [st.from_regex(schema["pattern"])] if "pattern" in schema else []
    return st.one_of(*own, st.sampled_from(fitting), st.text(min_size=least, max_size=min(most, least + 5)))


def _arrays(schema: Schema, hints: Hints) -> Drawn:
    least, most = schema.get("minItems", 0), schema.get("maxItems", hints.most)
    items = values(schema["items"], hints) if "items" in schema else ANYTHING
    alike = items.flatmap(lambda item: st.integers(least, min(most, least + 3)).map(lambda n: [item] * n))
    return st.one_of(st.lists(items, min_size=least, max_size=most), *([] if schema.get("uniqueItems") else [alike]))


def _objects(schema: Schema, hints: Hints) -> Drawn:
    """Named properties, each optional one in some; further ones where a schema says of what."""
    properties, needed = schema.get("properties", {}), schema.get("required", [])
    named = {name: values(inner, hints) for name, inner in properties.items()}
    more = schema.get("additionalProperties", not properties and "unevaluatedProperties" not in schema)
    further: Drawn = st.just({})
    if more is not False:
        inner = values(more, hints) if isinstance(more, dict) else ANYTHING
        most = schema.get("maxProperties", hints.most)
        free = st.sampled_from([f"k{i}" for i in range(hints.most + 1)])
        further = st.dictionaries(free, inner, min_size=schema.get("minProperties", 0), max_size=most)
    required = {name: named.get(name, ANYTHING) for name in needed}
    optional = {name: inner for name, inner in named.items() if name not in required and not inner.is_empty}
    fixed = st.fixed_dictionaries(required, optional=optional)
    return st.tuples(further, fixed).map(lambda pair: {**pair[0], **pair[1]})
