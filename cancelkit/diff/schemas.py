"""How two schemas differ, in one direction: the keywords, the properties, the items, the alternatives.

Owns: Found, `compared`, and the rules about properties. Each pair of components is compared once.
Source: OpenAPI 3.0.3, "Schema Object".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from cancelkit.diff.change import Effect, Notice, weakest
from cancelkit.diff.keywords import said_of, shown
from cancelkit.diff.node import ABSENT, Flat, Node, annotates, flat, plain
from cancelkit.spec import Level
from cancelkit.spec.document import Direction
from cancelkit.spec.errors import Place

ANYTHING = ("x-open", "x-reference", "x-set-on", "x-table", "deprecated", "discriminator")
"""What is compared beside keywords, where a schema says it."""


@dataclass(frozen=True, slots=True)
class Found:
    """One difference. aspect: the keyword, or "field". word: how it changed, for the rule's id. path: as in Spot."""

    aspect: str
    word: str
    effect: Effect
    said: str
    path: tuple[str, ...]
    level: Level
    old: Place | None
    new: Place | None
    notice: Notice = "present"


class Comparing:
    """Compares schemas of two documents; what is known of a pair of components is kept."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, Direction], list[Found]] = {}
        self._plain: dict[tuple[int, int], tuple[Any, Any]] = {}
        self._open: set[tuple[int, Place, Place]] = set()

    def compared(self, old: Node, new: Node, direction: Direction) -> list[Found]:
        """The differences; none where a pair of components is within itself."""
        if old.ref is None or new.ref is None:
            return list(self._differences(old, new, direction))
        pair = (old.ref, new.ref, direction)
        if pair not in self._known:
            self._known[pair] = []
            self._known[pair] = list(self._differences(old, new, direction))
        return self._known[pair]

    def _differences(self, one: Node, other: Node, direction: Direction) -> Iterator[Found]:
        if one.raw == other.raw and one.document is other.document:
            return
        old, new = flat(one), flat(other)
        at = (old.node.keys, new.node.keys)
        notice: Notice = "misfit" if direction == "request" else "present"
        for one_of, single, effect in ((new, old, Effect.WIDER), (old, new, Effect.NARROWER)):
            if self._holds(one_of, single, direction):
                kind, branches = one_of.groups[0]
                when = "now, as before or otherwise" if one_of is new else "no longer"
                said = f"is one of {len(branches)} alternatives {when}"
                yield Found(kind, effect.value, effect, said, (), old.level, *at, notice)
                yield from self._notes(old, new, direction)
                return
        for aspect, effect, said in said_of(old, new):
            yield Found(aspect, effect.value, effect, said, (), old.level, *at, notice)
        yield from self._notes(old, new, direction)
        common = old.types & new.types
        if old.groups or new.groups or old.nots or new.nots:
            yield from self._alternatives(old, new, direction)
        if "object" in common:
            yield from self._objects(old, new, direction)
        if "array" in common and (old.items or new.items):
            empty = Node(one.document, {}, at[0]), Node(other.document, {}, at[1])
            yield from self._below(old.items or empty[0], new.items or empty[1], direction, "[]", old.level)

    def _below(self, old: Node, new: Node, direction: Direction, name: str, level: Level) -> Iterator[Found]:
        for found in self.compared(old, new, direction):
            yield replace(found, path=(name, *found.path), level=weakest(level, found.level))

    def _notes(self, old: Flat, new: Flat, direction: Direction) -> Iterator[Found]:
        """Defaults, references and other statements that constrain no value by themselves."""
        at = (old.node.keys, new.node.keys)
        if old.default is not ABSENT or new.default is not ABSENT:
            same = old.default is not ABSENT and new.default is not ABSENT and old.default == new.default
            if not same:
                now = "has no default any more" if new.default is ABSENT else f"is {shown(new.default)} by default now"
                was = "" if old.default is ABSENT else f", {shown(old.default)} before"
                notice: Notice = "absent" if direction == "request" else "present"
                yield Found("default", "changed", Effect.DOUBTFUL, now + was, (), old.level, *at, notice)
        if old.level != new.level:
            yield _levelled(old.level, new.level, at)
        for key in ANYTHING:
            said_before, said_now = old.notes.get(key), new.notes.get(key)
            if said_before == said_now:
                continue
            label, effect = key.removeprefix("x-"), Effect.DOUBTFUL
            if key == "x-reference":
                effect = Effect.NARROWER if said_before is None else Effect.WIDER if said_now is None else Effect.OTHER
            if key in ("x-open", "deprecated", "x-table"):
                effect = Effect.HARMLESS
            said = f"has {key} {shown(said_now)} now" if said_now is not None else f"has no {key} any more"
            said = "is deprecated now" if key == "deprecated" and said_now else said
            yield Found(label, "changed", effect, said, (), old.level, *at)

    def _alternatives(self, old: Flat, new: Flat, direction: Direction) -> Iterator[Found]:
        at = (old.node.keys, new.node.keys)
        before, now = [self._same(node) for node in old.nots], [self._same(node) for node in new.nots]
        gone, more = [v for v in before if v not in now], [v for v in now if v not in before]
        if gone or more:
            effect = Effect.OTHER if gone and more else Effect.WIDER if gone else Effect.NARROWER
            yield Found("not", effect.value, effect, "excludes other values now", (), old.level, *at)
        kinds = dict.fromkeys(kind for kind, _ in (*old.groups, *new.groups))
        for kind in kinds:
            ours = [node for name, nodes in old.groups if name == kind for node in nodes]
            theirs = [node for name, nodes in new.groups if name == kind for node in nodes]
            if not ours or not theirs:
                effect = self._wrapped(old, new, added=not ours)
                said = f"is one of {len(theirs)} alternatives now" if theirs else "has no alternatives any more"
                yield Found(kind, effect.value, effect, said, (), old.level, *at)
                continue
            lost = [node for node in ours if all(self._same(node) != self._same(other) for other in theirs)]
            won = [node for node in theirs if all(self._same(node) != self._same(other) for other in ours)]
            while lost and won:
                yield from self.compared(lost.pop(0), won.pop(0), direction)
            for nodes, effect, word in ((lost, Effect.NARROWER, "fewer"), (won, Effect.WIDER, "more")):
                if nodes:
                    said = f"has {word} alternatives now ({len(ours)} before, {len(theirs)} now)"
                    yield Found(kind, effect.value, effect, said, (), old.level, *at)

    def _holds(self, one_of: Flat, single: Flat, direction: Direction) -> bool:
        """Whether a schema is alternatives and nothing else, and a whole other schema fits one of them."""
        if not isinstance(one_of.node.raw, dict) or len(one_of.groups) != 1:
            return False
        kind, branches = one_of.groups[0]
        own = {key for key in one_of.node.raw if not annotates(key) and key not in ("default", "deprecated")}
        if own != {kind} or self._same(one_of.node) == self._same(single.node):
            return False
        kinds = [flat(branch).types for branch in branches]
        overlap = kind == "oneOf" and len(frozenset().union(*kinds)) < sum(map(len, kinds))
        return not overlap and any(not self._lost(single.node, branch, direction) for branch in branches)

    def _lost(self, one: Node, other: Node, direction: Direction) -> bool:
        """Whether some value of one schema does not fit the other; taken for so within itself."""
        pair = (id(one.document), one.keys, other.keys)
        if pair in self._open:
            return True
        self._open.add(pair)
        effects = {found.effect for found in self.compared(one, other, direction)}
        self._open.remove(pair)
        return bool(effects & {Effect.NARROWER, Effect.OTHER})

    @staticmethod
    def _wrapped(old: Flat, new: Flat, *, added: bool) -> Effect:
        """What alternatives do that come or go as a whole, beside keywords of the schema's own."""
        if (old if added else new).types >= frozenset({"string", "object", "array"}):
            return Effect.NARROWER if added else Effect.WIDER
        return Effect.OTHER

    def _same(self, node: Node) -> Any:
        """What stands at a node; kept with the node's own data, so that no other data has its id."""
        key = (id(node.document), id(node.raw))
        if key not in self._plain:
            self._plain[key] = (node.raw, plain(node))
        return self._plain[key][1]

    def _objects(self, old: Flat, new: Flat, direction: Direction) -> Iterator[Found]:
        before, now = _seen(old, direction), _seen(new, direction)
        for name in dict.fromkeys((*before, *now)):
            if name in before and name in now:
                yield from _requiredness(name, old, new)
                yield from self._below(before[name], now[name], direction, name, old.level)
            elif name in before:
                yield from self._gone(name, old, new, direction)
            else:
                yield from self._added(name, old, new, direction)
        yield from self._extra(old, new, direction)

    def _gone(self, name: str, old: Flat, new: Flat, direction: Direction) -> Iterator[Found]:
        node = old.properties[name]
        level, at = weakest(old.level, flat(node).level), (node.followed().keys, new.node.keys)
        if isinstance(new.extra, Node):
            yield from self._below(node, new.extra, direction, name, level)
        if direction == "request":
            kept = name in new.properties
            said = "is read-only now: what is sent is ignored" if kept else "is not taken any more"
            effect = Effect.DOUBTFUL if _open(new, direction) and not kept else Effect.NARROWER
            yield Found("field", "removed", effect, said, (name,), level, *at)
        elif name in old.required:
            yield Found("field", "removed", Effect.WIDER, "is not answered any more", (name,), level, *at)
        else:
            said = "is not answered any more, which was optional"
            yield Found("optional-field", "removed", Effect.DOUBTFUL, said, (name,), level, *at)

    def _added(self, name: str, old: Flat, new: Flat, direction: Direction) -> Iterator[Found]:
        node, needed = new.properties[name], name in new.required
        level, at = weakest(new.level, flat(node).level), (old.node.keys, node.followed().keys)
        if isinstance(old.extra, Node):
            yield from self._below(old.extra, node, direction, name, level)
        if direction == "request":
            said = "must be sent now" if needed else "is taken now"
            effect = Effect.NARROWER if needed else Effect.WIDER
            yield Found("required-field" if needed else "field", "added", effect, said, (name,), level, *at, "absent")
        elif old.extra is False:
            said = "is answered now, where no further field was promised to come"
            yield Found("closed-field", "added", Effect.WIDER, said, (name,), level, *at, "always")
        else:
            said = "is always answered now" if needed else "may be answered now"
            effect = Effect.NARROWER if needed else Effect.HARMLESS
            yield Found("required-field" if needed else "field", "added", effect, said, (name,), level, *at, "always")

    def _extra(self, old: Flat, new: Flat, direction: Direction) -> Iterator[Found]:
        """Properties beyond those that are named."""
        before, now = _open(old, direction), _open(new, direction)
        at = (old.node.keys, new.node.keys)
        if isinstance(before, Node) and isinstance(now, Node):
            yield from self._below(before, now, direction, "{}", old.level)
            return
        ranks = [
            2 if side is True else 1 if isinstance(side, Node) else 0 if side is None else -1 for side in (before, now)
        ]
        if ranks[0] == ranks[1]:
            return
        more = ranks[1] > ranks[0]
        said = "may hold more properties now" if more else "may hold fewer further properties now"
        effect = Effect.WIDER if more else Effect.NARROWER
        if {*ranks} == {0, -1}:
            effect = Effect.DOUBTFUL
        yield Found("additionalProperties", effect.value, effect, said, (), old.level, *at)


def _open(schema: Flat, direction: Direction) -> bool | Node | None:
    """What is said of further properties; a reader of answers takes any, unless they are excluded."""
    if schema.extra is None and (direction == "response" or not schema.properties):
        return True
    return schema.extra


def _seen(schema: Flat, direction: Direction) -> dict[str, Node]:
    return {name: node for name, node in schema.properties.items() if not flat(node).hidden(direction)}


def _requiredness(name: str, old: Flat, new: Flat) -> Iterator[Found]:
    before, now = name in old.required, name in new.required
    if before == now:
        return
    nodes = old.properties[name], new.properties[name]
    level, at = weakest(old.level, flat(nodes[0]).level), (nodes[0].followed().keys, nodes[1].followed().keys)
    said = "is required now" if now else "is optional now"
    effect, word = (Effect.NARROWER, "required") if now else (Effect.WIDER, "optional")
    yield Found("field", word, effect, said, (name,), level, *at, "absent" if now else "present")


def _levelled(old: Level, new: Level, at: tuple[Place, Place]) -> Found:
    """A fact that is surer now fails where it only warned before."""
    harder = old is Level.ASSUMED and new is not old
    effect = Effect.DOUBTFUL if harder else Effect.HARMLESS
    return Found("level", "changed", effect, f"is {new} now, {old} before", (), new, *at, "unknown")
