"""Run the rules against a target: in which order, how many at once, and what a complaint is worth.

Owns: the phases of a run, second observations, time running out, interruption.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from typing import Final

from cancelkit.contract_tests.context.cleanup import remove
from cancelkit.contract_tests.engine.hiding import hidden
from cancelkit.contract_tests.engine.replay import again
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.sequence import shortest
from cancelkit.contract_tests.engine.session import Session
from cancelkit.contract_tests.engine.verdict import Finding, Outcome
from cancelkit.contract_tests.engine.watch import KEPT, PassiveWatch, Seen
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.target.answer import Answer

ATTEMPTS: Final = 3
Progress = Callable[[Finding | None, str], None]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One observation of one rule. `skip`, `unclear`: why there is no evidence; exchanges: those that show a complaint.

    Answers of rules that are kept are not: there are thousands, of a page each.
    """

    complaints: tuple[str, ...] = ()
    skip: str = ""
    unclear: str = ""
    exchanges: tuple[Answer, ...] = ()
    requests: int = 0
    seconds: float = 0.0

    @property
    def conclusive(self) -> bool:
        return not self.skip and not self.unclear


@dataclass(slots=True)
class Runner:
    """`progress` is told each rule that begins (None, id) and each finding (finding, id).

    enough: no rule is started after a finding for which this is true.
    """

    session: Session
    progress: Progress = lambda finding, rule_id: None
    enough: Callable[[Finding], bool] = lambda finding: False
    done: bool = False
    started: float = field(default_factory=time.monotonic)
    findings: dict[str, Finding] = field(default_factory=dict)

    @property
    def out_of_time(self) -> bool:
        return time.monotonic() - self.started > self.session.settings.seconds

    def run(self, rules: Sequence[Rule]) -> None:
        """Observe every rule: readers together, then writers together, then those that need a quiet list, one by one.

        A complaint, or an observation that came to nothing, is observed again when nothing else runs; only what
        is seen again is reported. Findings are there, as far as the run got, even if it is interrupted.
        """
        possible = [rule for rule in rules if not self.passed_over(rule)]
        by_cost = sorted(possible, key=lambda rule: (not rule.long, rule.cost))
        if any(rule.area not in ("security", "status") for rule in possible):
            self._prepare(possible)
        for phase in (
            [r for r in by_cost if not r.writes and not r.quiet],
            [r for r in by_cost if r.writes and not r.quiet],
        ):
            for rule, first in self._together(phase):
                self.observe(rule, first)
        for rule in (r for r in by_cost if r.quiet):
            self.observe(rule)

    def passed_over(self, rule: Rule) -> bool:
        """Whether the rule can't run here; the finding then says why."""
        settings, ground = self.session.settings, self.session.ground
        why = ""
        if rule.cost > settings.profile.scale:
            why = f"not in the profile {settings.profile.value}"
        elif rule.writes and settings.read_only:
            why = "it writes, and --read-only is given"
        elif rule.needs_other and not self.session.contract.resource.scope:
            why = "it needs a second scope, and the contract has no scopes"
        elif rule.needs_other and ground.other_scope is None:
            why = "it needs a second scope: give --other-scope"
        if why:
            self._note(rule, Attempt(skip=why))
        return bool(why)

    def _prepare(self, rules: Sequence[Rule]) -> None:
        context = self.session.context("preparation")
        try:
            context.sample()
            other = self.session.ground.other_scope
            if other is not None and any(rule.needs_other for rule in rules):
                context.sample(scope=other)
        except Exception:
            return  # what can't be read is for the rules to say, each of which tries again

    def _together(self, rules: Sequence[Rule]) -> list[tuple[Rule, Attempt | None]]:
        """Observe many at once; return those that are to be observed again."""
        again: list[tuple[Rule, Attempt | None]] = []
        pool = ThreadPoolExecutor(self.session.workers)
        try:
            futures = {pool.submit(self._attempt, rule): rule for rule in rules}
            for future in as_completed(futures):
                rule, attempt = futures[future], future.result()
                if attempt.unclear or (attempt.complaints and not rule.once):
                    again.append((rule, attempt))
                else:
                    self._note(rule, attempt)
        except BaseException:
            self.session.target.stop.set()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        order = {rule.id: number for number, rule in enumerate(rules)}
        return sorted(again, key=lambda pair: order[pair[0].id])

    def observe(self, rule: Rule, first: Attempt | None = None) -> Finding:
        """Observe until it is clear: a second complaint, or a pass; at most ATTEMPTS times after the first."""
        self._decide(rule, first)
        return self.findings[rule.id]

    def _decide(self, rule: Rule, first: Attempt | None) -> None:
        attempts = [first] if first else []
        for _ in range(ATTEMPTS):
            attempt = self._attempt(rule)
            attempts.append(attempt)
            complaining = [a for a in attempts if a.complaints]
            passing = [a for a in attempts if a.conclusive and not a.complaints]
            if attempt.skip or (attempt.complaints and (rule.once or len(complaining) > 1)):
                self._note(rule, attempt)
                return
            if passing and (not complaining or rule.area != "concurrency" or len(passing) > 1):
                note = "complained once, but not when observed again" if complaining else ""
                self._note(rule, passing[-1], note=note)
                return
        unclear = next((a for a in reversed(attempts) if a.unclear), Attempt(unclear="seen once, not again"))
        self._note(rule, unclear)

    def _attempt(self, rule: Rule) -> Attempt:
        if self.done:
            return Attempt(skip="enough was known")
        if self.out_of_time:
            return Attempt(skip="out of time: see --max-time")
        self.progress(None, rule.id)
        context = self.session.context(rule.id)
        begun = time.monotonic()
        try:
            evidence = rule.observe(context)
            result = Attempt(complaints=tuple(rule.judge(evidence)))
        except Skip as skip:
            result = Attempt(skip=str(skip) or "nothing to observe it on")
        except Inconclusive as unclear:
            result = Attempt(unclear=str(unclear) or "the observation was disturbed")
        except Exception as error:
            result = Attempt(unclear=f"an answer could not be read: {type(error).__name__}: {error}")
        trace = context.trace
        exchanges: tuple[Answer, ...] = ()
        if result.complaints:
            exchanges = shortest(trace, result.complaints, self.session.contract.resource.id_field)
        if not self.session.target.stop.is_set():
            remove(self.session.target, self.session.ledger.open(rule.id))
        return replace(result, exchanges=exchanges, requests=len(trace), seconds=time.monotonic() - begun)

    def _note(self, rule: Rule, attempt: Attempt, note: str = "") -> None:
        outcome = Outcome.PASSED
        if attempt.skip:
            outcome = Outcome.SKIPPED
        elif attempt.unclear:
            outcome = Outcome.INCONCLUSIVE
        elif attempt.complaints:
            outcome = Outcome.FAILED
        self._add(
            Finding(
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
        )

    def _add(self, finding: Finding) -> None:
        finding = hidden(finding, self.session.target.hide)
        self.findings[finding.rule_id] = finding
        self.progress(finding, finding.rule_id)
        self.done = self.done or self.enough(finding)

    def conclude(self, rule: Rule, watch: PassiveWatch) -> Finding:
        """Turn what the watch saw into a finding; a complaint counts only if the same request earns it again."""
        seen = watch.seen(rule.id)
        if seen.answers:
            self._add(self._judged(rule, seen))
        else:
            self._note(rule, Attempt(skip=watch.unseen(rule.id)))
        return self.findings[rule.id]

    def _judged(self, rule: Rule, seen: Seen) -> Finding:
        base = Finding(
            rule.id, rule.area, rule.requires, rule.source, rule.level, Outcome.PASSED, requests=seen.answers
        )
        if not seen.bad:
            return base
        context = self.session.context(rule.id)
        try:
            for answer in seen.bad[:KEPT]:
                confirmed = answer if _no_accident(answer, seen) else again(context, answer)
                if confirmed is not None and tuple(rule.judge(confirmed)):
                    share = f"{seen.complained} of {seen.answers} answers"
                    complaints = tuple(rule.judge(answer))
                    return replace(base, outcome=Outcome.FAILED, complaints=complaints, exchanges=(answer,), note=share)
        finally:
            remove(self.session.target, self.session.ledger.open(rule.id))
        return replace(base, note=f"complained {seen.complained} times, but not when sent again")


def _no_accident(answer: Answer, seen: Seen) -> bool:
    """JSON of the server's own making speaks for itself; an error page or a 5xx may be the network's, once or twice."""
    return (answer.is_json and answer.status < 500) or seen.complained >= KEPT
