"""Judge the suite: it must find nothing on the correct mock, and something on each of its deviations.

Owns: starting mocks as processes, running the suite against each, the kill matrix.
Knows nothing of: how the mock works; it is another program here, told apart by its command line only.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Final

from rich.console import Console

from cancelkit.contract_tests.errors import CONFORMS, VIOLATIONS, Cause, CouldNotRun
from cancelkit.contract_tests.registry import every_rule
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.run import execute
from cancelkit.contract_tests.settings import Profile, Settings
from cancelkit.contract_tests.verdict import Finding, Outcome, Verdict
from cancelkit.spec import Contract, load

TOKEN: Final = "prove"  # noqa: S105  (of a mock on this machine, for a minute)
MOCK: Final = (sys.executable, "-m", "cancelkit", "mock")
FIRST: Final = 16
SECONDS_TO_START: Final = 30.0


@dataclass(frozen=True, slots=True)
class Kill:
    """How one deviation ended. `rules`: those that failed, with their areas; empty where it survived."""

    deviation: str
    summary: str
    rules: tuple[tuple[str, str], ...]
    seconds: float
    trouble: str = ""


def prove(*, full: bool, only: Sequence[str], matrix: Path | None, profile: Profile, seed: int) -> int:
    """Run the suite against the correct mock and each deviation; return the exit code.

    Args:
        full: name every rule that kills a deviation; else stop at the first.
        only: globs of deviations' names; all of them where empty.
        matrix: where to write the matrix as Markdown.
    Raises:
        CouldNotRun: the mock does not start or names no deviation.
    """
    console, spec = Console(highlight=False), load()
    rules = every_rule(spec)
    names = [(n, s) for n, s in deviations() if not only or any(fnmatchcase(n, pattern) for pattern in only)]
    if not names:
        raise CouldNotRun(Cause.OPTIONS, "no deviation has such a name; `cancelkit mock --list-deviations` shows them.")
    begun = time.monotonic()
    with mock() as url:
        verdict = execute(_settings(url, profile, seed), spec, rules=rules)
    alarms = [f for f in verdict.findings if f.outcome is Outcome.FAILED]
    console.print(
        f"correct mock: {len(verdict.findings)} rules, {len(alarms)} findings, {verdict.requests} requests, "
        f"{verdict.seconds:.1f} s"
    )
    for finding in alarms:
        console.print(f"  [red]false alarm[/] {finding.rule_id}: {finding.complaints[0]}", markup=True)
    kills = []
    for name, summary in names:
        kill = _kill(name, summary, rules, spec, full=full, profile=profile, seed=seed)
        kills.append(kill)
        style, word = ("green", "killed") if kill.rules else ("bold red", "SURVIVED")
        by = ", ".join(id for id, _ in kill.rules[:3]) + (f" and {len(kill.rules) - 3} more" * (len(kill.rules) > 3))
        console.print(f"[{style}]{word:9}[/]{name:44} {kill.seconds:5.1f} s  [dim]{by or kill.trouble}[/]")
    survivors = [kill.deviation for kill in kills if not kill.rules]
    console.print(
        f"{len(kills) - len(survivors)} of {len(kills)} deviations killed, {len(alarms)} false alarms, "
        f"{time.monotonic() - begun:.0f} s"
    )
    if matrix is not None:
        matrix.write_text(as_markdown(verdict, kills, full=full), encoding="utf-8")
    return VIOLATIONS if survivors or alarms else CONFORMS


def _settings(url: str, profile: Profile, seed: int) -> Settings:
    return Settings(url, token=TOKEN, other_channel=6, profile=profile, seed=seed, strict=True, keep=True)


def _kill(
    name: str, summary: str, rules: Sequence[Rule], spec: Contract, *, full: bool, profile: Profile, seed: int
) -> Kill:
    """Try the rules whose ids resemble the deviation's name first, then all."""
    begun = time.monotonic()
    found: tuple[tuple[str, str], ...] = ()
    trouble = ""

    def enough(finding: Finding) -> bool:
        return not full and finding.outcome is Outcome.FAILED

    with mock("--deviate", name) as url:
        for chosen in ([] if full else [resembling(name, rules)]) + [list(rules)]:
            try:
                verdict = execute(_settings(url, profile, seed), spec, rules=chosen, enough=enough)
            except CouldNotRun as error:
                trouble = str(error)
                continue
            found = tuple((f.rule_id, f.area) for f in verdict.findings if f.outcome is Outcome.FAILED)
            if found:
                break
    return Kill(name, summary, found, time.monotonic() - begun, trouble)


def resembling(name: str, rules: Sequence[Rule]) -> list[Rule]:
    """The rules that share most words with a deviation's name."""
    words = set(re.findall(r"[a-z]+", name.lower()))

    def likeness(rule: Rule) -> int:
        own = set(re.findall(r"[a-z]+", re.sub(r"([A-Z])", r"-\1", rule.id).lower()))
        return sum(1 for word in words if any(word[:5] == other[:5] for other in own))

    return sorted(rules, key=likeness, reverse=True)[:FIRST]


def deviations() -> list[tuple[str, str]]:
    """Names and summaries, as the mock lists them."""
    done = subprocess.run([*MOCK, "--list-deviations"], capture_output=True, text=True, check=False, timeout=60)  # noqa: S603
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise CouldNotRun(Cause.OPTIONS, f"`cancelkit mock --list-deviations` failed: {last}")
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
    reach = "Every rule that fails is counted." if full else "Each deviation was left at the first rules that failed."
    lines = [
        "# The kill matrix",
        "",
        f"Written by `cancelkit verify {command} --matrix docs/kill-matrix.md`; do not edit. {reach}",
        "",
        f"The suite ({len(verdict.findings)} rules, profile {verdict.profile}, seed {verdict.seed}) killed {killed} of "
        f"{len(kills)} deviations of the mock, and found {alarms} faults in the correct mock.",
        "",
        f"| deviation | what is wrong | rules that fail | {'areas' if full else 'area'} |",
        "| --- | --- | --- | --- |",
    ]
    for kill in kills:
        areas = ", ".join(dict.fromkeys(area for _, area in kill.rules))
        ids = [f"`{id}`" for id, _ in kill.rules[:4]] + [f"{len(kill.rules) - 4} more"] * (len(kill.rules) > 4)
        lines.append(f"| `{kill.deviation}` | {kill.summary} | {', '.join(ids) or '**survived**'} | {areas} |")
    return "\n".join(lines) + "\n"
