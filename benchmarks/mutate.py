"""How many faults in a server's own code does `cancelkit verify` notice?

    python -m benchmarks.mutate [--most 200] [--only 'shop/*'] [--again] [--report]

Makes mutants of the example backend (mutating/making.py), starts each and runs the suite against it: the profile quick
until the first rule fails, then standard for those that survived. What is found is kept in results/mutation.json after
each; a run that was interrupted goes on where it stopped. The order is drawn, so a part of a run is a sample.

Owns: the order, two at a time, progress; exit code 0 good, 1 an entry of mutating/equivalent.json is stale, 2 could not
run.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from fnmatch import fnmatchcase
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.mutating import report
from benchmarks.mutating.making import Mutant, mutants
from benchmarks.mutating.record import MISSED, Record, equivalents
from benchmarks.mutating.trial import BACKEND, Outcome, Trial, judged

RESULTS = Path(__file__).parent / "results/mutation.json"
PAGE = Path(__file__).parents[1] / "docs/mutation-score.md"
FILES = tuple(
    f"{folder}/{name}.py"
    for folder, names in {
        "cancellations": ("collation", "fields", "filters", "models", "serializers", "views"),
        "shop": ("authentication", "cors", "errors", "pagination", "parsers", "urls"),
    }.items()
    for name in names
)
"""The code that is the API's behaviour: not settings, migrations, made-up data, nor what serves HTTP."""
QUICK, STANDARD = "quick", "standard"


def made() -> dict[str, Mutant]:
    """Every mutant by its key, in an order that looks drawn and is the same each time."""
    found = [one for file in FILES for one in mutants(file, (BACKEND / file).read_text(encoding="utf-8"))]
    return {one.key: one for one in sorted(found, key=lambda one: one.key)}


def run(record: Record, keys: Sequence[str], profile: str, workers: int, console: Console) -> None:
    """Judge these mutants with a profile; what is found stands in the record, however the run ends."""

    def one(key: str) -> Trial:
        mutant = record.made[key]
        return judged(mutant.file, mutant.source, [profile])

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    pool = ThreadPoolExecutor(workers)
    try:
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(profile, total=len(keys))
            futures = {pool.submit(one, key): key for key in keys}
            for future in as_completed(futures):
                key, trial = futures[future], future.result()
                record.note(key, trial)
                mutant = record.made[key]
                progress.advance(task)
                where = f"{mutant.file}:{mutant.line}"
                words = f"{trial.outcome:<14} {where:<34} {mutant.operator:<28} {trial.seconds:6.1f} s  {trial.by}"
                progress.console.print(words, markup=False, highlight=False, soft_wrap=True)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@click.command(help=__doc__)
@click.option("--most", type=click.IntRange(min=0), help="Judge at most so many that were not judged yet.")
@click.option("--only", multiple=True, help="Only mutants of files that match this glob, or that have this key.")
@click.option("--again", is_flag=True, help="Judge the survivors again, as when rules were added.")
@click.option("--quick-only", is_flag=True, help="Leave the profile standard for another time.")
@click.option("--workers", default=2, show_default=True, help="So many at a time.")
@click.option("--report", "only_report", is_flag=True, help="Judge nothing; write docs/mutation-score.md.")
def main(
    most: int | None, only: tuple[str, ...], again: bool, quick_only: bool, workers: int, only_report: bool
) -> None:
    console = Console(stderr=True)
    known = equivalents()
    record = Record(RESULTS, made())
    record.read()
    chosen = [
        key for key, one in record.made.items()
        if not only or any(key == glob or fnmatchcase(one.file, glob) for glob in only)
    ]  # fmt: skip
    spared = {key for key in chosen if any(entry.is_of(record.made[key]) for entry in known)}
    if not only_report:
        if not record.trials:
            _sound(console)
        fresh = [key for key in chosen if key not in record.trials][:most]
        run(record, fresh, QUICK, workers, console)

        def surviving(profile: str) -> list[str]:
            trials = {key: record.trials[key] for key in chosen if key in record.trials and key not in spared}
            return [k for k, t in trials.items() if t.outcome is Outcome.SURVIVED and t.profile == profile]

        if again:
            run(record, surviving(STANDARD), STANDARD, workers, console)
        if not quick_only:
            run(record, surviving(QUICK), STANDARD, workers, console)
    # PAGE.write_text(report.page(record, known), encoding="utf-8")
    console.print(report.line(record, known))
    if stale := record.stale([*known, *equivalents(MISSED)]):
        console.print("\n".join(f"equivalent.json or missed.json: {one}" for one in stale), markup=False)
        sys.exit(1)


def _sound(console: Console) -> None:
    """The backend as it is must keep the contract, or nothing that a mutant breaks tells anything."""
    file = FILES[0]
    trial = judged(file, (BACKEND / file).read_text(encoding="utf-8"), [QUICK])
    if trial.outcome is not Outcome.SURVIVED:
        console.print(f"The backend without a mutant: {trial.outcome}, {trial.by}", markup=False)
        sys.exit(2)


if __name__ == "__main__":
    main()
