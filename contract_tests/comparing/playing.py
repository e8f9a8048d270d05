"""Sending the sequences to both sides, step by step, and comparing the answers.

Owns: Step, Verdict, Player: what a step came to, and when a sequence can't be followed further.
Knows nothing of: plans, reports.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cancelkit.contract_tests.comparing.aligning import Query, ordered, queries
from cancelkit.contract_tests.comparing.calls import Call, Kind, Sequence
from cancelkit.contract_tests.comparing.days import Beside, beside
from cancelkit.contract_tests.comparing.differences import Difference, differences
from cancelkit.contract_tests.comparing.forms import Form, Reader
from cancelkit.contract_tests.comparing.refusals import names_one
from cancelkit.contract_tests.comparing.sides import Names, Side, Unalignable
from cancelkit.contract_tests.comparing.signs import ANY
from cancelkit.contract_tests.comparing.wording import Spoken, spoken
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing.filters_plan import reread
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract

WORKERS = 4
APART = "an earlier write was not made on both sides"
LACKING = "a record that it needs could not be made on both sides"


class Verdict(StrEnum):
    """What a call came to."""

    ALIKE = "alike"
    DIFFERENT = "different"
    NOT = "not comparable"


@dataclass(frozen=True, slots=True)
class Step:
    """A call with the answers of both sides, where they came, and what was made of them; the left one is asked first.

    beyond: fields that the contract does not have, and one side shows. reworded: both refuse, in words of which the
    contract says nothing, and which differ. beside: what it shows of days.
    """

    call: Call
    verdict: Verdict
    why: str = ""
    left: Answer | None = None
    right: Answer | None = None
    differences: tuple[Difference, ...] = ()
    beyond: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
    reworded: bool = False
    beside: Beside | None = None

    @property
    def page(self) -> int:
        """The page that was asked for."""
        name = self.call.operation.paging.get("page", "")
        text = parse_qs(urlsplit(self.left.url if self.left else "").query).get(name, ["1"])[0]
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


class Player:
    """Plays sequences on both sides. shared: as in Reader; strict: a field that the contract lacks counts, too."""

    def __init__(self, contract: Contract, left: Side, right: Side, *, shared: bool, strict: bool) -> None:
        self.contract, self.left, self.right, self.strict = contract, left, right, strict
        apart = {left.context.one_each, right.context.one_each}
        self._readers = tuple(Reader(side, contract, shared=shared, apart=apart) for side in (left, right))

    def stage(self, sequence: Sequence) -> list[Step]:
        """Play what makes the records of the stage, and read them in their most detailed form."""
        steps = self._play(sequence, self.left.names(stage=True), self.right.names(stage=True))
        for side in (self.left, self.right):
            by_id = {id: label for label, id in side.stage_ids.items()}
            with suppress(Inconclusive, Skip):  # a list that can't be read: what the answers showed will do
                side.stage_rows.update({by_id[id]: row for id, row in reread(side.context, list(by_id)).items()})
        return steps

    def play(self, sequence: Sequence) -> list[Step]:
        """Play a sequence."""
        ours, theirs = self.left.names(), self.right.names()
        steps = self._play(sequence, ours, theirs)
        self.left.give_back(ours)
        self.right.give_back(theirs)
        return steps

    def all(self, sequences: Iterable[Sequence]) -> Iterable[list[Step]]:
        """Play them, several at once; in their order."""
        with ThreadPoolExecutor(WORKERS) as pool:
            yield from pool.map(self.play, list(sequences))

    def _play(self, sequence: Sequence, ours: Names, theirs: Names) -> list[Step]:
        steps: list[Step] = []
        halted = ""
        for call in sequence:
            if halted:
                steps.append(Step(call, Verdict.NOT, halted))
                continue
            step = self._step(call, ours, theirs)
            steps.append(step)
            if call.writes and _done(step.left) != _done(step.right):
                halted = APART
        return steps

    def _step(self, call: Call, ours: Names, theirs: Names) -> Step:
        pairs = (self.left, ours), (self.right, theirs)
        if call.record and not all(call.record in names.ids for names in (ours, theirs)):
            return Step(call, Verdict.NOT, LACKING)
        left: Answer | None = None
        try:
            mine, other, among = queries(call, *pairs)
            left = self._sent(call, self.left, ours, mine)
            right = self._sent(call, self.right, theirs, other)
        except (Inconclusive, Unalignable, Skip) as reason:
            return Step(call, Verdict.NOT, str(reason), left)
        in_order = ordered(self.contract, call, among, *pairs) if call.lists else True
        forms = [
            reader.form(call, answer, names, among, ordered=in_order)
            for reader, answer, names in zip(self._readers, (left, right), (ours, theirs), strict=True)
        ]
        why = next((form.why for form in forms if form.why), "")
        if why:
            forms = [replace(form, body=_without_rows(form.body)) for form in forms]
        if call.point == "faults-named" and all(names_one(form.body) for form in forms if form.status >= 400):
            forms = [replace(form, body=ANY, words={}) if form.status >= 400 else form for form in forms]
        found = tuple(differences(forms[0], forms[1], self.contract.resource.id_field))
        said = Spoken() if found else self._spoken(call, forms[0], forms[1])
        found += tuple(said.differences)
        apart = (forms[0].beyond - forms[1].beyond, forms[1].beyond - forms[0].beyond)
        if self.strict:
            found += tuple(Difference(("body", name), "present", "absent") for name in sorted(apart[0]))
            found += tuple(Difference(("body", name), "absent", "present") for name in sorted(apart[1]))
        verdict = Verdict.DIFFERENT if found else Verdict.NOT if why else Verdict.ALIKE
        days = None if why else beside(call, among, ((pairs[0], mine, left), (pairs[1], other, right)))
        why = why if verdict is Verdict.NOT else ""
        return Step(call, verdict, why, left, right, found, apart, said.reworded, days)

    def _spoken(self, call: Call, left: Form, right: Form) -> Spoken:
        left_open = call.kind is Kind.OPEN
        return spoken(self.contract.wordings, left.words, right.words, call.operation.id, left_open=left_open)

    def _sent(self, call: Call, side: Side, names: Names, query: Query) -> Answer:
        """The answer of a side; what it shows of a record is remembered."""
        answer = side.send(call, names, query)
        row, id_field = answer.json, self.contract.resource.id_field
        if not answer.ok or not isinstance(row, dict) or id_field not in row:
            return answer
        if call.makes and side.context.is_id(row[id_field]):
            names.ids[call.makes] = row[id_field]
        if label := call.makes or call.record:
            names.rows[label] = {**names.rows.get(label, {}), **row}
            if isinstance(answer.request_body, dict):
                names.sent[label] = {**names.sent.get(label, {}), **answer.request_body}
        return answer


def _done(answer: Answer | None) -> bool:
    return answer is not None and answer.ok


def _without_rows(body: Any) -> Any:
    """A page of which the rows, and what depends on them, are not compared."""
    if not isinstance(body, dict):
        return body
    return {name: ANY if name in ("results", "next", "previous") else value for name, value in body.items()}
