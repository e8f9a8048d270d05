"""The mutation score as a page: by operator, what survived and why, beside published figures.

Owns: Score, `page`, `line`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.mutating.making import Mutant
from benchmarks.mutating.record import MISSED, Equivalent, Record, equivalents
from benchmarks.mutating.trial import Outcome

NOTICED = (Outcome.KILLED, Outcome.TIMED_OUT)
BROKEN = (Outcome.NOT_STARTED, Outcome.REFUSED)
"""Whoever starts such a server sees that it is broken: that is no merit of the rules."""


@dataclass(frozen=True, slots=True)
class Score:
    """So many mutants were noticed, survived, are equivalent, can't be worked with."""

    noticed: int
    survived: int
    equivalent: int
    broken: int

    @property
    def percent(self) -> str:
        """Noticed of those that start and are not equivalent."""
        told = self.noticed + self.survived
        return f"{100 * self.noticed / told:.1f} %" if told else "-"


def score(record: Record, keys: Iterable[str], known: Sequence[Equivalent], *, first: bool = False) -> Score:
    """first: as they were judged before rules were made for those that survived."""
    noticed = survived = equivalent = broken = 0
    for key in keys:
        outcome = record.first.get(key, record.trials[key].outcome) if first else record.trials[key].outcome
        if outcome in BROKEN:
            broken += 1
        elif outcome in NOTICED:
            noticed += 1
        elif any(entry.is_of(record.made[key]) for entry in known):
            equivalent += 1
        else:
            survived += 1
    return Score(noticed, survived, equivalent, broken)


def line(record: Record, known: Sequence[Equivalent]) -> str:
    """The whole in a line."""
    whole = score(record, record.trials, known)
    return (
        f"{len(record.trials)} of {len(record.made)} mutants judged: {whole.noticed} noticed, {whole.survived} "
        f"survived ({whole.percent}); {whole.equivalent} equivalent, {whole.broken} broken altogether"
    )


def page(record: Record, known: Sequence[Equivalent]) -> str:
    """docs/mutation-score.md."""
    whole, outcomes = score(record, record.trials, known), Counter(one.outcome for one in record.trials.values())
    operators: dict[str, list[str]] = {}
    for key in record.trials:
        operators.setdefault(record.made[key].operator, []).append(key)
    table = []
    for name, keys in sorted(operators.items()):
        one = score(record, keys, known)
        table.append(f"| {name} | {one.noticed} | {one.survived} | {one.percent} | {one.equivalent} | {one.broken} |")
    return HEAD.format(
        judged=len(record.trials),
        made=len(record.made),
        score=whole.percent,
        first=score(record, record.trials, known, first=True).percent,
        noticed=whole.noticed,
        refused=outcomes[Outcome.REFUSED],
        dead=outcomes[Outcome.NOT_STARTED],
        timed=outcomes[Outcome.TIMED_OUT],
        survived=whole.survived,
        equivalent=whole.equivalent,
        table="\n".join(table),
        missed="\n".join(_missed(record, known)) or "None.",
        excused="\n".join(_excused(record, known)) or "None.",
    )


def _missed(record: Record, known: Sequence[Equivalent]) -> list[str]:
    found, reasons = [], equivalents(MISSED)
    for key, trial in record.trials.items():
        mutant = record.made[key]
        if trial.outcome is Outcome.SURVIVED and not any(entry.is_of(mutant) for entry in known):
            why = next((f". {one.reason}" for one in reasons if one.is_of(mutant)), "")
            found.append(f"- {_where(mutant)}, in {trial.profile}: {_change(mutant.before, mutant.after)}{why}")
    return found


def _excused(record: Record, known: Sequence[Equivalent]) -> list[str]:
    met = [entry for entry in known if any(entry.is_of(record.made[key]) for key in record.trials)]
    return [f"- `{one.file}`: {_change(one.before, one.after)}. {one.reason}" for one in met]


def _where(mutant: Mutant) -> str:
    return f"`{mutant.file}:{mutant.line}`"


def _change(before: str, after: str) -> str:
    old, new = (" ".join(text.split()) for text in (before, after))
    return f"`` {old} `` became `` {new} ``"


HEAD = """\
# Mutation score

How many faults in a server's own code does `cancelkit verify` notice? `make mutate` makes mutants of the
[example backend](../examples/backend/README.md), which shares no code with the mock and the suite, starts each, checks
it, and writes this page. A mutant is noticed where a rule fails (at any level, `--strict`) or where the run does not
end. [The kill matrix](kill-matrix.md) is about mutants of the mock, which were made to be like the faults that we
thought of; these were made by a tool that knows nothing of the API.

**{score}** of {judged} mutants judged (of {made}; the order is drawn, so these are a sample): {noticed} were noticed
({timed} of them did not end), {survived} survived. Not counted: {equivalent} that are equivalent, judged by hand;
{dead} that do not start; {refused} that start and answer so that the suite stops before its first rule and says so,
such as 500 to every call. When they were judged first, before their survivors had led to rules, the score was
**{first}**; that is the one to compare.

| operator | noticed | survived | score | equivalent | broken altogether |
| --- | --- | --- | --- | --- | --- |
{table}

`RemoveArgument`, `RemoveElement` and `RemoveStatement` are ours, since much of a Django API is said rather than
computed; the others are Cosmic Ray's. mutmut can't be used here: it runs unit tests in its own process. Each mutant
meets the profile quick, until the first rule fails; what survives that may meet standard.

## Beside published figures

| what | figure |
| --- | --- |
| `cancelkit verify`, this page, judged first (now) | {first} ({score}) |
| MASTOR, mutation score over 13 APIs (2026) | 75.4 % |
| AGORA+ | 48 % |
| APIEval-20, the best: all bugs / complex ones | 0.83 / 76 % |

The subjects differ, and so do mutants, what counts as killed, and whence the oracles come: the others work on APIs
that they were not written for; this suite knows the contract that this backend was written from. A higher figure here
is not a better tool there.

## What survived

{missed}

## Equivalent

{excused}
"""
