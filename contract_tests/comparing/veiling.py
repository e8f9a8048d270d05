"""What reports leave out of answers: keys always; what records of others hold unless it is asked for.

Owns: `Veil`: answers, URLs and differences without these.
Source: docs/compare.md, "What reports show".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from cancelkit.contract_tests.comparing.calls import Shown
from cancelkit.contract_tests.comparing.groups import Group
from cancelkit.contract_tests.comparing.playing import Step
from cancelkit.contract_tests.comparing.sides import Side
from cancelkit.contract_tests.engine.hiding import hidden_answer
from cancelkit.contract_tests.target.answer import Answer

LEFT_OUT: Final = "…"
SHORTEST: Final = 3
"""A shorter value is not looked for in texts: it would be found in every other word."""


class Veil:
    """Of one comparison. open: what records of others hold is shown, too."""

    def __init__(self, left: Side, right: Side, *, open: bool) -> None:
        self.left, self.right, self.open = left, right, open
        self.resource = left.contract.resource
        self.opened = {
            place: reference.key
            for reference in self.resource.references.values()
            for place in (reference.opened, reference.opened_detailed)
            if place
        }

    def group(self, group: Group) -> Group:
        """The group, fit for a report."""
        one, last = group.difference, group.last
        if not self.open and last.left and last.right:
            if last.left.ok and any(part in self.opened for part in one.place):
                one = replace(one, left=LEFT_OUT, right=f"another {LEFT_OUT}")
            asked = self._asked(last, last.left, self.left), self._asked(last, last.right, self.right)
            one = replace(one, left=_without(one.left, asked[0]), right=_without(one.right, asked[1]))
        one = replace(one, left=self._text(one.left), right=self._text(one.right))
        return replace(group, steps=[self._step(step) for step in group.steps], difference=one)

    def _text(self, text: str) -> str:
        return self.right.session.target.hide(self.left.session.target.hide(text))

    def _step(self, step: Step) -> Step:
        ours = None if step.left is None else self._answer(step, step.left, self.left)
        theirs = None if step.right is None else self._answer(step, step.right, self.right)
        return replace(step, why=self._text(step.why), left=ours, right=theirs)

    def _answer(self, step: Step, answer: Answer, side: Side) -> Answer:
        answer = hidden_answer(answer, side.session.target.hide)
        if self.open:
            return answer
        names, url = self._names(step, side), answer.url
        if names:
            parts = urlsplit(url)
            pairs = parse_qsl(parts.query, keep_blank_values=True)
            kept = (f"{quote(n)}={LEFT_OUT if n in names else quote(v, safe=',:@')}" for n, v in pairs)
            url = urlunsplit(parts._replace(query="&".join(kept)))
        asked = self._asked(step, answer, side)
        value = _without(self._value(answer.json, side), asked) if answer.is_json else None
        text = json.dumps(value, ensure_ascii=False) if answer.is_json else _without(answer.text, asked)
        return replace(answer, url=url, text=text, json=value)

    def _names(self, step: Step, side: Side) -> set[str]:
        """The filters whose values were read from records."""
        return {name for name, value in step.call.query if isinstance(value, Shown) and not self._plain(side, name)}

    def _asked(self, step: Step, answer: Answer, side: Side) -> list[str]:
        """What was sent for these filters, in each form in which an answer may repeat it."""
        names = self._names(step, side)
        pairs = parse_qsl(urlsplit(answer.url).query, keep_blank_values=True)
        values = [value for name, value in pairs if name in names and len(value) >= SHORTEST]
        return [form for one in values for form in (one, quote(one, safe=""), quote(one))]

    def _plain(self, side: Side, name: str) -> bool:
        """Whether the values of a filter tell of nobody: one of few."""
        found = side.filter(name)
        schema = found[1].schema if found else {}
        return "enum" in schema or schema.get("type") == "boolean"

    def _value(self, value: Any, side: Side) -> Any:
        if isinstance(value, list):
            return [self._value(one, side) for one in value]
        if not isinstance(value, Mapping):
            return value
        if isinstance(value.get("results"), list):
            return {name: self._value(one, side) if name == "results" else one for name, one in value.items()}
        id = value.get(self.resource.id_field)
        if id is None:
            return value
        if not side.context.ledger.created(side.session.ground.scope, id):
            return {name: one if name == self.resource.id_field else _emptied(one) for name, one in value.items()}
        shown = {n: one for n, one in value.items() if n in self.opened and isinstance(one, Mapping)}
        return {**value, **{name: _emptied(one, self.opened[name]) for name, one in shown.items()}}


def _emptied(value: Any, key: str = "") -> Any:
    """A value whose texts and numbers are left out, but for a row's key."""
    if isinstance(value, Mapping):
        return {name: one if name == key else _emptied(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_emptied(one) for one in value]
    return value if value is None or isinstance(value, bool) else LEFT_OUT


def _without(value: Any, texts: Sequence[str]) -> Any:
    """A value in whose texts some are left out."""
    if isinstance(value, Mapping):
        return {name: _without(one, texts) for name, one in value.items()}
    if isinstance(value, list):
        return [_without(one, texts) for one in value]
    for text in texts if isinstance(value, str) else ():
        value = value.replace(text, LEFT_OUT)
    return value
