"""Values with exactly one fault each: for every keyword of a schema and of the schemas nested in it.

Owns: finding them. Each is checked: the schema refuses it, and without that keyword it would not.
Source: OpenAPI 3.0.3, "Schema Object".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import islice
from random import Random
from typing import Any

from spec.document import Direction
from spec.values.checking import compiled, faults
from spec.values.flattening import GROUPS, combined, without
from spec.values.making import ANYTHING, Node, kind_of
from spec.values.model import Broken, Json, NoValue, Path, Schema, key
from spec.values.odd_texts import ODD_TEXTS
from spec.values.wrong import ALIASES, FORMATS, other_types

Candidate = tuple[Json, bool]
_MOST = 4
"""So many values for one keyword of one schema, where many are alike; types, formats and enums have their tables."""
_LONGEST = 20_000
_NO_SUCH = "no-such-value"
_ODD = (
    "", " ", "a\0b", "a", "A", "1", "-", "é", "中", "a b", "\n", "!", "?", "x" * 300, "0" * 20, *ODD_TEXTS.values()
)


def broken(schema: Schema, place: str, direction: Direction) -> Iterator[Broken]:
    """Yield the broken values of a schema: its own faults first, then those of its properties and items.

    Raises:
        NoValue: the schema has no valid value to start from.
    """
    node = Node(schema, place, direction)
    yield from _own(node)
    if "enum" in node.flat:
        return
    strict = "uniqueItems" in node.flat or bool(combined(node.flat, "not", *GROUPS))
    validator = compiled(schema, direction, place) if strict else None
    for host, step, inner in _nested(node):
        whole = [*host] if isinstance(host, list) else {**host}
        for found in inner:
            if isinstance(whole, list):
                value: Json = [found.value, *whole[1:]]
            else:
                value = {**whole, step: found.value}
            path: Path = (step, *found.path)
            if validator and any(at[: len(path)] != path for at, _ in faults(validator, schema, value)):
                continue
            if validator is None or not validator.is_valid(value):
                yield Broken(value, found.keyword, path, found.open, found.convertible, found.name)


def _own(node: Node) -> Iterator[Broken]:
    flat = node.flat
    is_open = "x-open" in flat
    refuses = compiled(flat, node.direction, node.place)
    for keyword, make, most in _WAYS:
        if keyword not in flat and not combined(flat, keyword) and keyword != "nullable":
            continue
        lacking = without(flat, keyword)
        if keyword == "type" and "enum" in flat:
            lacking = without(lacking, "enum")
        admits = compiled(lacking, node.direction, node.place)
        seen: set[object] = set()
        for value, convertible in make(node, lacking):
            if len(seen) >= most:
                break
            if key(value) not in seen and not refuses.is_valid(value) and admits.is_valid(value):
                seen.add(key(value))
                yield Broken(value, keyword, (), is_open, convertible)
    if kind_of(flat) == "object" and "enum" not in flat:
        yield from _lacking(node, is_open)


def _lacking(node: Node, is_open: bool) -> Iterator[Broken]:
    """Yield objects that lack one required property each."""
    flat = node.flat
    refuses = compiled(flat, node.direction, node.place)
    for name in flat.get("required", ()):
        others = {**flat, "required": [other for other in flat["required"] if other != name]}
        admits = compiled(others, node.direction, node.place)
        for host in _hosts(node):
            value = {inner: host[inner] for inner in host if inner != name}
            if len(value) < len(host) and admits.is_valid(value) and not refuses.is_valid(value):
                yield Broken(value, "required", (), is_open, name=name)
                break


def _nested(node: Node) -> Iterator[tuple[Json, str | int, Iterable[Broken]]]:
    """Yield (valid host, name or index in it, broken values to put there) for properties, items and more properties."""
    flat, direction, place = node.flat, node.direction, node.place
    kind = kind_of(flat)
    if kind == "array" and flat.get("items"):
        host = next((value for value in _hosts(node) if value), None)
        if host is not None:
            yield host, 0, broken(flat["items"], f"{place}/items", direction)
    if kind != "object":
        return
    for name, inner in flat.get("properties", {}).items():
        host = next((value for value in _hosts(node) if name in value), None)
        if host is not None:
            yield host, name, broken(inner, f"{place}/properties/{name}", direction)
    extra = flat.get("additionalProperties")
    if isinstance(extra, dict) and extra:
        room = flat.get("maxProperties", 10**9)
        host = next((value for value in _hosts(node) if len(value) < room and "other" not in value), None)
        if host is not None and "other" not in flat.get("properties", {}):
            yield host, "other", broken(extra, f"{place}/additionalProperties", direction)


def _hosts(node: Node) -> Iterator[Any]:
    """Yield valid objects, or arrays, of a node: the typical one first."""
    kind = list if kind_of(node.flat) == "array" else dict
    values = (node.typical(), *(edge.value for edge in islice(node.edges(), 200)))
    return (value for value in values if isinstance(value, kind))


def _made(flat: Schema, node: Node, **changes: Json) -> Iterator[Candidate]:
    """Yield values of the schema with these keywords changed; none where it then has none."""
    altered = Node({**flat, **changes, "nullable": False}, node.place, node.direction)
    random = Random(11)
    try:
        yield altered.typical(), False
        for _ in range(2):
            yield altered.draw(random), False
        for edge in islice(altered.edges(), 12):
            yield edge.value, False
        for _ in range(20):
            yield altered.draw(random), False
    except NoValue:
        return


def _null(node: Node, lacking: Schema) -> Iterator[Candidate]:
    yield None, False


def _type(node: Node, lacking: Schema) -> Iterator[Candidate]:
    valid = [value for value in (node.typical(), *node.flat.get("enum", ())) if value is not None]
    yield from other_types(node.flat["type"], valid)


def _format(node: Node, lacking: Schema) -> Iterator[Candidate]:
    for name in (node.flat.get("format"), *combined(node.flat, "format")):
        yield from FORMATS.get(ALIASES.get(str(name), str(name)), ())


def _enum(node: Node, lacking: Schema) -> Iterator[Candidate]:
    values = node.flat["enum"]
    if any(isinstance(value, str) for value in values):
        yield _NO_SUCH, False
    for value in values:
        if isinstance(value, str):
            yield from (
                (value.upper(), True), (value.title(), True), (value[::-1], False), (value + "x", False),
                (value[:-1], False), (f" {value} ", True),
            )
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield from ((value + 1, False), (value - 1, False), (value * 2, False))
    yield "", False
    yield from _made(lacking, node)


def _beyond(bound: str, sign: int) -> Callable[[Node, Schema], Iterator[Candidate]]:
    opposite, strict = ("maximum", "exclusiveMaximum") if bound == "minimum" else ("minimum", "exclusiveMinimum")

    def make(node: Node, lacking: Schema) -> Iterator[Candidate]:
        limit = node.flat[bound]
        step = Fraction(str(node.flat.get("multipleOf", 1 if node.flat.get("type") == "integer" else "0.01")))
        near = Fraction(str(limit)) + sign * step
        yield (int(near) if near.denominator == 1 else float(near)), False
        yield limit + sign, False
        yield -1, False
        yield limit + sign * 1000, False
        yield from _made({k: v for k, v in lacking.items() if k != opposite}, node, **{opposite: limit, strict: True})

    return make


def _bound_itself(bound: str) -> Callable[[Node, Schema], Iterator[Candidate]]:
    def make(node: Node, lacking: Schema) -> Iterator[Candidate]:
        if bound in node.flat:
            yield node.flat[bound], False

    return make


def _multiple(node: Node, lacking: Schema) -> Iterator[Candidate]:
    step = Fraction(str(node.flat["multipleOf"]))
    value = Fraction(str(node.typical() or 0))
    for part in (Fraction(1), Fraction(-1), step / 2, step / 10, -step / 2, Fraction(1, 1000)):
        yield (int(value + part) if (value + part).denominator == 1 else float(value + part)), False
    yield from _made(lacking, node)


def _fewer(low: str, high: str) -> Callable[[Node, Schema], Iterator[Candidate]]:
    def make(node: Node, lacking: Schema) -> Iterator[Candidate]:
        least = node.flat[low]
        for count in dict.fromkeys((least - 1, 0)):
            if count >= 0:
                yield from islice(_made(lacking, node, **{low: count, high: count}), 2)

    return make


def _more(low: str, high: str) -> Callable[[Node, Schema], Iterator[Candidate]]:
    def make(node: Node, lacking: Schema) -> Iterator[Candidate]:
        most = node.flat[high]
        for count in (most + 1, most + 10, 2 * most + 20):
            if count <= _LONGEST:
                yield from islice(_made(lacking, node, **{low: count, high: count}), 2)

    return make


def _pattern(node: Node, lacking: Schema) -> Iterator[Candidate]:
    value = node.typical()
    near = []
    if isinstance(value, str):
        near = [value + "!", value[1:], value[:-1], value.upper(), value.lower(), " " + value, value.replace(value[:1], "é", 1)]
    yield from ((text, False) for text in (*near[:3], *_ODD, *near[3:]))
    yield from _made(lacking, node)


def _unknown(node: Node, lacking: Schema) -> Iterator[Candidate]:
    if node.flat["additionalProperties"] is False:
        for host in islice(_hosts(node), 8):
            yield from (({**host, name: "text"}, False) for name in ("no_such_property", "x"))


def _twice(node: Node, lacking: Schema) -> Iterator[Candidate]:
    for host in islice(_hosts(node), 20):
        if host:
            yield [*host, host[0]], False
            yield [host[0], *host[:-1]], False
    for value, _ in _made(lacking, node):
        if value:
            yield [value[0]] * max(2, node.flat.get("minItems", 0)), False


def _not(node: Node, lacking: Schema) -> Iterator[Candidate]:
    for inner in combined(node.flat, "not"):
        yield from _made({"allOf": [lacking, inner]}, node)
    yield from _made(lacking, node)


def _no_branch(group: str) -> Callable[[Node, Schema], Iterator[Candidate]]:
    def make(node: Node, lacking: Schema) -> Iterator[Candidate]:
        yield from ((value, False) for value in (_NO_SUCH, *ANYTHING))
        for branch in (branch for found in combined(node.flat, group) for branch in found):
            try:
                yield from ((found.value, found.convertible) for found in islice(broken(branch, node.place, node.direction), 20))
            except NoValue:
                continue
        if group == "oneOf":
            for options in combined(node.flat, group):
                for index, one in enumerate(options):
                    for other in options[index + 1 :]:
                        yield from _made({"allOf": [lacking, one, other]}, node)
        yield from _made(lacking, node)

    return make


_WAYS: tuple[tuple[str, Callable[[Node, Schema], Iterator[Candidate]], int], ...] = (
    ("nullable", _null, 1),
    ("type", _type, 20),
    ("format", _format, 20),
    ("enum", _enum, 8),
    ("minimum", _beyond("minimum", -1), _MOST),
    ("maximum", _beyond("maximum", 1), _MOST),
    ("exclusiveMinimum", _bound_itself("minimum"), 1),
    ("exclusiveMaximum", _bound_itself("maximum"), 1),
    ("multipleOf", _multiple, _MOST),
    ("minLength", _fewer("minLength", "maxLength"), _MOST),
    ("maxLength", _more("minLength", "maxLength"), _MOST),
    ("pattern", _pattern, _MOST),
    ("minItems", _fewer("minItems", "maxItems"), 2),
    ("maxItems", _more("minItems", "maxItems"), 2),
    ("uniqueItems", _twice, 2),
    ("minProperties", _fewer("minProperties", "maxProperties"), 2),
    ("maxProperties", _more("minProperties", "maxProperties"), 2),
    ("additionalProperties", _unknown, 1),
    ("not", _not, _MOST),
    ("oneOf", _no_branch("oneOf"), _MOST),
    ("anyOf", _no_branch("anyOf"), _MOST),
)
"""For each keyword, what makes candidates that break it, and how many broken values are enough."""
