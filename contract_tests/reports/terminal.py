"""The verdict on a terminal: live progress, a table by area, and every failure explained.

Owns: what a person sees while and after a run.
Knows nothing of: files.
"""

from __future__ import annotations

from collections import Counter
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from cancelkit.contract_tests.engine.causes import Cause, causes
from cancelkit.contract_tests.engine.verdict import NOT_TRIED, Finding, Outcome, Verdict
from cancelkit.contract_tests.reports.presenting import presented, steps
from cancelkit.contract_tests.target.answer import shown

STYLES = {
    Outcome.FAILED: "bold red",
    Outcome.WARNED: "yellow",
    Outcome.EXPECTED: "magenta",
    Outcome.INCONCLUSIVE: "cyan",
    Outcome.SKIPPED: "dim",
    Outcome.PASSED: "green",
}
MOST_SHOWN = 30
MOST_NAMED = 8
"""So many causes are shown, and so many rules are named that break with the first of each."""
MOST_CELLS = 12


class Progress:
    """Told of each rule that begins and ends; shows counts and what is under way, on stderr."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._counts: Counter[Outcome] = Counter()
        self._running: dict[str, None] = {}
        self._live = Live(console=Console(stderr=True), refresh_per_second=8, transient=True)

    def __enter__(self) -> Progress:
        if not self._quiet:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not self._quiet:
            self._live.stop()

    def __call__(self, finding: Finding | None, rule_id: str) -> None:
        if finding is None:
            self._running[rule_id] = None
        else:
            self._running.pop(rule_id, None)
            self._counts[finding.outcome] += 1
        if not self._quiet:
            self._live.update(self._view())

    def _view(self) -> Text:
        text = Text()
        for outcome in Outcome:
            if self._counts[outcome]:
                text.append(f"{self._counts[outcome]} {outcome.value}  ", STYLES[outcome])
        running = list(self._running.copy())[-3:]
        return text.append("  ".join(running), "dim")


def show(verdict: Verdict, *, verbose: bool = False, coverage: bool = False, console: Console | None = None) -> None:
    """Print the verdict.

    verbose: name the rules that passed and were skipped, too. coverage: show what there is to try and what was tried.
    """
    console, verdict = console or Console(highlight=False), presented(verdict)
    groups = causes(verdict.broken, verdict.id_field)
    for cause in groups[:MOST_SHOWN]:
        console.print(_failure(cause.first, verdict).append_text(_others(cause)), soft_wrap=True)
    if rest := sum(1 + len(cause.others) for cause in groups[MOST_SHOWN:]):
        console.print(f"… and {rest} more; the reports hold all of them.", style="dim")
    console.print(_table(verdict))
    unclear = [f for f in verdict.findings if f.outcome is Outcome.INCONCLUSIVE]
    told = [f for f in verdict.findings if not f.outcome.broken] if verbose else unclear[:MOST_SHOWN]
    for finding in told:
        line = Text(f"{finding.outcome.value:13}", STYLES[finding.outcome])
        why = finding.why or finding.note
        console.print(line.append(finding.rule_id, "default").append(f"  {shown(why, 200)}" if why else "", "dim"))
    if not verbose:
        for reason, number in Counter(f.why for f in unclear[MOST_SHOWN:]).most_common(8):
            console.print(Text(f"{number} more inconclusive: {shown(reason, 200)}", "dim"))
        passed_over = [f for f in verdict.findings if f.outcome is Outcome.SKIPPED and f.why != NOT_TRIED]
        for reason, number in Counter(f.why for f in passed_over).most_common(8):
            console.print(Text(f"{number} skipped: {reason}", "dim"))
    if coverage:
        console.print(_cells(verdict))
    if verdict.latency:
        console.print(_latency(verdict) if verbose else Text(_slowest(verdict), "dim"))
    for text in verdict.stale:
        console.print(Text(f"waiver {text}", "magenta"))
    for text in verdict.leftovers:
        console.print(Text(f"left behind: {text}", "bold red"))
    style = {0: "bold green", 1: "bold red"}.get(verdict.exit_code, "bold yellow")
    console.print(Text(verdict.sentence, style))
    if verdict.ending:
        console.print(Text(verdict.ending, "bold yellow"))
    console.print(Text(verdict.effort, "dim"))
    if verdict.judged_by:
        console.print(Text(verdict.judged_by, "dim"))


def _table(verdict: Verdict) -> Table:
    present = [o for o in Outcome if verdict.counts[o]]
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("area")
    for outcome in present:
        table.add_column(outcome.value, justify="right")
    for area in verdict.areas:
        counts = Counter(f.outcome for f in verdict.of(area))
        worst = next((o for o in Outcome if counts[o] and o.broken), None)
        cells = [Text(str(counts[o]) if counts[o] else "·", STYLES[o] if counts[o] else "dim") for o in present]
        table.add_row(Text(area, STYLES[worst] if worst else ""), *cells)
    return table


def _latency(verdict: Verdict) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("ms to an answer")
    for name in ("calls", "p50", "p95", "p99", "max"):
        table.add_column(name, justify="right")
    for id, took in verdict.latency.items():
        table.add_row(id, str(took.count), *(f"{value:.1f}" for value in took.times.values()))
    return table


def _cells(verdict: Verdict) -> Table:
    """Each table of what there is to try, how much of it the run tried, and what it did not."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("tried", "cells", "missing"):
        table.add_column(name, overflow="fold")
    for found in verdict.coverage.cells:
        missing = [" ".join(cell) for cell in found.missing]
        more = [f"… and {len(missing) - MOST_CELLS} more (--json has all)"] if len(missing) > MOST_CELLS else []
        table.add_row(
            found.table.name, Text(found.figure), Text(", ".join([*missing[:MOST_CELLS], *more]) or "none", "dim")
        )
    return table


def _slowest(verdict: Verdict) -> str:
    id, took = max(verdict.latency.items(), key=lambda pair: pair[1].p95)
    return f"slowest operation: {id}, p95 {took.p95:.1f} ms of {took.count} calls (all of them: --verbose)"


def _others(cause: Cause) -> Text:
    """The rules that break with the one above, in a line each."""
    text = Text()
    if cause.others:
        text.append(f"  {cause.sentence}:\n", "bold")
    for finding in cause.others[:MOST_NAMED]:
        text.append(f"    {finding.outcome.value:8} ", STYLES[finding.outcome]).append(f"{finding.rule_id}\n")
    if len(cause.others) > MOST_NAMED:
        text.append(f"    … and {len(cause.others) - MOST_NAMED} more\n", "dim")
    return text


def _failure(finding: Finding, verdict: Verdict) -> Text:
    """Lines that are not wrapped, so that commands can be pasted."""
    style = STYLES[finding.outcome]
    text = Text.assemble((f"{finding.outcome.value.upper()} ", style), (finding.rule_id, "bold"))
    text.append(f"  ({finding.level.value}; {finding.source})\n", "dim")
    text.append("  requires ", "dim").append(f"{finding.requires}\n")
    for complaint in finding.complaints[:6]:
        text.append("  • ", style).append(f"{shown(complaint, 600)}\n")
    if len(finding.complaints) > 6:
        text.append(f"  … and {len(finding.complaints) - 6} more\n", "dim")
    if why := "; ".join(told for told in (finding.why, finding.note) if told):
        text.append(f"  {why}\n", "dim")
    for command, answer in steps(finding.exchanges, verdict.id_field):
        text.append("  $ ", "blue").append(f"{shown(command, 2000)}\n")
        text.append(f"    -> {answer.status} {shown(answer.text, 240)}\n", "dim")
    return text.append("  repeat ", "dim").append(f"{verdict.repeat_rule(finding.rule_id)}\n")
