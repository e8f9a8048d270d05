"""What is known of each mutant, kept in a file as the run goes on, so that an interrupted run is taken up again.

Owns: Record (results/mutation.json), Equivalent (equivalent.json, judged by hand), telling stale entries.
Knows nothing of: how mutants are made or judged.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.mutating.making import Mutant
from benchmarks.mutating.trial import Outcome, Trial

EQUIVALENT = Path(__file__).with_name("equivalent.json")
MISSED = Path(__file__).with_name("missed.json")
"""Survivors that are not equivalent and get no rule, in the same form."""


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A mutant that keeps the contract, or that no client can tell; why, in the words of who looked at it."""

    file: str
    operator: str
    before: str
    after: str
    reason: str

    def is_of(self, mutant: Mutant) -> bool:
        return (self.file, self.operator, self.before, self.after) == (
            mutant.file, mutant.operator, mutant.before, mutant.after
        )  # fmt: skip


def equivalents(path: Path = EQUIVALENT) -> list[Equivalent]:
    return [Equivalent(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


@dataclass(slots=True)
class Record:
    """Trials by the keys of mutants.

    made: every mutant that there is, judged or not. first: what came of each before any rule was made for it.
    """

    path: Path
    made: Mapping[str, Mutant]
    trials: dict[str, Trial] = field(default_factory=dict)
    first: dict[str, Outcome] = field(default_factory=dict)

    def read(self) -> None:
        """Take up what the file knows of mutants that are still made."""
        if self.path.exists():
            for entry in json.loads(self.path.read_text(encoding="utf-8"))["mutants"]:
                if entry["key"] in self.made:
                    known = {name: entry[name] for name in ("by", "profile", "seconds")}
                    self.trials[entry["key"]] = Trial(Outcome(entry["outcome"]), **known)
                    self.first[entry["key"]] = Outcome(entry.get("first", entry["outcome"]))

    def note(self, key: str, trial: Trial) -> None:
        if key not in self.first or self.trials[key].profile != trial.profile:  # another profile, not another suite
            self.first[key] = trial.outcome
        self.trials[key] = trial
        self.write()

    def write(self) -> None:
        entries = [json.dumps(self._entry(key), ensure_ascii=False) for key in self.made if key in self.trials]
        text = f'{{"made": {len(self.made)}, "mutants": [\n' + ",\n".join(entries) + "\n]}\n"
        spare = self.path.with_suffix(".new")
        spare.write_text(text, encoding="utf-8")
        spare.replace(self.path)

    def _entry(self, key: str) -> dict[str, Any]:
        mutant, trial = self.made[key], self.trials[key]
        told = {name: getattr(mutant, name) for name in ("file", "line", "operator", "before", "after")}
        found = {name: getattr(trial, name) for name in ("by", "profile", "seconds")}
        first = self.first.get(key, trial.outcome)
        before = {} if first is trial.outcome else {"first": first.value}
        return {"key": key, **told, "outcome": trial.outcome.value, **before, **found}

    def stale(self, known: Iterable[Equivalent]) -> list[str]:
        """What is wrong with entries of equivalent mutants: none is like them, or one that is was killed."""
        wrong = []
        for entry in known:
            meant = [key for key, mutant in self.made.items() if entry.is_of(mutant)]
            if not meant:
                wrong.append(f"no mutant of {entry.file} turns {entry.before!r} into {entry.after!r}")
            outcomes = {key: self.trials[key] for key in meant if key in self.trials}
            wrong += [
                f"{entry.after!r} in {entry.file} was noticed: {trial.by}"
                for trial in outcomes.values()
                if trial.outcome not in (Outcome.SURVIVED, Outcome.NOT_STARTED)
            ]
        return wrong
