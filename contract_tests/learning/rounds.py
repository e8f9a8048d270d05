"""The looks of one run: what came to nothing by the contract as it stands is looked at again by what was learned.

Owns: the points and other looks of a run; the contract with the states and enum values that were seen.
Knows nothing of: files, the command line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from cancelkit.contract_tests.choices import detectors
from cancelkit.contract_tests.choices.detector import Detector, Seen
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.verdict import Finding, Outcome
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.learning.bounds import Bounds
from cancelkit.contract_tests.learning.errors import Errors
from cancelkit.contract_tests.learning.formats import Formats
from cancelkit.contract_tests.learning.looking import looking
from cancelkit.contract_tests.learning.states import States
from cancelkit.contract_tests.learning.surplus import FIELDS, Surplus
from cancelkit.contract_tests.learning.topic import KNOWN, Node, Topic
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Choice, Contract, Level
from cancelkit.spec.choices import ONE_EACH
from cancelkit.spec.overlay import apply, checked
from cancelkit.spec.reading import read_contract
from cancelkit.spec.source import Source

LOOKS = (States, Errors, Bounds, Formats, Surplus)
"""What is looked at beyond the points."""
_HEAD = {"overlay": "1.0.0", "info": {"title": "What was seen", "version": "1"}}


class Looks:
    """Everything that one run looks at."""

    def __init__(self, contract: Contract, points: frozenset[str] | None, *, contradictions: bool) -> None:
        """points: those to look at; None for all. contradictions: what contradicts the contract counts as learned."""
        self.contract, self.contradictions = contract, contradictions
        self.found: dict[str, tuple[Seen, int]] = {}
        self._points = points
        self._now = contract
        self._beyond: list[States | Errors | Bounds | Formats | Surplus] = [Look(contract) for Look in LOOKS]

    def watch(self, answer: Answer) -> None:
        for look in self._beyond:
            look.watch(answer)

    def points(self) -> dict[str, Rule]:
        """The look at each point, by the contract as far as it is known now."""
        known = [one for one in detectors(self._now) if self._points is None or one.point in self._points]
        return {one.point: self._rule(self.contract.choices[one.point], one) for one in known}

    def rules(self) -> list[Rule]:
        return [*self.points().values(), *(rule for look in self._beyond for rule in look.rules())]

    def again(self, findings: Mapping[str, Finding]) -> tuple[Contract, list[Rule]] | None:
        """The contract as it was learned, and what came to nothing; None where another look would see no more."""
        now = self._learned(findings)
        if _moves(now) == _moves(self._now):
            return None
        before, self._now = self._now.resource.transitions, now
        more = now.resource.transitions
        if _nothing(findings, "states") or (more and before and more.statuses != before.statuses):
            states = States(now)
            self._beyond = [states if isinstance(look, States) else look for look in self._beyond]
            return now, list(states.rules())
        for look in self._beyond:
            if isinstance(look, Errors):
                look.ask(now)
        return now, [
            rule for rule in self.rules() if _nothing(findings, point := rule.id.split("/")[1]) or self._odd(point)
        ]

    def _odd(self, point: str) -> bool:
        """Whether what was seen is no option, or states were missing for the whole of it."""
        seen, _ = self.found.get(point, (None, 0))
        return seen is not None and (seen.option is None or (point == ONE_EACH and bool(seen.note)))

    def _learned(self, findings: Mapping[str, Finding]) -> Contract:
        """The contract with what was seen of states, values of enums, and rows that have one open record each."""
        known = [look for look in self._beyond if isinstance(look, States | Surplus)]
        topics = [topic for look in known for topic in look.topics(findings) if topic.name != FIELDS]
        actions = [action for topic in topics for action in self._actions(topic)]
        one_each = self._one_each()
        if not actions and not one_each:
            return self.contract
        document = {**self.contract.document, "x-choices": {**self.contract.document.get("x-choices", {}), **one_each}}
        overlays = [checked(Source(Path("learned"), {**_HEAD, "actions": actions}, ""))] if actions else []
        return read_contract(apply(document, overlays))

    def _one_each(self) -> dict[str, Node]:
        """The choice by which a row has one open record, where that is what was learned."""
        seen, _ = self.found.get(ONE_EACH, (None, 0))
        choice = self.contract.choices[ONE_EACH]
        known = choice.binding and choice.fact.level in KNOWN and not self.contradictions
        if seen is None or seen.value is None or choice.met(seen.option, seen.value, seen.closed) or known:
            return {}
        closed = {} if seen.closed is None else {"closed": sorted(seen.closed)}
        return {ONE_EACH: {"chosen": seen.option, "value": seen.value, **closed, "level": Level.OBSERVED.value}}

    def _actions(self, topic: Topic) -> list[Node]:
        return topic.actions({}, contradictions=self.contradictions, before=[])

    def topics(self, findings: Mapping[str, Finding]) -> Iterator[Topic]:
        for look in self._beyond:
            yield from look.topics(findings)

    def _rule(self, choice: Choice, detector: Detector) -> Rule:
        return looking(
            detector.point,
            partial(self._observed, choice, detector),
            writes=detector.writes,
            needs_other=detector.needs_other,
            quiet=detector.quiet,
        )

    def _observed(self, choice: Choice, detector: Detector, context: Context) -> Seen:
        """What the detector sees; where the contract says otherwise, only what it sees again."""
        seen = detector.look(context)
        if not choice.met(seen.option, seen.value, seen.closed):
            again = detector.look(context)
            if (again.option, again.value, again.closed) != (seen.option, seen.value, seen.closed):
                raise Inconclusive(f"now {seen.option or seen.said}, now {again.option or again.said}")
        self.found[detector.point] = seen, len(context.trace)
        return seen


def _nothing(findings: Mapping[str, Finding], point: str) -> bool:
    finding = findings.get(f"learn/{point}")
    return finding is None or finding.outcome is not Outcome.PASSED


def _moves(contract: Contract) -> object:
    """What decides which states a record can be brought to, in which an action is refused, and in which it is open."""
    moves = contract.resource.transitions
    table = moves and (moves.statuses, moves.initial, dict(moves.allowed), moves.final)
    actions = [(one.id, one.action and (one.action.value, one.action.refused)) for one in contract.actions]
    return table, actions, contract.one_each, contract.closing
