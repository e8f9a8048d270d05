"""Candidates for broken values: what may break one keyword of a schema.

Owns: where to look. A candidate may break nothing, or more than one keyword: breaking.py checks each.
Source: OpenAPI 3.0.3, "Schema Object".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice
from random import Random
from typing import Any

from cancelkit.spec.values.flattening import combined
from cancelkit.spec.values.making import Node, kind_of
from cancelkit.spec.values.model import Json, NoValue, Schema
from cancelkit.spec.values.odd_texts import ODD_TEXTS
from cancelkit.spec.values.wrong import ALIASES, FORMATS, other_types

Candidate = tuple[Json, bool]
"""A value, and whether a lenient server may convert it into a valid one."""
Way = Callable[[Node, Schema], Iterator[Candidate]]
"""Makes candidates from a node and its flat schema without the keyword that they are to break."""
NO_SUCH = "no-such-value"
_LONGEST = 20_000
_ODD = ("", " ", "a\0b", "a", "A", "1", "-", "é", "中", "a b", "\n", "!", "?", "x" * 300, "0" * 20, *ODD_TEXTS.values())


def hosts(node: Node) -> Iterator[Any]:
    """Yield valid objects, or arrays, of a node: the typical one first."""
    kind = list if kind_of(node.flat) == "array" else dict
    values = (node.typical(), *(edge.value for edge in islice(node.edges(), 200)))
    return (value for value in values if isinstance(value, kind))


def made(flat: Schema, node: Node, **changes: Json) -> Iterator[Candidate]:
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


def null(node: Node, lacking: Schema) -> Iterator[Candidate]:
    yield None, False


def other_type(node: Node, lacking: Schema) -> Iterator[Candidate]:
    valid = [value for value in (node.typical(), *node.flat.get("enum", ())) if value is not None]
    yield from other_types(node.flat["type"], valid)


def other_format(node: Node, lacking: Schema) -> Iterator[Candidate]:
    for name in (node.flat.get("format"), *combined(node.flat, "format")):
        yield from FORMATS.get(ALIASES.get(str(name), str(name)), ())


def not_listed(node: Node, lacking: Schema) -> Iterator[Candidate]:
    values = node.flat["enum"]
    if any(isinstance(value, str) for value in values):
        yield NO_SUCH, False
    for value in values:
        if isinstance(value, str):
            yield from (
                (value.upper(), True),
                (value.title(), True),
                (value[::-1], False),
                (value + "x", False),
                (value[:-1], False),
                (f" {value} ", True),
            )
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield from ((value + 1, False), (value - 1, False), (value * 2, False))
    yield "", False
    yield from made(lacking, node)


def beyond(bound: str, sign: int) -> Way:
    opposite, strict = ("maximum", "exclusiveMaximum") if bound == "minimum" else ("minimum", "exclusiveMinimum")

    def make(node: Node, lacking: Schema) -> Iterator[Candidate]:
        limit = node.flat[bound]
        step = Fraction(str(node.flat.get("multipleOf", 1 if node.flat.get("type") == "integer" else "0.01")))
        near = Fraction(str(limit)) + sign * step
        yield (int(near) if near.denominator == 1 else float(near)), False
        yield limit + sign, False
        yield -1, False
        yield limit + sign * 1000, False
        yield from made({k: v for k, v in lacking.items() if k != opposite}, node, **{opposite: limit, strict: True})

    return make


def bound_itself(bound: str) -> Way:
    def make(node: Node, lacking: Schema) -> Iterator[Candidate]:
        if bound in node.flat:
            yield node.flat[bound], False

    return make


def multiple(node: Node, lacking: Schema) -> Iterator[Candidate]:
    step = Fraction(str(node.flat["multipleOf"]))
    value = Fraction(str(node.typical() or 0))
    for part in (Fraction(1), Fraction(-1), step / 2, step / 10, -step / 2, Fraction(1, 1000)):
        yield (int(value + part) if (value + part).denominator == 1 else float(value + part)), False
    yield from made(lacking, node)


def fewer(low: str, high: str) -> Way:
    def make(node: Node, lacking: Schema) -> Iterator[Candidate]:
        least = node.flat[low]
        for count in dict.fromkeys((least - 1, 0)):
            if count >= 0:
                yield from islice(made(lacking, node, **{low: count, high: count}), 2)

    return make


def more(low: str, high: str) -> Way:
    def make(node: Node, lacking: Schema) -> Iterator[Candidate]:
        most = node.flat[high]
        for count in (most + 1, most + 10, 2 * most + 20):
            if count <= _LONGEST:
                yield from islice(made(lacking, node, **{low: count, high: count}), 2)

    return make


def pattern(node: Node, lacking: Schema) -> Iterator[Candidate]:
    value = node.typical()
    near = []
    if isinstance(value, str):
        near = [
            value + "!",
            value[1:],
            value[:-1],
            value.upper(),
            value.lower(),
            " " + value,
            value.replace(value[:1], "é", 1),
        ]
    yield from ((text, False) for text in (*near[:3], *_ODD, *near[3:]))
    yield from made(lacking, node)


def unknown(node: Node, lacking: Schema) -> Iterator[Candidate]:
    if node.flat["additionalProperties"] is False:
        for host in islice(hosts(node), 8):
            yield from (({**host, name: "text"}, False) for name in ("no_such_property", "x"))


def twice(node: Node, lacking: Schema) -> Iterator[Candidate]:
    for host in islice(hosts(node), 20):
        if host:
            yield [*host, host[0]], False
            yield [host[0], *host[:-1]], False
    for value, _ in made(lacking, node):
        if value:
            yield [value[0]] * max(2, node.flat.get("minItems", 0)), False


def forbidden(node: Node, lacking: Schema) -> Iterator[Candidate]:
    for inner in combined(node.flat, "not"):
        yield from made({"allOf": [lacking, inner]}, node)
    yield from made(lacking, node)
