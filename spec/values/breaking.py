"""Values with exactly one fault each: for every keyword of a schema and of the schemas nested in it.

Owns: which keywords are broken, and the check of each value: the schema refuses it, and would not without that keyword.
Source: OpenAPI 3.0.3, "Schema Object".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from cancelkit.spec.document import Direction
from cancelkit.spec.values import candidates
from cancelkit.spec.values.candidates import NO_SUCH, Candidate, Way, hosts, made
from cancelkit.spec.values.checking import compiled, faults
from cancelkit.spec.values.flattening import GROUPS, combined, without
from cancelkit.spec.values.making import ANYTHING, Node, kind_of
from cancelkit.spec.values.model import Broken, Json, NoValue, Path, Schema, key

_MOST = 4
"""So many values for one keyword of one schema, where many are alike; types, formats and enums have their tables."""


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
        for host in hosts(node):
            value = {inner: host[inner] for inner in host if inner != name}
            if len(value) < len(host) and admits.is_valid(value) and not refuses.is_valid(value):
                yield Broken(value, "required", (), is_open, name=name)
                break


def _nested(node: Node) -> Iterator[tuple[Json, str | int, Iterable[Broken]]]:
    """Yield (valid host, name or index in it, broken values to put there) for properties, items and more properties."""
    flat, direction, place = node.flat, node.direction, node.place
    kind = kind_of(flat)
    if kind == "array" and flat.get("items"):
        host = next((value for value in hosts(node) if value), None)
        if host is not None:
            yield host, 0, broken(flat["items"], f"{place}/items", direction)
    if kind != "object":
        return
    for name, inner in flat.get("properties", {}).items():
        host = next((value for value in hosts(node) if name in value), None)
        if host is not None:
            yield host, name, broken(inner, f"{place}/properties/{name}", direction)
    extra = flat.get("additionalProperties")
    if isinstance(extra, dict) and extra:
        room = flat.get("maxProperties", 10**9)
        host = next((value for value in hosts(node) if len(value) < room and "other" not in value), None)
        if host is not None and "other" not in flat.get("properties", {}):
            yield host, "other", broken(extra, f"{place}/additionalProperties", direction)


def _no_branch(group: str) -> Way:
    def make(node: Node, lacking: Schema) -> Iterator[Candidate]:
        yield from ((value, False) for value in (NO_SUCH, *ANYTHING))
        for branch in (branch for found in combined(node.flat, group) for branch in found):
            try:
                yield from (
                    (found.value, found.convertible) for found in islice(broken(branch, node.place, node.direction), 20)
                )
            except NoValue:
                continue
        if group == "oneOf":
            for options in combined(node.flat, group):
                for index, one in enumerate(options):
                    for other in options[index + 1 :]:
                        yield from made({"allOf": [lacking, one, other]}, node)
        yield from made(lacking, node)

    return make


_WAYS: tuple[tuple[str, Way, int], ...] = (
    ("nullable", candidates.null, 1),
    ("type", candidates.other_type, 20),
    ("format", candidates.other_format, 20),
    ("enum", candidates.not_listed, 8),
    ("minimum", candidates.beyond("minimum", -1), _MOST),
    ("maximum", candidates.beyond("maximum", 1), _MOST),
    ("exclusiveMinimum", candidates.bound_itself("minimum"), 1),
    ("exclusiveMaximum", candidates.bound_itself("maximum"), 1),
    ("multipleOf", candidates.multiple, _MOST),
    ("minLength", candidates.fewer("minLength", "maxLength"), _MOST),
    ("maxLength", candidates.more("minLength", "maxLength"), _MOST),
    ("pattern", candidates.pattern, _MOST),
    ("minItems", candidates.fewer("minItems", "maxItems"), 2),
    ("maxItems", candidates.more("minItems", "maxItems"), 2),
    ("uniqueItems", candidates.twice, 2),
    ("minProperties", candidates.fewer("minProperties", "maxProperties"), 2),
    ("maxProperties", candidates.more("minProperties", "maxProperties"), 2),
    ("additionalProperties", candidates.unknown, 1),
    ("not", candidates.forbidden, _MOST),
    ("oneOf", _no_branch("oneOf"), _MOST),
    ("anyOf", _no_branch("anyOf"), _MOST),
)
"""For each keyword, what makes candidates that break it, and how many broken values are enough."""
