"""The operations of two documents, and which of them are the same one.

Owns: Side, Operation, pairing by method and path, by operationId, and by role; what changed of an operation itself.
Source: OpenAPI 3.0.3, "Path Item Object", "Operation Object"; docs/spec-extensions.md, "Roles".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cancelkit.diff.change import Change, Effect, Spot, level_of, made
from cancelkit.diff.node import Node
from cancelkit.spec import Contract, Level, Role
from cancelkit.spec.errors import Location, Place
from cancelkit.spec.templates import PARAMETER

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True)
class Side:
    """One of the two contracts.

    name: as it was asked for. contract: None where the reader refuses the document, and `refusal` says why; then what
    the document says is compared alone. locate: where keys were written.
    """

    name: str
    data: Mapping[str, Any] = field(repr=False)
    contract: Contract | None = field(default=None, repr=False)
    refusal: str = ""
    locate: Callable[[Place], Location | None] = field(default=lambda keys: None, repr=False)

    def node(self, *keys: str) -> Node:
        return Node(self.data, self.data, ()).at(*keys)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. parameters: by where they stand and name, those of its path item among them."""

    method: str
    path: str
    node: Node
    parameters: Mapping[tuple[str, str], Node]

    @property
    def id(self) -> str:
        return str(self.node.mapping().get("operationId", ""))

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def key(self) -> tuple[str, str]:
        return self.method, PARAMETER.sub("{}", self.path)

    @property
    def level(self) -> Level:
        return level_of(self.node.raw)

    @property
    def placeholders(self) -> tuple[str, ...]:
        return tuple(PARAMETER.findall(self.path))


@dataclass(frozen=True, slots=True)
class Pair:
    """An operation as it was and as it is."""

    old: Operation
    new: Operation

    @property
    def spot(self) -> Spot:
        old, new = self.old, self.new
        return Spot(old.name, "operation", "", (), (old.method.upper(), old.path), old.node.keys, new.node.keys)


def operations(side: Side) -> list[Operation]:
    found = []
    for path, item in side.node().inner("paths"):
        item = item.followed()
        for method in METHODS:
            if method in item.mapping():
                node = item.at(method)
                shared = [*_parameters(item), *_parameters(node)]
                found.append(Operation(method, path, node, dict(shared)))
    return found


def _parameters(node: Node) -> Iterator[tuple[tuple[str, str], Node]]:
    listed = node.mapping().get("parameters")
    for index in range(len(listed) if isinstance(listed, list) else 0):
        one = node.at("parameters", index).followed()
        where, name = str(one.mapping().get("in", "")), str(one.mapping().get("name", ""))
        yield (where, name.lower() if where == "header" else name), one


def paired(old: Side, new: Side) -> tuple[list[Pair], list[Operation], list[Operation]]:
    """The operations that both have, those that went, those that came."""
    ours, theirs = operations(old), operations(new)
    pairs: list[Pair] = []
    ways: tuple[Callable[[Operation, Side], Any], ...] = (
        lambda one, side: one.key,
        lambda one, side: one.id or None,
        _role,
    )
    for way in ways:
        known = {way(one, new): one for one in theirs}
        for one in list(ours):
            key = way(one, old)
            if key is not None and (same := known.pop(key, None)) is not None and same in theirs:
                pairs.append(Pair(one, same))
                ours.remove(one)
                theirs.remove(same)
    return pairs, ours, theirs


def _role(operation: Operation, side: Side) -> Any:
    """What the operation does to the resource; an action is told by what it sets."""
    known = side.contract.operation(operation.method.upper(), operation.path) if side.contract else None
    if known is None:
        return None
    return known.role if known.role is not Role.ACTION else (known.role, str(known.action and known.action.value))


def of_operations(pairs: Iterable[Pair], gone: Iterable[Operation], come: Iterable[Operation]) -> Iterator[Change]:
    """Operations that went, came, moved, or are called otherwise."""
    for one in gone:
        spot = Spot(one.name, "operation", call=(one.method.upper(), one.path), old=one.node.keys)
        said = f"{one.name} is not offered any more"
        yield made("operation-removed", said, spot, Effect.NARROWER, level=one.level, notice="always", in_new=False)
    for one in come:
        spot = Spot(one.name, "operation", new=one.node.keys)
        yield made("operation-added", f"{one.name} is offered now", spot, Effect.WIDER, level=one.level)
    for pair in pairs:
        old, new, spot, level = pair.old, pair.new, pair.spot, pair.old.level
        if old.key != new.key:
            said = f"{old.name} is {new.name} now"
            yield made("operation-moved", said, spot, Effect.OTHER, level=level, notice="always")
        if old.id != new.id:
            named = f"{old.id or 'without an id'} is called {new.id or 'nothing'}"
            said = f"the operation {named} now, which generated code shows"
            yield made("operation-id-changed", said, spot, Effect.DOUBTFUL, level=level, notice="always")
        if new.node.mapping().get("deprecated") and not old.node.mapping().get("deprecated"):
            yield made("operation-deprecated", f"{old.name} is deprecated now", spot, Effect.HARMLESS, level=level)
        roles = [side.node.mapping().get("x-role") for side in (old, new)]
        if roles[0] != roles[1]:
            said = f"the role of {old.name} is {roles[1] or 'not said'} now, {roles[0] or 'not said'} before"
            yield made("operation-role-changed", said, spot, Effect.DOUBTFUL, level=level, notice="always")
