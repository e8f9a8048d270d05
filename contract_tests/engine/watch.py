"""Every answer that any rule sees is judged by the rules about a single answer.

Owns: the watch that applies them to all traffic, and what it has seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from cancelkit.contract_tests.engine.passive import answer_rules
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract

KEPT: Final = 3


@dataclass(slots=True)
class Seen:
    """What one rule has seen: how many answers, and the first that it complained about."""

    answers: int = 0
    complained: int = 0
    bad: list[Answer] = field(default_factory=list)


class PassiveWatch:
    """Applies the answer rules to all traffic; thread-safe."""

    def __init__(self, contract: Contract) -> None:
        self.rules = answer_rules(contract)
        self._seen = {r.rule.id: Seen() for r in self.rules}
        self._unseen = {r.rule.id: r.unseen for r in self.rules}
        self._about: dict[tuple[str | None, int, bool], tuple[Rule, ...]] = {}
        self._lock = Lock()

    def watch(self, answer: Answer) -> None:
        kind = answer.operation_id, answer.status, answer.is_json
        if kind not in self._about:
            self._about[kind] = tuple(found.rule for found in self.rules if found.matters(answer))
        for rule in self._about[kind]:
            complaints = bool(tuple(rule.judge(answer)))
            with self._lock:
                seen = self._seen[rule.id]
                seen.answers += 1
                seen.complained += complaints
                if complaints and len(seen.bad) < KEPT:
                    seen.bad.append(answer)

    def seen(self, rule_id: str) -> Seen:
        return self._seen[rule_id]

    def unseen(self, rule_id: str) -> str:
        """Why there is nothing to judge, where no answer was such as the rule is about."""
        return self._unseen[rule_id]
