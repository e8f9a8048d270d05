"""What a run found, as plain data, and the one place that decides the exit code.

Owns: Outcome, Finding, Coverage, Latency, Verdict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import ceil
from typing import Final

from cancelkit.contract_tests.engine.cells import Visited
from cancelkit.contract_tests.engine.rule import AREAS
from cancelkit.contract_tests.errors import CONFORMS, COULD_NOT_RUN, VIOLATIONS
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Level

NOT_TRIED: Final = "not tried: the run ended at the first failure"


class Outcome(StrEnum):
    """How a rule ended. `warned`: broken, but only assumed. `expected`: broken, and waived."""

    FAILED = "failed"
    WARNED = "warned"
    EXPECTED = "expected"
    INCONCLUSIVE = "inconclusive"
    SKIPPED = "skipped"
    PASSED = "passed"

    @property
    def broken(self) -> bool:
        return self in (Outcome.FAILED, Outcome.WARNED, Outcome.EXPECTED)


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's end.

    complaints: what is wrong, in sentences. why: the reason of any outcome but passed.
    exchanges: the shortest sequence known that shows it. note: something worth knowing that changes nothing.
    """

    rule_id: str
    area: str
    requires: str
    source: str
    level: Level
    outcome: Outcome
    complaints: tuple[str, ...] = ()
    why: str = ""
    exchanges: tuple[Answer, ...] = ()
    note: str = ""
    seconds: float = 0.0
    requests: int = 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often each thing was exercised.

    statuses: operationId -> status -> answers; parameters: operationId -> name -> answers that were a success,
    and that were a refusal; fields: operationId -> body field -> the same. cells: the tables of what there is to try.
    """

    statuses: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)
    cells: tuple[Visited, ...] = ()


@dataclass(frozen=True, slots=True)
class Latency:
    """Of `count` answers of an operation, in milliseconds: percentiles by nearest rank, and the slowest."""

    count: int
    p50: float
    p95: float
    p99: float
    max: float

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Latency:
        """Of at least one time."""
        ordered = sorted(seconds)

        def at(percent: int) -> float:
            return ordered[ceil(len(ordered) * percent / 100) - 1] * 1000

        return cls(len(ordered), at(50), at(95), at(99), ordered[-1] * 1000)

    @property
    def times(self) -> dict[str, float]:
        """The milliseconds by name, as reports show them."""
        return {"p50": self.p50, "p95": self.p95, "p99": self.p99, "max": self.max}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole run.

    repeat: the command that repeats it; repeat_rule: the one that repeats a rule, by id. leftovers: records that
    could not be removed. stale: waivers of failures that did not occur.
    contract: the source and the fingerprint. scope, other_scope: in words. area_order: as reports show them.
    id_field: the field of an answer that holds a record's id.
    lost: the target stopped answering before the end. ended_early: at the first failure, as was wished.
    latency: by operationId.
    gateway: answers of 502, 503 or 504 that were asked again.
    subject: what is judged. recorded: how much was read and judged, where nothing was sent by ourselves.
    """

    url: str
    scope: str
    other_scope: str
    profile: str
    seed: int
    strict: bool
    read_only: bool
    spec_version: str
    started: datetime
    seconds: float
    requests: int
    dropped: int
    created: int
    findings: tuple[Finding, ...]
    coverage: Coverage
    repeat: str
    repeat_rule: Callable[[str], str] = field(repr=False)
    leftovers: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    interrupted: bool = False
    lost: bool = False
    ended_early: bool = False
    subject: str = "The target"
    recorded: str = ""
    gateway: int = 0
    contract: str = ""
    fingerprint: str = ""
    area_order: tuple[str, ...] = AREAS
    id_field: str = "id"
    latency: Mapping[str, Latency] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where the run worked, in words."""
        return " and ".join(text for text in (self.scope, self.other_scope) if text)

    @property
    def judged_by(self) -> str:
        """The contract that was checked: its file's name and fingerprint."""
        return f"contract {self.contract} ({self.fingerprint})" if self.contract else ""

    @property
    def manner(self) -> str:
        """How the run was made."""
        return "recorded traffic" if self.recorded else f"seed {self.seed}, profile {self.profile}"

    @property
    def effort(self) -> str:
        """What the run took, in one line."""
        if self.recorded:
            return self.recorded
        dropped = f", {self.dropped} connections dropped" if self.dropped else ""
        dropped += f", {self.gateway} gateway errors that did not come again" if self.gateway else ""
        return (
            f"{self.requests} requests in {self.seconds:.1f} s, {self.created} records created{dropped}, {self.manner}"
        )

    @property
    def counts(self) -> Counter[Outcome]:
        return Counter(finding.outcome for finding in self.findings)

    @property
    def broken(self) -> tuple[Finding, ...]:
        """Failures first, then warnings, then expected ones."""
        order = list(Outcome)
        return tuple(sorted((f for f in self.findings if f.outcome.broken), key=lambda f: order.index(f.outcome)))

    @property
    def areas(self) -> tuple[str, ...]:
        present = {finding.area for finding in self.findings}
        return (*(a for a in self.area_order if a in present), *sorted(present - set(self.area_order)))

    def of(self, area: str) -> tuple[Finding, ...]:
        order = list(Outcome)
        found = (f for f in self.findings if f.area == area)
        return tuple(sorted(found, key=lambda f: (order.index(f.outcome), f.rule_id)))

    @property
    def untried(self) -> Counter[str]:
        """How many rules were left out by a run that ended early, by area; those of most rules first."""
        counted = Counter(f.area for f in self.findings if f.why == NOT_TRIED)
        return Counter(dict(counted.most_common()))

    @property
    def ending(self) -> str:
        """That the run ended early, and what was not tried; empty where it went to its end."""
        if not self.ended_early:
            return ""
        areas = ", ".join(f"{number} {area}" for area, number in self.untried.items())
        number = self.untried.total()
        left = f"{number} rule{'s were' if number != 1 else ' was'} not tried ({areas})" if number else "all were tried"
        return f"The run ended at the first failure (--fail-fast): {left}."

    @property
    def exit_code(self) -> int:
        """0 conforms, 1 violations, 2 where nothing could be judged or the run was cut short without a violation."""
        counts = self.counts
        if counts[Outcome.FAILED]:
            return VIOLATIONS
        judged = counts[Outcome.PASSED] + counts[Outcome.WARNED] + counts[Outcome.EXPECTED]
        return COULD_NOT_RUN if self.interrupted or self.lost or not judged else CONFORMS

    @property
    def sentence(self) -> str:
        """The verdict in one line."""
        if self.exit_code == VIOLATIONS:
            broken = self.counts[Outcome.FAILED]
            return f"{self.subject} breaks {broken} rule{'s' * (broken != 1)} of the contract."
        if self.exit_code == COULD_NOT_RUN:
            if self.interrupted:
                return "The run was interrupted."
            return f"{self.subject} stopped answering." if self.lost else "No rule could be judged."
        warned = self.counts[Outcome.WARNED]
        unclear = self.counts[Outcome.INCONCLUSIVE]
        return (
            f"{self.subject} keeps the contract"
            + (f", with warnings: {warned}" * bool(warned))
            + (f", as far as could be seen: {unclear} inconclusive" * bool(unclear))
            + "."
        )
