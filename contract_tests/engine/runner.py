"""Run the rules against a target: in which order, how many at once, and what a complaint is worth.

Owns: the phases of a run, second observations, time running out, interruption.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Final

from cancelkit.contract_tests.engine.attempt import Attempt, finding_of
from cancelkit.contract_tests.engine.hiding import hidden
from cancelkit.contract_tests.engine.replay import again
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.sequence import shortest
from cancelkit.contract_tests.engine.session import Session
from cancelkit.contract_tests.engine.verdict import NOT_TRIED, Finding, Outcome
from cancelkit.contract_tests.engine.watch import KEPT, PassiveWatch, Seen
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.target.answer import Answer

ATTEMPTS: Final = 3
Progress = Callable[[Finding | None, str], None]


@dataclass(slots=True)
class Runner:
    """`progress` is told each rule that begins (None, id) and each finding (finding, id).

    enough: no rule is started after a finding for which this is true. watch, answers: where rules about single answers
    are judged, and those that may end the run before they are concluded.
    """

    session: Session
    progress: Progress = lambda finding, rule_id: None
    enough: Callable[[Finding], bool] = lambda finding: False
    watch: PassiveWatch | None = None
    answers: Sequence[Rule] = ()
    done: bool = False
    started: float = field(default_factory=time.monotonic)
    findings: dict[str, Finding] = field(default_factory=dict)

    @property
    def out_of_time(self) -> bool:
        return time.monotonic() - self.started > self.session.settings.seconds

    def run(self, rules: Sequence[Rule]) -> None:
        """Observe every rule: readers together, then writers together, then writers that need a quiet list, one by one.

        A complaint, or an observation that came to nothing, is observed again when nothing else runs; only what
        is seen again is reported. Findings are there, as far as the run got, even if it is interrupted.
        """
        possible = [rule for rule in rules if not self.passed_over(rule)]
        self._conclude_broken()
        by_cost = sorted(possible, key=lambda rule: (not rule.long, rule.cost))
        if not self.done and any(rule.area not in ("security", "status") for rule in possible):
            self._prepare(possible)
        for phase in (
            [r for r in by_cost if not r.writes],
            [r for r in by_cost if r.writes and not r.quiet],
        ):
            for rule, first in self._together(phase):
                self.observe(rule, first)
        for rule in (r for r in by_cost if r.writes and r.quiet):
            self.observe(rule)
            self._conclude_broken()

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

    def _together(self, rules: Sequence[Rule]) -> list[tuple[Rule, Attempt]]:
        """Observe many at once; return those that are to be observed again.

        Where a complaint may end the run, no further rule is started until it is clear whether it stands.
        """
        again: dict[str, tuple[Rule, Attempt]] = {}
        left = list(rules)
        while left:
            left = self._batch(left, again)
            for id in [id for id, pair in again.items() if self._may_end(*pair)]:
                self.observe(*again.pop(id))
            self._conclude_broken()
        return [again[rule.id] for rule in rules if rule.id in again]

    def _batch(self, rules: Sequence[Rule], again: dict[str, tuple[Rule, Attempt]]) -> list[Rule]:
        """Observe many at once, until a complaint may end the run; return those that were not begun."""
        left: list[Rule] = []
        halt = Event()

        def attempt_at(rule: Rule) -> Attempt | None:
            if halt.is_set():
                return None
            attempt = self._attempt(rule)
            if self._may_end(rule, attempt) or self._broken_answers():
                halt.set()
            return attempt

        pool = ThreadPoolExecutor(self.session.workers)
        try:
            futures = {pool.submit(attempt_at, rule): rule for rule in rules}
            for future in as_completed(futures):
                rule, attempt = futures[future], future.result()
                if attempt is None:
                    left.append(rule)
                elif attempt.unclear or (attempt.complaints and not (rule.once and attempt.accuses)):
                    again[rule.id] = rule, attempt
                else:
                    self._note(rule, attempt)
        except BaseException:
            self.session.target.stop.set()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        return left

    def _may_end(self, rule: Rule, attempt: Attempt) -> bool:
        """Whether the run would end if the attempt's complaint stood."""
        return bool(attempt.complaints) and self.enough(finding_of(rule, attempt))

    def _broken_answers(self) -> list[Rule]:
        """Rules about single answers that were complained about, would end the run, and are not concluded yet."""
        if self.watch is None:
            return []
        broken = [r for r in self.answers if r.id not in self.findings and self.watch.seen(r.id).bad]
        return [rule for rule in broken if self.enough(finding_of(rule, Attempt(("broken",))))]

    def _conclude_broken(self) -> None:
        for rule in self._broken_answers():
            if self.watch is not None:
                self.conclude(rule, self.watch)

    def observe(self, rule: Rule, first: Attempt | None = None) -> Finding:
        """Observe until it is clear: a second complaint, or a pass; at most ATTEMPTS times after the first.

        A complaint does not count while a number was refused that need not be taken: then the least of it is sent.
        """
        if not self.done:
            self._decide(rule, first)
        elif first and first.complaints:
            self._note(rule, Attempt(unclear="it complained, and the run ended before it was observed again"))
        else:
            self._note(rule, Attempt(skip=NOT_TRIED))
        return self.findings[rule.id]

    def _decide(self, rule: Rule, first: Attempt | None) -> None:
        attempts = [first] if first else []
        for _ in range(ATTEMPTS):
            modest = frozenset().union(*(a.above for a in attempts))
            attempt = self._attempt(rule, again=bool(attempts), modest=modest)
            attempts.append(attempt)
            complaining = [a for a in attempts if a.accuses]
            passing = [a for a in attempts if a.conclusive and not a.complaints]
            if attempt.skip or (attempt.accuses and (rule.once or len(complaining) > 1)):
                self._note(rule, attempt)
                return
            troubled = any(a.complaints for a in attempts)
            if passing and (not troubled or rule.area != "concurrency" or len(passing) > 1):
                note = f"with the least {', '.join(sorted(modest))}, as the server refused more" if modest else ""
                note = "complained once, but not when observed again" if complaining else note
                self._note(rule, passing[-1], note=note)
                return
        unclear = next((a for a in reversed(attempts) if a.unclear), Attempt(unclear="seen once, not again"))
        self._note(rule, unclear)

    def _attempt(self, rule: Rule, *, again: bool = False, modest: frozenset[str] = frozenset()) -> Attempt:
        if self.done:
            return Attempt(skip=NOT_TRIED)
        if self.out_of_time:
            return Attempt(skip="out of time: see --max-time")
        self.progress(None, rule.id)
        context = self.session.context(rule.id, again=again, modest=modest)
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
            self.session.clear(rule.id)
        above, seconds = frozenset(context.above - modest), time.monotonic() - begun
        return replace(result, exchanges=exchanges, requests=len(trace), seconds=seconds, above=above)

    def _note(self, rule: Rule, attempt: Attempt, note: str = "") -> None:
        self._add(finding_of(rule, attempt, note))

    def _add(self, finding: Finding) -> None:
        finding = hidden(finding, self.session.target.hide)
        self.findings[finding.rule_id] = finding
        self.progress(finding, finding.rule_id)
        self.done = self.done or self.enough(finding)

    def settle(self, rule: Rule) -> None:
        """Judge what the run has measured so far; nothing is sent, so it is never too late for it."""
        if self.done:
            self._note(rule, Attempt(skip=NOT_TRIED))
            return
        try:
            self._note(rule, Attempt(tuple(rule.judge(rule.observe(self.session.context(rule.id))))))
        except Skip as skip:
            self._note(rule, Attempt(skip=str(skip)))

    def conclude(self, rule: Rule, watch: PassiveWatch) -> Finding:
        """Turn what the watch saw into a finding; a complaint counts only if the same request earns it again."""
        seen = watch.seen(rule.id)
        if self.done:
            if rule.id not in self.findings:
                self._note(rule, Attempt(skip=NOT_TRIED))
        elif seen.answers:
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
            self.session.clear(rule.id)
        return replace(base, note=f"complained {seen.complained} times, but not when sent again")


def _no_accident(answer: Answer, seen: Seen) -> bool:
    """JSON of the server's own making speaks for itself; an error page or a 5xx may be the network's, once or twice."""
    return (answer.is_json and answer.status < 500) or seen.complained >= KEPT
