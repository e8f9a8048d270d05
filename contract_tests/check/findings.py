"""What the judge found in recorded exchanges, as findings by rule, without secrets.

Owns: grouping violations by code, complaints that are said once, exchanges as reports show them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from cancelkit.contract_tests.engine.registry import matches
from cancelkit.contract_tests.engine.verdict import Finding, Outcome
from cancelkit.contract_tests.target.answer import UNSET, Answer, shown
from cancelkit.spec import Contract, Level
from cancelkit.spec.showing import visible
from cancelkit.traffic import Code, Exchange, Judgement, codes
from cancelkit.traffic import Finding as Violation
from cancelkit.traffic.curl import sendable
from cancelkit.traffic.reading import ABSENT, json_value
from cancelkit.traffic.redaction import Redaction

SHOWN: Final = 3
"""Exchanges that are shown in full for a rule."""
LONGEST: Final = 20_000
ROW: Final = re.compile(r"\.\d+(?=\.|$)")
"""The number of a row in a place: the same complaint about each row is one."""


@dataclass(slots=True)
class _Broken:
    """What was found under one code: how often each complaint came, the best level, the first exchanges."""

    complaints: Counter[tuple[str, Level]] = field(default_factory=Counter)
    exchanges: list[Exchange] = field(default_factory=list)

    def add(self, violation: Violation, exchange: Exchange) -> None:
        said, colon, rest = violation.message.partition(": ")
        place, said = ROW.sub(".*", violation.place), ROW.sub(".*", said)
        where = violation.operation or "no operation"
        if not (colon and place.endswith(f".{said}")):
            where += f", {place}"
        self.complaints[f"{where}: {said}{colon}{rest}", violation.level] += 1
        if len(self.exchanges) < SHOWN and exchange not in self.exchanges:
            self.exchanges.append(exchange)

    @property
    def level(self) -> Level:
        return min((level for _, level in self.complaints), key=list(Level).index)


def findings(
    judged: Sequence[tuple[Exchange, Judgement]],
    contract: Contract,
    redaction: Redaction,
    *,
    side: str = "both",
    rules: Sequence[str] = (),
    strict: bool = False,
) -> Iterator[Finding]:
    """A finding for each code of the contract. side: client, server or both; rules: ids, globs; none for all."""
    broken: dict[str, _Broken] = {}
    exercised: Counter[str] = Counter()
    for exchange, judgement in judged:
        exercised.update(judgement.exercised)
        for violation in judgement.findings:
            broken.setdefault(violation.code, _Broken()).add(violation, exchange)
    operations = {id(exchange): judgement.operation for exchange, judgement in judged}
    for code in codes(contract):
        rule_id = f"{code.side}/{code.id}"
        if side not in ("both", code.side) or (rules and not any(matches(rule_id, pattern) for pattern in rules)):
            continue
        found = broken.get(code.id)
        if found is None:
            yield _kept(rule_id, code, exercised[code.id], contract)
            continue
        assumed = found.level is Level.ASSUMED and not strict
        yield replace(
            _kept(rule_id, code, exercised[code.id], contract),
            level=found.level,
            outcome=Outcome.WARNED if assumed else Outcome.FAILED,
            why="the contract only assumes this; --strict makes it a failure" if assumed else "",
            complaints=tuple(visible(redaction.text(text)) for text in _complaints(found)),
            exchanges=tuple(answer_of(redaction(e), operations[id(e)], contract) for e in found.exchanges),
        )


def _kept(rule_id: str, code: Code, times: int, contract: Contract) -> Finding:
    return Finding(
        rule_id=rule_id,
        area=code.side,
        requires=code.sentence(contract),
        source=f"behaviour {code.behaviour}"
        if contract.behaviour(code.behaviour or "")
        else "the operations of the contract",
        level=code.level(contract),
        outcome=Outcome.PASSED if times else Outcome.SKIPPED,
        why="" if times else "no recorded call could show it",
        requests=times,
    )


def _complaints(found: _Broken) -> Iterator[str]:
    for (text, level), times in found.complaints.most_common():
        said = f" ({level})" if level is not found.level else ""
        yield f"{text}{said}{f' (×{times})' if times > 1 else ''}"


def answer_of(exchange: Exchange, operation: str | None, contract: Contract) -> Answer:
    """The exchange as reports show it: nothing in it steers a terminal."""
    answered = json_value(exchange.response_body)
    text = visible((exchange.response_body or b"").decode("utf-8", "replace"))
    return Answer(
        status=exchange.status,
        headers={visible(name.lower()): visible(value) for name, value in exchange.response_headers},
        text=text if len(text) <= LONGEST else shown(text, LONGEST),
        json=None if answered is ABSENT else answered,
        method=exchange.method,
        url=sendable(exchange.url),
        request_body=_body(exchange.request_body),
        is_json=answered is not ABSENT,
        request_headers=_worth_showing(exchange, contract),
        operation_id=operation,
        elapsed=exchange.seconds,
    )


def _body(body: bytes | None) -> Any:
    if not body:
        return UNSET
    value = json_value(body)
    return visible(body.decode("utf-8", "replace")) if value is ABSENT else value


def _worth_showing(exchange: Exchange, contract: Contract) -> Mapping[str, str]:
    """What a command that repeats the call needs: not a browser's two dozen headers about itself."""
    kept = {"content-type", "accept", "x-mock-session"}
    if contract.api_key:
        kept.add(contract.api_key.header.lower())
    return {visible(name): visible(value) for name, value in exchange.request_headers if name.lower() in kept}
