"""How often the classifier is right: random single edits of contracts and schemas, each held against the oracle.

`python -m tests.diff.measuring` prints the table of docs/diff.md and every case where the two disagree.
Owns: the groups of edits, precision and recall; one decision is an edit, a side and a direction.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from itertools import permutations, product
from random import Random
from typing import Any

from cancelkit import spec
from cancelkit.diff.change import broken
from cancelkit.diff.comparing import compare
from cancelkit.diff.node import Node
from cancelkit.diff.operations import Side
from cancelkit.diff.schemas import Comparing
from cancelkit.spec import Contract
from cancelkit.spec.document import Direction
from cancelkit.spec.reading import read_contract
from tests.diff.keyword_edits import SCHEMAS, Schema, edited
from tests.diff.oracle import judged
from tests.diff.witness import witness
from tests.edits.edits import draw
from tests.edits.test_edits import CONTRACTS

DIRECTIONS: tuple[Direction, ...] = ("request", "response")
DECISIONS = tuple(product(("clients", "servers"), DIRECTIONS))


@dataclass
class Figures:
    """counts: decisions by direction and by who says that it breaks: both, neither, missed (oracle), alarm (diff)."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    disagreed: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    rules: set[str] = field(default_factory=set)
    edits: int = 0

    def add(self, what: str, said: dict[Any, str], found: dict[Any, Any]) -> None:
        """Count one edit: what the classifier says, and what the oracle has found."""
        self.edits += 1
        for key in DECISIONS:
            word = {(1, 1): "both", (0, 0): "neither", (0, 1): "missed", (1, 0): "alarm"}[key in said, key in found]
            self.counts[key[1], word] += 1
            if word in ("missed", "alarm"):
                self.disagreed.append(f"{word}: {' by '.join(key)}: {what}: {said.get(key) or found.get(key)}")

    def precision(self, direction: str) -> float:
        return self._share(direction, "alarm")

    def recall(self, direction: str) -> float:
        return self._share(direction, "missed")

    def _share(self, direction: str, wrong: str) -> float:
        right = self.counts[direction, "both"]
        return right / max(1, right + self.counts[direction, wrong])

    def row(self, name: str, direction: str) -> str:
        """A row of the table in docs/diff.md."""
        counts = [self.counts[direction, word] for word in ("both", "neither", "alarm", "missed")]
        shares = f"{self.precision(direction):.3f} | {self.recall(direction):.3f}"
        return f"| {name}, {direction}s | {self.edits} | {' | '.join(map(str, counts))} | {shares} |"


def of_edits(name: str, seeds: Iterable[int]) -> Figures:
    """The figures of single edits of a contract; those that the reader refuses are no contracts."""
    old, figures = spec.load(CONTRACTS[name]), Figures()
    for seed in seeds:
        edit = draw(old, Random(f"{name}/diff/{seed}"))
        try:
            new = read_contract(edit.document)
        except spec.SpecError:
            continue
        changes = compare(_side(old), _side(new))
        if not changes and _meant(edit.document) != _meant(old.document):
            figures.silent.append(edit.what)
        said: dict[Any, str] = {}
        figures.rules |= {change.rule for change in changes}
        for change in changes:
            for whom, spot in product(change.breaks, change.spots):
                said.setdefault((whom, "response" if spot.part == "answer" else "request"), change.sentence)
        figures.add(f"{seed} {edit.what}", said, judged(old, new))
    return figures


def of_schemas(pairs: Iterable[tuple[Schema, Schema]]) -> Figures:
    """The figures of pairs of schemas, one in place of the other, sent and answered."""
    figures = Figures()
    for old, new in pairs:
        said: dict[Any, str] = {}
        shown: dict[Any, Any] = {}
        for direction in DIRECTIONS:
            nodes = (Node(side, side, ()) for side in (old, new))
            for found in Comparing().compared(*nodes, direction):
                figures.rules.add(f"request-{found.aspect}-{found.word}")
                said |= {(whom, direction): found.said for whom in broken(found.effect, direction)}
            sides = ((old, new), (new, old)) if direction == "request" else ((new, old), (old, new))
            for whom, (sent, taken) in zip(("clients", "servers"), sides, strict=True):
                if (value := witness(sent, taken, direction)) is not None:
                    shown[whom, direction] = value
        figures.add(f"{old} -> {new}", said, shown)
    return figures


def any_two() -> list[tuple[Schema, Schema]]:
    """Every schema in place of every other, shuffled."""
    pairs = list(permutations(SCHEMAS, 2))
    Random("pairs").shuffle(pairs)
    return pairs


def _meant(document: Any) -> Any:
    """A document without the reasons of behaviours, which only people read."""
    known = document["x-behaviours"].items()
    said = {id: {key: value for key, value in node.items() if key != "why"} for id, node in known}
    return {**document, "x-behaviours": said}


def _side(contract: Contract) -> Side:
    return Side("contract", contract.document, contract)


def edits_of_one_keyword(count: int) -> list[tuple[Schema, Schema]]:
    random = Random("keywords")
    return [edited(random) for _ in range(count)]


EDITS, PAIRS, REPLACED = 120, 200, 120
GROUPS: dict[str, Callable[[], Figures]] = {
    **{f"edits of {name}": partial(of_edits, name, range(EDITS)) for name in CONTRACTS},
    "edits of one keyword": lambda: of_schemas(edits_of_one_keyword(PAIRS)),
    "any two schemas": lambda: of_schemas(any_two()[:REPLACED]),
}
"""The rows of the table in docs/diff.md."""


if __name__ == "__main__":
    for name in sys.argv[1:] or GROUPS:
        figures = GROUPS[name]()
        print(*(figures.row(name, direction) for direction in DIRECTIONS), sep="\n")
        print(f"  silent: {figures.silent}", *(f"  {case[:400]}" for case in figures.disagreed), sep="\n")
