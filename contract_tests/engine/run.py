"""From settings to a verdict.

Owns: the order of a run (probe, tour, rules, answers, cleaning up), its interruption, what waivers mean.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import PurePath
from types import FrameType

import httpx

from cancelkit.contract_tests.configuration.settings import Settings, Waiver
from cancelkit.contract_tests.context.scopes import written_scope
from cancelkit.contract_tests.engine.coverage import CoverageCounter
from cancelkit.contract_tests.engine.latency import AREA, LatencyLog, budget_rules
from cancelkit.contract_tests.engine.registry import chosen, every_rule, matches
from cancelkit.contract_tests.engine.rule import Rule, areas
from cancelkit.contract_tests.engine.runner import Progress, Runner
from cancelkit.contract_tests.engine.session import open_session
from cancelkit.contract_tests.engine.tour import tour
from cancelkit.contract_tests.engine.verdict import Finding, Outcome, Verdict
from cancelkit.contract_tests.engine.watch import PassiveWatch
from cancelkit.contract_tests.errors import Cause, CouldNotRun
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.contract_tests.target.commands import repeat_command
from cancelkit.spec import Contract, Level


def _quiet(finding: Finding | None, rule_id: str) -> None:
    return


def execute(
    settings: Settings,
    contract: Contract,
    progress: Progress = _quiet,
    *,
    rules: Sequence[Rule] | None = None,
    enough: Callable[[Finding], bool] = lambda finding: False,
    transport: httpx.BaseTransport | None = None,
) -> Verdict:
    """Judge the target; whatever happens, remove what was created.

    Args:
        enough: the run ends early at the first finding for which this is true.
        transport: in place of the network, for tests.
    Raises:
        CouldNotRun: the target can't be used, or no rule is chosen.
    """
    started, begun = datetime.now(UTC), time.monotonic()
    selected = [
        r for r in (every_rule(contract) if rules is None else rules) if chosen(r, settings.rules, settings.areas)
    ]
    if not selected:
        raise CouldNotRun(
            Cause.OPTIONS, "no rule is chosen by --rule and --area; `cancelkit verify --list` shows them."
        )
    watch, counter, log = PassiveWatch(contract), CoverageCounter(contract), LatencyLog(contract)
    today = date.today()

    def last(finding: Finding) -> bool:
        failed = settings.fail_fast and graded(finding, settings, today).outcome is Outcome.FAILED
        return failed or enough(finding)

    def see(answer: Answer) -> None:
        watch.watch(answer)
        counter.watch(answer)
        log.watch(answer)

    interrupted = False
    with _terminable(), open_session(settings, contract, see, transport) as session:
        judged = [r.rule for r in watch.rules if chosen(r.rule, settings.rules, settings.areas)]
        runner = Runner(session, progress, last, watch, judged)
        passive = {r.rule.id for r in watch.rules}
        try:
            tour(session.context("tour"))
            runner.run([r for r in selected if r.id not in passive])
            for rule in judged:
                runner.conclude(rule, watch)
            for rule in budget_rules(contract, settings.max_p95, log):
                runner.settle(rule)
        except KeyboardInterrupt:
            interrupted = True
            session.target.stop.set()
    findings = [graded(f, settings, today) for f in runner.findings.values()]
    traffic = session.target.traffic
    return Verdict(
        url=settings.url,
        scope=written_scope(contract, session.ground.scope),
        other_scope=written_scope(contract, session.ground.other_scope or ()),
        profile=settings.profile.value,
        seed=settings.seed,
        strict=settings.strict,
        read_only=settings.read_only,
        spec_version=contract.version,
        started=started,
        seconds=time.monotonic() - begun,
        requests=traffic.requests,
        dropped=traffic.dropped,
        gateway=traffic.gateway,
        created=session.ledger.total,
        findings=tuple(findings),
        coverage=replace(counter.coverage(), cells=session.cells.visited(settings.profile.scale)),
        repeat=repeat_command(settings, contract),
        repeat_rule=partial(repeat_rule, settings, contract),
        leftovers=session.leftovers,
        stale=stale(findings, settings.waivers),
        interrupted=interrupted,
        lost=session.target.lost,
        ended_early=settings.fail_fast and runner.done,
        contract=source_name(contract),
        fingerprint=contract.fingerprint,
        area_order=areas(contract),
        id_field=contract.resource.id_field,
        latency=log.latency(),
    )


def repeat_rule(settings: Settings, contract: Contract, rule_id: str) -> str:
    """The command that repeats just this rule; of what the whole run measured, the one that repeats the run."""
    return repeat_command(settings, contract, None if rule_id.startswith(f"{AREA}/") else rule_id)


def source_name(contract: Contract) -> str:
    """The names of the contract's files, without their folders."""
    return " + ".join(PurePath(file).name for file in contract.source.split(" + "))


def graded(finding: Finding, settings: Settings, today: date) -> Finding:
    """A broken rule's outcome after its level and the waivers."""
    if finding.outcome is not Outcome.FAILED:
        return finding
    for waiver in settings.waivers:
        if matches(finding.rule_id, waiver.rule):
            if today <= waiver.expires:
                return replace(finding, outcome=Outcome.EXPECTED, why=f"waived: {waiver.reason}")
            expired = f"a waiver was given ({waiver.reason}), but expired on {waiver.expires}"
            return replace(finding, why=expired)
    if finding.level is Level.ASSUMED and not settings.strict:
        return replace(
            finding, outcome=Outcome.WARNED, why="the contract only assumes this; --strict makes it a failure"
        )
    return finding


def stale(findings: Sequence[Finding], waivers: Sequence[Waiver]) -> tuple[str, ...]:
    """Waivers of failures that did not occur, although rules that they mean were judged."""
    out = []
    for waiver in waivers:
        meant = [f for f in findings if matches(f.rule_id, waiver.rule)]
        judged = [f for f in meant if f.outcome not in (Outcome.SKIPPED, Outcome.INCONCLUSIVE)]
        if not meant:
            out.append(f"{waiver.rule}: no rule has this id ({waiver.reason})")
        elif judged and all(f.outcome is Outcome.PASSED for f in judged):
            out.append(f"{waiver.rule}: no longer occurs, take it out of [waivers] ({waiver.reason})")
    return tuple(out)


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends a run as Ctrl-C does: cleaning up first."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        with suppress(ValueError):
            signal.signal(signal.SIGTERM, before)
