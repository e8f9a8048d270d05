"""The kill matrix: which rules found which mutant, as the page docs/kill-matrix.md.

Owns: Kill, the page, the fingerprint by which it is known to be of today.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cancelkit.contract_tests.engine.verdict import Outcome, Verdict
from cancelkit.contract_tests.prove.proving import Mutant


@dataclass(frozen=True, slots=True)
class Kill:
    """How one mutant ended. `rules`: those that failed, with their areas; empty where it survived."""

    mutant: str
    summary: str
    rules: tuple[tuple[str, str], ...]
    seconds: float
    trouble: str = ""


def fingerprint(rules: Iterable[str], mutants: Iterable[Mutant]) -> str:
    """Twelve hexadecimal digits that differ where the rules' ids or the mutants do."""
    lines = [*sorted(rules), "", *sorted(f"{mutant.name} {mutant.summary}" for mutant in mutants)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def as_markdown(verdict: Verdict, kills: Sequence[Kill], mark: str, *, full: bool, every: bool = False) -> str:
    """The page docs/kill-matrix.md; `mark` is the fingerprint of rules and mutants."""
    killed = sum(bool(kill.rules) for kill in kills)
    alarms = sum(f.outcome is Outcome.FAILED for f in verdict.findings)
    command = ("--prove-full" if full else "--prove") + (" --all" if every else "")
    reach = "Every rule that fails is counted." if full else "Each mutant was left at the first rules that failed."
    lines = [
        "# The kill matrix",
        "",
        f"Written by `cancelkit verify {command} --matrix docs/kill-matrix.md`; do not edit. {reach}",
        "",
        f"The suite ({len(verdict.findings)} rules, profile {verdict.profile}, seed {verdict.seed}) killed {killed} of "
        f"{len(kills)} mutants of the mock, and found {alarms} faults in the correct mock. Fingerprint of rules and "
        f"mutants: `{mark}`.",
        "",
        f"| mutant | what is wrong | rules that fail | {'areas' if full else 'area'} |",
        "| --- | --- | --- | --- |",
    ]
    for kill in kills:
        areas = ", ".join(dict.fromkeys(area for _, area in kill.rules))
        ids = [f"`{id}`" for id, _ in kill.rules[:4]] + [f"{len(kill.rules) - 4} more"] * (len(kill.rules) > 4)
        lines.append(f"| `{kill.mutant}` | {kill.summary} | {', '.join(ids) or '**survived**'} | {areas} |")
    return "\n".join(lines) + "\n"
