"""How fast the fixtures are: beside a loop that serialises random dicts (the limit), and beside other generators.

    python -m benchmarks.fixtures [--quick] [--output FOLDER]

Owns: the order of the rounds. In each round every maker in turn makes records for a while, so that all have the same
neighbours on the machine; memory is weighed afterwards, in processes of their own.
Knows nothing of: how records are made, weighed or shown (see benchmarks/generating).
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from benchmarks.generating import report
from benchmarks.generating.makers import FORMS, MAKERS
from benchmarks.generating.weighing import megabytes, per_second

FEW, SIZES = 10_000, (10_000, 100_000, 1_000_000)


@click.command(context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
@click.option("--quick", is_flag=True, help="One short round and little memory, to see that all works.")
@click.option("--rounds", type=click.IntRange(1, 50), default=7, help="Rounds; medians are told.")
@click.option("--seconds", type=click.FloatRange(0.01, 60), default=1.0, help="Processor seconds a maker and round.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("reports"),
    help="For fixtures.json, fixtures.png.",
)
@click.option("--remark", default="", help="What else ran on the machine; stands in the results.")
def main(quick: bool, rounds: int, seconds: float, output: Path, remark: str) -> None:
    """Measure the fixtures beside other generators and the limit; write a table, JSON and a picture."""
    console = Console() if sys.stdout.isatty() else Console(width=110)
    sizes: tuple[int, ...] = SIZES
    few = FEW
    if quick:
        rounds, seconds, sizes, few = 1, 0.05, (100, 1000), 100
    makers = [*MAKERS, *FORMS]
    rates = [report.Rates(maker.name, maker.version) for maker in makers]
    for _ in track(range(rounds), "rounds", console=console, transient=True):
        for maker, told in zip(makers, rates, strict=True):
            told.rounds.append(per_second(maker.make, seconds))
    for told in track(rates[: len(MAKERS)], "memory", console=console, transient=True):
        told.memory = {size: megabytes(told.name, size) for size in (sizes if told is rates[0] else (few,))}
    ours, limit, *others = rates
    settings = {
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "rounds": rounds,
        "seconds": seconds,
        "remark": remark,
    }
    peers = len(MAKERS) - 2
    results = report.Results(settings, ours, limit, others[:peers], others[peers:])
    output.mkdir(parents=True, exist_ok=True)
    report.show(console, results)
    report.write_json(output / "fixtures.json", results)
    report.draw(output / "fixtures.png", results)
    console.print(f"written: {output / 'fixtures.json'}, {output / 'fixtures.png'}")


if __name__ == "__main__":
    main()
