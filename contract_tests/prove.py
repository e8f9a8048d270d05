"""Judge the suite: it must find nothing on the correct mock, and something on each of its mutants.

Owns: starting mocks as processes, running the suite against each, the kill matrix.
The mock is another program here, known by its command line only.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any, Final

from rich.console import Console

from cancelkit.contract_tests.errors import CONFORMS, VIOLATIONS, Cause, CouldNotRun
from cancelkit.contract_tests.ground import Scope
from cancelkit.contract_tests.registry import every_rule
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.run import execute
from cancelkit.contract_tests.scopes import default_scope
from cancelkit.contract_tests.settings import Profile, Settings
from cancelkit.contract_tests.verdict import Finding, Outcome, Verdict
from cancelkit.spec import PATH, Contract

TOKEN: Final = "prove"  # noqa: S105  (of a mock on this machine, for a minute)
LIST_MUTANTS: Final = "--list-deviations"
MUTATE: Final = "--deviate"
MOCK: Final = (sys.executable, "-m", "cancelkit", "mock")
FIRST: Final = 16
SECONDS_TO_START: Final = 30.0


@dataclass(frozen=True, slots=True)
class Kill:
    """How one mutant ended. `rules`: those that failed, with their areas; empty where it survived."""

    mutant: str
    summary: str
    rules: tuple[tuple[str, str], ...]
    seconds: float
    trouble: str = ""


def prove(
    *,
    full: bool,
    only: Sequence[str],
    matrix: Path | None,
    profile: Profile,
    seed: int,
    contract: Contract,
    files: Mapping[str, Any],
) -> int:
    """Run the suite against the correct mock and each mutant; return the exit code.

    Args:
        full: name every rule that kills a mutant; else stop at the first.
        only: globs of mutants' names; all of them where empty.
        contract, files: the contract, and the options `contract` and `overlays` that name its files for the mock.
        matrix: where to write the matrix as Markdown.
    Raises:
        CouldNotRun: the mock does not start or names no mutant.
    """
    console, prover = Console(highlight=False), Prover(contract, _options(files), profile, seed)
    rules = every_rule(contract)
    names = [(n, s) for n, s in prover.mutants() if not only or any(fnmatchcase(n, pattern) for pattern in only)]
    if not names:
        raise CouldNotRun(Cause.OPTIONS, f"no mutant has such a name; `cancelkit mock {LIST_MUTANTS}` shows them.")
    begun = time.monotonic()
    with mock(*prover.options) as url:
        verdict = execute(prover.settings(url), contract, rules=rules)
    alarms = [f for f in verdict.findings if f.outcome is Outcome.FAILED]
    console.print(
        f"correct mock: {len(verdict.findings)} rules, {len(alarms)} findings, {verdict.requests} requests, "
        f"{verdict.seconds:.1f} s"
    )
    for finding in alarms:
        console.print(f"  [red]false alarm[/] {finding.rule_id}: {finding.complaints[0]}", markup=True)
    kills = []
    for name, summary in names:
        kill = _kill(prover, name, summary, rules, full=full)
        kills.append(kill)
        style, word = ("green", "killed") if kill.rules else ("bold red", "SURVIVED")
        by = ", ".join(id for id, _ in kill.rules[:3]) + (f" and {len(kill.rules) - 3} more" * (len(kill.rules) > 3))
        console.print(f"[{style}]{word:9}[/]{name:44} {kill.seconds:5.1f} s  [dim]{by or kill.trouble}[/]")
    survivors = [kill.mutant for kill in kills if not kill.rules]
    console.print(
        f"{len(kills) - len(survivors)} of {len(kills)} mutants killed, {len(alarms)} false alarms, "
        f"{time.monotonic() - begun:.0f} s"
    )
    if matrix is not None:
        matrix.write_text(as_markdown(verdict, kills, full=full), encoding="utf-8")
    return VIOLATIONS if survivors or alarms else CONFORMS


@dataclass(frozen=True, slots=True)
class Prover:
    """What each run has in common. options: of the mock's command, so that it serves the same contract."""

    contract: Contract
    options: tuple[str, ...]
    profile: Profile
    seed: int

    def settings(self, url: str) -> Settings:
        scope = default_scope(self.contract)
        return Settings(
            url,
            token=TOKEN,
            scope=scope,
            other_scope=self._other(scope),
            profile=self.profile,
            seed=self.seed,
            strict=True,
            keep=True,
        )

    def _other(self, scope: Scope) -> Scope | None:
        """A second scope that the mock's data has: the next integer, or the next value of an enum."""
        if not scope:
            return None
        *outer, last = scope
        choices = self.contract.resource.scope[-1].schema.get("enum")
        if choices:
            others = [value for value in choices if value != last]
            return (*outer, others[0]) if others else None
        return (*outer, last + 1) if type(last) is int else None

    def mutants(self) -> list[tuple[str, str]]:
        return mutants(*self.options)


def _options(files: Mapping[str, Any]) -> tuple[str, ...]:
    chosen = ["--contract", str(files["contract"])] if files.get("contract") not in (None, PATH) else []
    return (*chosen, *(word for file in files.get("overlays") or () for word in ("--overlay", str(file))))


def _kill(prover: Prover, name: str, summary: str, rules: Sequence[Rule], *, full: bool) -> Kill:
    """Try the rules whose ids resemble the mutant's name first, then all."""
    begun = time.monotonic()
    found: tuple[tuple[str, str], ...] = ()
    trouble = ""

    def enough(finding: Finding) -> bool:
        return not full and finding.outcome is Outcome.FAILED

    with mock(*prover.options, MUTATE, name) as url:
        for chosen in ([] if full else [resembling(name, rules)]) + [list(rules)]:
            try:
                verdict = execute(prover.settings(url), prover.contract, rules=chosen, enough=enough)
            except CouldNotRun as error:
                trouble = str(error)
                continue
            found = tuple((f.rule_id, f.area) for f in verdict.findings if f.outcome is Outcome.FAILED)
            if found:
                break
    return Kill(name, summary, found, time.monotonic() - begun, trouble)


def resembling(name: str, rules: Sequence[Rule]) -> list[Rule]:
    """The rules that share most words with a mutant's name."""
    words = set(re.findall(r"[a-z]+", name.lower()))

    def likeness(rule: Rule) -> int:
        own = set(re.findall(r"[a-z]+", re.sub(r"([A-Z])", r"-\1", rule.id).lower()))
        return sum(1 for word in words if any(word[:5] == other[:5] for other in own))

    return sorted(rules, key=likeness, reverse=True)[:FIRST]


def mutants(*options: str) -> list[tuple[str, str]]:
    """Names and summaries, as the mock lists them."""
    done = subprocess.run([*MOCK, *options, LIST_MUTANTS], capture_output=True, text=True, check=False, timeout=60)  # noqa: S603
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise CouldNotRun(Cause.OPTIONS, f"`cancelkit mock {LIST_MUTANTS}` failed: {last}")
    lines = [line.split(maxsplit=1) for line in done.stdout.splitlines() if re.match(r"[a-z][\w-]*-[\w-]+(\s|$)", line)]
    return [(parts[0], parts[1] if len(parts) > 1 else "") for parts in lines]


@contextmanager
def mock(*options: str) -> Iterator[str]:
    """A mock on a free port, stopped at the end; yields its URL.

    Raises:
        CouldNotRun: it does not say where it serves.
    """
    command = [*MOCK, "--port", "0", "--token", TOKEN, *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603
    lines: Queue[str] = Queue()
    Thread(target=_drain, args=(process, lines), daemon=True).start()
    try:
        yield _address(process, lines)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _drain(process: subprocess.Popen[str], lines: Queue[str]) -> None:
    """Read all output, so that the mock never waits for a full pipe."""
    for line in process.stdout or ():
        lines.put(line)


def _address(process: subprocess.Popen[str], lines: Queue[str]) -> str:
    seen = []
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        try:
            line = lines.get(timeout=0.2)
        except Empty:
            if process.poll() is not None:
                break
            continue
        seen.append(line.strip())
        if found := re.search(r"https?://[\w.\[\]:-]+:\d+", line):
            return found.group()
    raise CouldNotRun(Cause.UNREACHABLE, f"the mock did not start: {' '.join(seen[-3:]) or 'it said nothing'}")


def as_markdown(verdict: Verdict, kills: Sequence[Kill], *, full: bool) -> str:
    """The page docs/kill-matrix.md."""
    killed = sum(bool(kill.rules) for kill in kills)
    alarms = sum(f.outcome is Outcome.FAILED for f in verdict.findings)
    command = "--prove-full" if full else "--prove"
    reach = "Every rule that fails is counted." if full else "Each mutant was left at the first rules that failed."
    lines = [
        "# The kill matrix",
        "",
        f"Written by `cancelkit verify {command} --matrix docs/kill-matrix.md`; do not edit. {reach}",
        "",
        f"The suite ({len(verdict.findings)} rules, profile {verdict.profile}, seed {verdict.seed}) killed {killed} of "
        f"{len(kills)} mutants of the mock, and found {alarms} faults in the correct mock.",
        "",
        f"| mutant | what is wrong | rules that fail | {'areas' if full else 'area'} |",
        "| --- | --- | --- | --- |",
    ]
    for kill in kills:
        areas = ", ".join(dict.fromkeys(area for _, area in kill.rules))
        ids = [f"`{id}`" for id, _ in kill.rules[:4]] + [f"{len(kill.rules) - 4} more"] * (len(kill.rules) > 4)
        lines.append(f"| `{kill.mutant}` | {kill.summary} | {', '.join(ids) or '**survived**'} | {areas} |")
    return "\n".join(lines) + "\n"
