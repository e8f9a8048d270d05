"""Findings without the token. Rules read what was answered; what is written out of a run passes here first.

Owns: `hidden`.
Knows nothing of: what the token is, and what stands in its place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cancelkit.contract_tests.engine.verdict import Finding
from cancelkit.contract_tests.target.answer import UNSET, Answer

Hide = Callable[[str], str]


def hidden(finding: Finding, hide: Hide) -> Finding:
    """The finding with every text that came from the target, or went there, passed through `hide`."""
    return replace(
        finding,
        complaints=tuple(map(hide, finding.complaints)),
        why=hide(finding.why),
        note=hide(finding.note),
        exchanges=tuple(hidden_answer(answer, hide) for answer in finding.exchanges),
    )


def hidden_answer(answer: Answer, hide: Hide) -> Answer:
    sent = answer.request_body
    return replace(
        answer,
        headers=_value(answer.headers, hide),
        text=hide(answer.text),
        json=_value(answer.json, hide),
        url=hide(answer.url),
        request_body=sent if sent is UNSET else _value(sent, hide),
        record=hide(answer.record),
    )


def _value(value: Any, hide: Hide) -> Any:
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, dict):
        return {hide(name): _value(inner, hide) for name, inner in value.items()}
    return [_value(inner, hide) for inner in value] if isinstance(value, list) else value
