"""A schema one level deep: references followed and allOf joined, but only where a comparison has got to.

Owns: Node, and Flat, what a schema says itself. Nothing is followed before it is asked for, so schemas may lead back to
    themselves.
Source: OpenAPI 3.0.3, "Schema Object"; JSON Schema 2020-12 for what OpenAPI 3.1 writes otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cancelkit.diff.change import level_of, weakest
from cancelkit.spec import Level
from cancelkit.spec.document import Direction
from cancelkit.spec.errors import Place, from_pointer

Json = Any
Bound = tuple[float | int, bool]
"""A limit, and whether it is excluded itself."""
ABSENT: Final[Any] = object()
ALL: Final = frozenset({"boolean", "integer", "fraction", "string", "array", "object"})
TYPES: Final = {"number": frozenset({"integer", "fraction"})}
LEAST: Final = ("minLength", "minItems", "minProperties")
MOST: Final = ("maxLength", "maxItems", "maxProperties")
_DEEP = 40


@dataclass(frozen=True, slots=True)
class Node:
    """A place of a document and what stands there; references are not followed yet."""

    document: Mapping[str, Json] = field(repr=False, compare=False)
    raw: Json = field(compare=False)
    keys: Place

    def at(self, *keys: str | int) -> Node:
        """The node below, an empty one where there is none."""
        raw = self.raw
        for key in keys:
            inside = isinstance(raw, dict) and key in raw
            inside = inside or (isinstance(raw, list) and isinstance(key, int) and key < len(raw))
            raw = raw[key] if inside else {}
        return Node(self.document, raw, (*self.keys, *keys))

    @property
    def ref(self) -> str | None:
        found = self.raw.get("$ref") if isinstance(self.raw, dict) else None
        return found if isinstance(found, str) else None

    def followed(self) -> Node:
        """The node that references lead to; an empty one where they lead nowhere."""
        node = self
        for _ in range(_DEEP):
            if node.ref is None:
                return node
            keys = from_pointer(node.ref) if node.ref.startswith("#/") else ("?",)
            found: Json = node.document
            for key in keys:
                found = found.get(key, {}) if isinstance(found, dict) else {}
            node = Node(node.document, found, keys)
        return Node(self.document, {}, self.keys)

    def mapping(self) -> Mapping[str, Json]:
        """What stands here as a mapping; empty where it is none."""
        return self.raw if isinstance(self.raw, dict) else {}

    def inner(self, key: str) -> Iterator[tuple[str, Node]]:
        """The entries of a mapping below."""
        found = self.mapping().get(key)
        for name in found if isinstance(found, dict) else ():
            yield str(name), self.at(key, name)


@dataclass(slots=True)
class Flat:
    """What a schema says by itself, its allOf joined in.

    types: without null; numbers are "integer" and "fraction". enum: without null, None where there is none.
    groups: oneOf and anyOf. extra: additionalProperties, None where nothing is said. notes: what is no constraint.
    """

    node: Node
    types: frozenset[str] = ALL
    null: bool = True
    enum: list[Json] | None = None
    low: Bound = (-math.inf, False)
    high: Bound = (math.inf, False)
    counts: dict[str, int] = field(default_factory=dict)
    multiples: frozenset[float] = frozenset()
    patterns: frozenset[str] = frozenset()
    formats: frozenset[str] = frozenset()
    unique: bool = False
    groups: list[tuple[str, list[Node]]] = field(default_factory=list)
    nots: list[Node] = field(default_factory=list)
    properties: dict[str, Node] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    extra: bool | Node | None = None
    items: Node | None = None
    default: Json = ABSENT
    level: Level = Level.DOCUMENTED
    notes: dict[str, Json] = field(default_factory=dict)

    def hidden(self, direction: Direction) -> bool:
        return bool(self.notes.get("readOnly" if direction == "request" else "writeOnly"))


def flat(node: Node, _depth: int = 0) -> Flat:
    """What the schema at `node` says."""
    node = node.followed()
    out = Flat(node)
    if node.raw is False:
        out.types, out.null = frozenset(), False
    if not isinstance(node.raw, dict) or _depth > _DEEP:
        return out
    raw = node.raw
    _types(out, raw)
    _numbers(out, raw)
    _texts(out, raw)
    _members(out, node, raw)
    out.level = level_of(raw)
    out.default = raw.get("default", ABSENT)
    out.notes = {key: raw[key] for key in ("readOnly", "writeOnly", "deprecated", "discriminator") if key in raw}
    out.notes |= {key: value for key, value in raw.items() if str(key).startswith("x-")}
    for index in range(len(raw["allOf"]) if isinstance(raw.get("allOf"), list) else 0):
        _join(out, flat(node.at("allOf", index), _depth + 1))
    for kind, branches in list(out.groups):
        if len(branches) == 1:
            out.groups.remove((kind, branches))
            _join(out, flat(branches[0], _depth + 1))
            continue
        found = [flat(branch, _depth + 5) for branch in branches]
        out.null = out.null and any(branch.null for branch in found)
        out.types &= frozenset().union(*(branch.types for branch in found))
    if any(step % 1 == 0 for step in out.multiples):
        out.types -= {"fraction"}
    out.null = out.null and (out.enum is None or "enum" not in raw or None in raw["enum"])
    out.null = out.null or bool(raw.get("nullable"))
    return out


def _types(out: Flat, raw: Mapping[str, Json]) -> None:
    said = raw.get("type")
    if said is not None:
        names = [str(name) for name in said] if isinstance(said, list) else [str(said)]
        out.types = frozenset().union(*(TYPES.get(name, {name}) for name in names if name != "null"))
        out.null = "null" in names
    enum = [raw["const"]] if "const" in raw else raw.get("enum")
    if isinstance(enum, list):
        out.enum = [value for value in enum if value is not None]


def _numbers(out: Flat, raw: Mapping[str, Json]) -> None:
    for key, exclusive, name in (("minimum", "exclusiveMinimum", "low"), ("maximum", "exclusiveMaximum", "high")):
        limit, out_of_it = raw.get(key), raw.get(exclusive)
        found: list[Any] = [(limit, out_of_it is True)] if _is_number(limit) else []
        found += [(out_of_it, True)] if _is_number(out_of_it) else []
        for bound in found:
            setattr(out, name, tighter(name, getattr(out, name), bound))
    if _is_number(raw.get("multipleOf")):
        out.multiples = frozenset({raw["multipleOf"]})
    out.counts = {key: raw[key] for key in (*LEAST, *MOST) if _is_number(raw.get(key))}


def tighter(name: str, one: Bound, other: Bound) -> Bound:
    """The bound that leaves less; name: low or high."""
    sign = 1 if name == "low" else -1
    return max(one, other, key=lambda bound: (sign * bound[0], bound[1]))


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _texts(out: Flat, raw: Mapping[str, Json]) -> None:
    out.patterns = frozenset({raw["pattern"]} if isinstance(raw.get("pattern"), str) else ())
    out.formats = frozenset({raw["format"]} if isinstance(raw.get("format"), str) else ())
    out.unique = raw.get("uniqueItems") is True


def _members(out: Flat, node: Node, raw: Mapping[str, Json]) -> None:
    out.properties = dict(node.inner("properties"))
    out.required = [str(name) for name in raw["required"]] if isinstance(raw.get("required"), list) else []
    if "additionalProperties" in raw:
        said = raw["additionalProperties"]
        out.extra = said if isinstance(said, bool) else (node.at("additionalProperties") if said else True)
    if "items" in raw:
        out.items = node.at("items")
    if "not" in raw:
        out.nots = [node.at("not")]
    for kind in ("oneOf", "anyOf"):
        if isinstance(raw.get(kind), list):
            out.groups.append((kind, [node.at(kind, index) for index in range(len(raw[kind]))]))


def _join(out: Flat, part: Flat) -> None:
    """Narrow `out` to what `part` admits, too; what `out` says itself wins where nothing is constrained."""
    out.types &= part.types
    out.null = out.null and part.null
    if part.enum is not None:
        out.enum = part.enum if out.enum is None else [value for value in out.enum if value in part.enum]
    out.low, out.high = tighter("low", out.low, part.low), tighter("high", out.high, part.high)
    for key, value in part.counts.items():
        choose = max if key in LEAST else min
        out.counts[key] = choose(out.counts.get(key, value), value)
    out.multiples |= part.multiples
    out.patterns |= part.patterns
    out.formats |= part.formats
    out.unique = out.unique or part.unique
    out.groups += part.groups
    out.nots += part.nots
    for name, node in part.properties.items():
        out.properties[name] = both(out.properties[name], node) if name in out.properties else node
    out.required += [name for name in part.required if name not in out.required]
    out.extra = part.extra if out.extra is None else out.extra
    if part.items is not None:
        out.items = part.items if out.items is None else both(out.items, part.items)
    out.default = part.default if out.default is ABSENT else out.default
    out.level = weakest(out.level, part.level)
    out.notes = {**part.notes, **out.notes}


def both(one: Node, other: Node) -> Node:
    """A node of values that fit two nodes."""
    return Node(one.document, {"allOf": [one.raw, other.raw]}, one.keys)


def plain(node: Node, _open: tuple[str, ...] = ()) -> Json:
    """What stands at a node with references followed, without annotations; a reference back to itself stays."""
    if isinstance(node.raw, list):
        return [plain(node.at(index), _open) for index in range(len(node.raw))]
    if not isinstance(node.raw, dict):
        return node.raw
    if node.ref is not None:
        return {"$ref": node.ref} if node.ref in _open else plain(node.followed(), (*_open, node.ref))
    names = bool(node.keys) and node.keys[-1] == "properties"
    return {key: plain(node.at(key), _open) for key in sorted(node.raw, key=str) if names or not annotates(str(key))}


def annotates(key: str) -> bool:
    """Whether a keyword says nothing about values."""
    return key in ("description", "title", "example", "examples", "externalDocs", "xml") or key.startswith("x-")
