"""What a server says when it refuses, learned as x-errors by provoking each kind of fault.

Owns: the look at each kind of fault.
Source: spec/wording.py; docs/learn.md, "Errors".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.verdict import Finding
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.learning.looking import failed, looking
from cancelkit.contract_tests.learning.saying import as_said, otherwise, stated, together, topics
from cancelkit.contract_tests.learning.topic import Node, Topic
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.contract_tests.wording.probe import Probe
from cancelkit.contract_tests.wording.probes import probes
from cancelkit.spec import Contract
from cancelkit.spec.wording import ERROR, Wording


class Errors:
    """The look at every kind of fault."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._probes = probes(contract)
        self._found: dict[str, tuple[Node, int]] = {}

    def rules(self) -> Iterator[Rule]:
        for kind, known in self._probes.items():
            yield looking(f"{ERROR}{kind}", partial(self._look, kind, known), writes=known[0].writes)

    def ask(self, contract: Contract) -> None:
        """Ask from now on by another contract, in which other states follow."""
        self._probes |= probes(contract)

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
            if probe.along and probe.operation not in at and not _elsewhere(probe, at):
                continue
            with suppress(Skip, Inconclusive):
                if here := _otherwise(stated(self.contract, kind, {**node, "at": at}), probe, context):
                    at[probe.at] = here
        self._found[kind] = {**node, **({"at": at} if at else {})}, len(context.trace)

    def topics(self, findings: Mapping[str, Finding]) -> Iterator[Topic]:
        whys = {kind: failed(findings, f"{ERROR}{kind}") for kind in self._probes}
        yield from topics(self.contract, self._probes, self._found, whys)


def _said(probe: Probe, context: Context) -> dict[str, Any]:
    """Text and code, as far as they are the same each time.

    Raises:
        Skip: it is not refused. Inconclusive: it is refused otherwise each time.
    """
    return together(probe.kind, [probe.look(context, turn) for turn in (0, 1)])


def _elsewhere(probe: Probe, at: Mapping[str, Node]) -> bool:
    """Whether the field has words of its own in another operation."""
    return any(place.endswith(f".{probe.field}") for place in at)


def _otherwise(usual: Wording, probe: Probe, context: Context) -> Node:
    """What is said at a place, as far as it is not what is known to be said there."""
    here = usual.here(probe.operation, probe.name)
    return {} if as_said(here, probe.look(context, 0)) else otherwise(usual, here, _said(probe, context))
