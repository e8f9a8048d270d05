"""What is learned beyond the points: facts that stand elsewhere in the contract than under x-choices.

Owns: Statement, Topic, the form of the overlay's actions, what of an earlier overlay is kept.
Knows nothing of: the server; what each topic is about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cancelkit.spec import Level

Node = Mapping[str, Any]
KNOWN = frozenset({Level.DOCUMENTED, Level.PUBLISHED})
"""Levels of facts that a server must not contradict."""
WHY = "A server was seen to do so."


@dataclass(frozen=True, slots=True)
class Statement:
    """One fact of a topic, as it reads for people.

    option: what the target does; None where that could not be told, and `why` says why. known: what the contract says,
    None where it says nothing; level: of that. rules: ids, or globs of ids, of the rules that judge it.
    """

    point: str
    option: str | None
    known: str | None
    level: Level | None
    why: str = ""
    rules: tuple[str, ...] = ()

    @property
    def value(self) -> None:
        """None of these is an option that needs a value."""

    @property
    def confirms(self) -> bool:
        return self.option is not None and self.option == self.known

    @property
    def contradicts(self) -> bool:
        """Whether the target does not do what is documented."""
        return self.level in KNOWN and self.option is not None and not self.confirms

    @property
    def says(self) -> str:
        return "nothing" if self.known is None else f"{self.known} ({self.level})" if self.level else self.known

    @property
    def wanted(self) -> str:
        """What the contract wants, as a sentence."""
        return f"{self.known}."


Build = Callable[[Node, bool, Sequence[Node]], list[Node]]


@dataclass(frozen=True, slots=True)
class Topic:
    """Facts that are written together.

    name: the `description` of the overlay's actions, by which an earlier overlay's are known again.
    build: (how it was seen, whether contradictions are written too, the earlier actions) -> actions.
    exchanges: how many requests it took.
    """

    name: str
    statements: tuple[Statement, ...]
    build: Build
    exchanges: int = 0

    def actions(self, seen: Node, *, contradictions: bool, before: Sequence[Node]) -> list[Node]:
        """What is to be written; the earlier actions as they stand where they say the same, or nothing is told."""
        if all(one.option is None for one in self.statements):
            return list(before)
        made: list[Node] = [
            {"target": one["target"], "description": self.name, **one}
            for one in self.build({"exchanges": self.exchanges, **seen}, contradictions, before)
        ]
        return list(before) if unseen(made) == unseen(list(before)) else made


def unseen(node: Any) -> Any:
    """A node without what tells how it was seen."""
    if isinstance(node, Mapping):
        return {key: unseen(value) for key, value in node.items() if key not in ("seen", "x-seen")}
    return [unseen(one) for one in node] if isinstance(node, list) else node


def target(place: Sequence[str | int]) -> str:
    """A place of the document as a JSONPath (RFC 9535, normalized)."""
    return "$" + "".join(f"[{key}]" if isinstance(key, int) else f"['{_quoted(key)}']" for key in place)


def _quoted(key: str) -> str:
    return key.replace("\\", "\\\\").replace("'", "\\'")


def replaced(place: Sequence[str | int], key: str, node: Any, there: bool) -> list[Node]:
    """Actions that put `node` under `key`, first removing what is `there`: an overlay adds its lists to those."""
    away = [{"target": target([*place, key]), "remove": True}] if there else []
    return [*away, {"target": target(place), "update": {key: node}}]


def earlier_value(before: Sequence[Node], key: str) -> Any:
    """What the last of the earlier actions put under `key`; None where none did."""
    found = [one["update"][key] for one in before if key in one.get("update", {})]
    return found[-1] if found else None


def places(node: Any, key: str, place: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    """(place of what holds it, value) wherever `key` stands in a document."""
    found: list[tuple[tuple[str | int, ...], Any]] = []
    if isinstance(node, Mapping):
        found += [(place, node[key])] if key in node else []
        for name, value in node.items():
            found += places(value, key, (*place, name))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            found += places(value, key, (*place, index))
    return found
