"""Judge the suite: it must find nothing on the correct mock, and something on each of its mutants.

Owns: running the suite against each mutant in a pool of processes, rules that are likely to find it first.
Knows nothing of: how the mock works (proving.py starts it as a program).
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.engine.registry import every_rule
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.run import execute
from cancelkit.contract_tests.engine.verdict import Finding, Outcome, Verdict
from cancelkit.contract_tests.errors import CONFORMS, VIOLATIONS, Cause, CouldNotRun
from cancelkit.contract_tests.prove.matrix import Kill, as_markdown, fingerprint
from cancelkit.contract_tests.prove.proving import TOKEN, Mutant, mock, mutants
from cancelkit.spec import Contract

FIRST: Final = 16
BY_CHANCE: Final = "concurrency"
"""The area whose mutants are wrong only where calls meet: one try may miss it on a busy machine."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to prove.

    settings: of each run; address and key are put in. full: name every rule that kills a mutant; else stop at the
    first. only: globs of mutants' names; every: those beyond the default set, too.
    options: of the mock's command line, by which it keeps the same contract. workers: mutants at once; 0: one for
    each processor.
    """

    settings: Settings
    full: bool = False
    only: Sequence[str] = ()
    every: bool = False
    options: Sequence[str] = ()
    workers: int = 0

    def chosen(self, mutants: Sequence[Mutant]) -> list[Mutant]:
        """The mutants that are meant."""
        if self.only:
            return [m for m in mutants if any(fnmatchcase(m.name, pattern) for pattern in self.only)]
        return [m for m in mutants if self.every or m.sample]

    def at(self, url: str) -> Settings:
        return replace(self.settings, url=url, token=TOKEN, strict=True, keep=True)


def prove(contract: Contract, plan: Plan, matrix: Path | None = None, console: Console | None = None) -> int:
    """Run the suite against the correct mock and each mutant; return the exit code.

    Args:
        matrix: where to write the matrix as Markdown.
    Raises:
        CouldNotRun: the mock does not start, or has no such mutant.
    """
    console = console or Console(highlight=False)
    rules = every_rule(contract)
    known = plan.chosen(mutants(plan.options))
    if not known:
        raise CouldNotRun(Cause.OPTIONS, "no mutant has such a name; `cancelkit mock --list-mutants` shows them.")
    begun = time.monotonic()
    with mock(*plan.options) as url:
        verdict = execute(plan.at(url), contract, rules=rules)
    alarms = [f for f in verdict.findings if f.outcome is Outcome.FAILED]
    console.print(
        f"correct mock: {len(verdict.findings)} rules, {len(alarms)} findings, {verdict.requests} requests, "
        f"{verdict.seconds:.1f} s"
    )
    for finding in alarms:
        console.print(f"  [red]false alarm[/] {finding.rule_id}: {finding.complaints[0]}", markup=True)
    kills = _kills(contract, plan, known, console)
    survivors = [kill for kill in kills if not kill.rules]
    console.print(
        f"{len(kills) - len(survivors)} of {len(kills)} mutants killed, {len(alarms)} false alarms, "
        f"{time.monotonic() - begun:.0f} s"
    )
    if matrix is not None:
        mark = fingerprint((rule.id for rule in rules), known)
        matrix.write_text(as_markdown(verdict, kills, mark, full=plan.full, every=plan.every), encoding="utf-8")
    return VIOLATIONS if survivors or alarms else CONFORMS


def _kills(contract: Contract, plan: Plan, known: Sequence[Mutant], console: Console) -> list[Kill]:
    """Try every mutant, several at once; in the order of `known`."""
    found: dict[str, Kill] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("mutants", total=len(known))
        for kill in _tried(contract, plan, known):
            found[kill.mutant] = kill
            style, word = ("green", "killed") if kill.rules else ("bold red", "SURVIVED")
            more = f" and {len(kill.rules) - 3} more" if len(kill.rules) > 3 else ""
            by = ", ".join(id for id, _ in kill.rules[:3]) + more
            progress.console.print(
                f"[{style}]{word:9}[/]{kill.mutant:44} {kill.seconds:5.1f} s  [dim]{by or kill.trouble}[/]",
                soft_wrap=True,
            )
            progress.advance(task)
    return [found[mutant.name] for mutant in known]


def _tried(contract: Contract, plan: Plan, known: Sequence[Mutant]) -> Iterator[Kill]:
    workers = min(plan.workers or os.cpu_count() or 1, len(known))
    if workers == 1:
        rules = every_rule(contract)
        yield from (kill(mutant, rules, contract, plan) for mutant in known)
        return
    start = (contract, plan)
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin, initargs=start) as pool:
        yield from (future.result() for future in as_completed([pool.submit(_kill, mutant) for mutant in known]))


class _Work:
    """What a process of the pool keeps between mutants."""

    given: tuple[Contract, Plan, Sequence[Rule]]


def _begin(contract: Contract, plan: Plan) -> None:
    _Work.given = (contract, plan, every_rule(contract))


def _kill(mutant: Mutant) -> Kill:
    contract, plan, rules = _Work.given
    return kill(mutant, rules, contract, plan)


def kill(mutant: Mutant, rules: Sequence[Rule], contract: Contract, plan: Plan) -> Kill:
    """Try the rules that are likely to find a mutant, then its area, then all; stop at the first stage that does."""
    begun = time.monotonic()
    found: tuple[tuple[str, str], ...] = ()
    trouble = ""

    def enough(finding: Finding) -> bool:
        return not plan.full and finding.outcome is Outcome.FAILED

    with mock("--mutant", mutant.name, *plan.options) as url:
        for stage in [list(rules)] if plan.full else stages(mutant, rules):
            try:
                verdict: Verdict = execute(plan.at(url), contract, rules=stage, enough=enough)
            except CouldNotRun as error:
                trouble = str(error)
                continue
            found = tuple((f.rule_id, f.area) for f in verdict.findings if f.outcome is Outcome.FAILED)
            if found:
                break
    return Kill(mutant.name, mutant.summary, found, time.monotonic() - begun, trouble)


def stages(mutant: Mutant, rules: Sequence[Rule]) -> list[list[Rule]]:
    """The rules in steps: those most alike, the others of the area, the rest; those of calls at once twice."""
    likely = sorted(rules, key=lambda rule: (rule.area == mutant.area) + likeness(mutant.name, rule.id), reverse=True)
    first = likely[:FIRST]
    second = [rule for rule in likely[FIRST:] if rule.area == mutant.area]
    known = {rule.id for rule in (*first, *second)}
    rest = [rule for rule in rules if rule.id not in known]
    again = [rule for rule in likely if rule.area == mutant.area] if mutant.area == BY_CHANCE else []
    return [stage for stage in (first, second, rest, again) if stage]


def likeness(name: str, rule_id: str) -> int:
    """How many words of a mutant's name a rule's id has, too."""
    words = set(re.findall(r"[a-z]+", name.lower()))
    own = set(re.findall(r"[a-z]+", re.sub(r"([A-Z])", r"-\1", rule_id).lower()))
    return sum(1 for word in words if any(word[:5] == other[:5] for other in own))
