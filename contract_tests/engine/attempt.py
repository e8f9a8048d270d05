"""One observation of one rule, and the finding that it makes.

Owns: Attempt and `finding_of`.
"""

from __future__ import annotations

from dataclasses import dataclass

from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.verdict import Finding, Outcome
from cancelkit.contract_tests.target.answer import Answer


@dataclass(frozen=True, slots=True)
class Attempt:
    """One observation of one rule. `skip`, `unclear`: why there is no evidence; exchanges: those that show a complaint.

    Answers of rules that are kept are not: there are thousands, of a page each.
    above: the fields of which a larger value than the least was refused, though not for want of sending the least.
    """

    complaints: tuple[str, ...] = ()
    skip: str = ""
    unclear: str = ""
    exchanges: tuple[Answer, ...] = ()
    requests: int = 0
    seconds: float = 0.0
    above: frozenset[str] = frozenset()

    @property
    def accuses(self) -> bool:
        """Whether it complains, and of nothing that the contract leaves open."""
        return bool(self.complaints) and not self.above

    @property
    def conclusive(self) -> bool:
        return not self.skip and not self.unclear


def finding_of(rule: Rule, attempt: Attempt, note: str = "") -> Finding:
    """The finding of an observation that stands. note: see Finding."""
    outcome = Outcome.PASSED
    if attempt.skip:
        outcome = Outcome.SKIPPED
    elif attempt.unclear:
        outcome = Outcome.INCONCLUSIVE
    elif attempt.complaints:
        outcome = Outcome.FAILED
    return Finding(
        rule.id,
        rule.area,
        rule.requires,
        rule.source,
        rule.level,
        outcome,
        attempt.complaints,
        attempt.skip or attempt.unclear,
        attempt.exchanges,
        note,
        attempt.seconds,
        attempt.requests,
    )
