"""What a server says when it refuses, learned as x-errors.

Owns: the look at each kind of fault, templates made of two texts, the topic of the errors.
Source: spec/wording.py; docs/learn.md, "Errors".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import takewhile
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.verdict import Finding
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.learning.looking import failed, looking
from cancelkit.contract_tests.learning.topic import Node, Statement, Topic, replaced
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.contract_tests.wording.probe import Probe, Said, agreed
from cancelkit.contract_tests.wording.probes import probes
from cancelkit.spec import Contract, Level
from cancelkit.spec.wording import ANY, ERROR, REST, Wording, wording

NAME = "What errors say"
LEAST = 6
"""So many letters must two texts share for a template to be made of them."""


class Errors:
    """The look at every kind of fault."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._probes = probes(contract)
        self._found: dict[str, tuple[Node, int]] = {}

    def rules(self) -> Iterator[Rule]:
        for kind, known in self._probes.items():
            yield looking(f"{ERROR}{kind}", partial(self._look, kind, known), writes=known[0].writes)

    def watch(self, answer: Answer) -> None:
        """Nothing: it asks for itself."""

    def _look(self, kind: str, known: Sequence[Probe], context: Context) -> None:
        """What is said everywhere: at the first place that refuses; and at each other place where that is otherwise."""
        left, node = list(known), dict[str, Any]()
        while left and not node:
            try:
                node = _said(left.pop(0), context)
            except (Skip, Inconclusive):
                if not left:
                    raise
        at: dict[str, Node] = {}
        for probe in left:
            with suppress(Skip, Inconclusive):
                if here := _otherwise(self._wording(kind, {**node, "at": at}), probe, context):
                    at[probe.at] = here
        self._found[kind] = {**node, **({"at": at} if at else {})}, len(context.trace)

    def _wording(self, kind: str, node: Node) -> Wording:
        stated = {**node, "level": Level.OBSERVED.value}
        return wording(kind, stated, f"x-errors/{kind}", self.contract.operations)

    def topics(self, findings: Mapping[str, Finding]) -> Iterator[Topic]:
        said = []
        for kind in self._probes:
            why, known = failed(findings, f"{ERROR}{kind}"), self.contract.wordings.get(kind)
            node = None if why or kind not in self._found else self._found[kind][0]
            was = None if known is None else known.said
            level = known.fact.level if known else None
            said.append(
                Statement(
                    f"{ERROR}{kind}",
                    self._wording(kind, node).said if node else None,
                    was,
                    level,
                    why,
                    (f"choices/{ERROR}{kind}",),
                )
            )
        exchanges = sum(number for _, number in self._found.values())
        if said:
            yield Topic(NAME, tuple(said), partial(self._build, said), exchanges)

    def _build(self, said: Sequence[Statement], seen: Node, accept: bool, before: Sequence[Node]) -> list[Node]:
        old: dict[str, Node] = {}
        for action in before:
            old.update(action.get("update", {}).get("x-errors", {}))
        nodes: dict[str, Node] = {}
        for one in said:
            kind = one.point.removeprefix(ERROR)
            if one.option is None or (one.contradicts and not accept):
                nodes |= {kind: old[kind]} if kind in old and one.option is None else {}
            elif not one.confirms or one.level is Level.ASSUMED:
                nodes[kind] = {**self._found[kind][0], "level": Level.OBSERVED.value}
            elif kind in old:
                nodes[kind] = old[kind]
        if not nodes:
            return []
        stated = self.contract.document.get("x-errors", {})
        made: list[Node] = []
        for kind in [kind for kind in nodes if kind in stated]:
            made += replaced(("x-errors",), kind, nodes[kind], there=True)
        new = {kind: node for kind, node in nodes.items() if kind not in stated}
        return [*made, *([{"target": "$", "x-seen": seen, "update": {"x-errors": new}}] if new else [])]


def _said(probe: Probe, context: Context) -> dict[str, Any]:
    """Text and code, as far as they are the same each time.

    Raises:
        Skip: it is not refused. Inconclusive: it is refused otherwise each time.
    """
    one, other = probe.look(context, 0), probe.look(context, 1)
    text, code = template(one, agreed(one, other)), one.code
    node = {**({} if text is None else {"text": text}), **({} if code is None else {"code": code})}
    if not node:
        raise Inconclusive("it has neither a text nor a code that is the same each time")
    return node


def _otherwise(usual: Wording, probe: Probe, context: Context) -> Node:
    """What is said at a place, as far as it is not what is known to be said there."""
    one, here = probe.look(context, 0), usual.here(probe.operation, probe.name)
    if here.admits(one.text or "", one.values) and one.code == here.code:
        return {}
    found = {"text": ANY, **_said(probe, context)}
    return {key: value for key, value in found.items() if (value, value) != (getattr(usual, key), getattr(here, key))}


def template(one: Said, other: Said) -> str | None:
    """The text with places for what it shows of what was sent, and for what differs beside that."""
    if one.text is None or other.text is None:
        return None
    first, second = (_placed(said.text or "", said.values) for said in (one, other))
    if first == second:
        return first
    start = _common(first, second)
    end = _common(first[len(start) :][::-1], second[len(start) :][::-1])[::-1]
    start, end = _whole(start, -1), _whole(end, 1)
    return f"{start}{{{REST}}}{end}" if len(start.strip()) + len(end.strip()) >= LEAST else None


def _common(one: str, other: str) -> str:
    """What both begin with."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return "".join(letter for letter, _ in same)


def _placed(text: str, values: Mapping[str, str]) -> str:
    """The text with each value that it shows replaced by its place; long values first."""
    for name, value in sorted(values.items(), key=lambda pair: -len(pair[1])):
        if value:
            text = text.replace(value, f"{{{name}}}")
    return text


def _whole(text: str, side: int) -> str:
    """The text without the word that it is cut in, at its end (-1) or beginning (1)."""
    words = text.rsplit(" ", 1) if side < 0 else text.split(" ", 1)
    if len(words) < 2:
        return ""
    return f"{words[0]} " if side < 0 else f" {words[1]}"
