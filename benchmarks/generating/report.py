"""The figures of the fixtures for people and programs: a table, a JSON file, a picture.

Owns: medians, ratios, how they are shown.
Knows nothing of: how they were measured.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.serving.report import LIMIT_COLOUR, OURS_COLOUR, PEER_COLOUR


@dataclass
class Rates:
    """One maker: records by second in each round, and MB by number of records."""

    name: str
    version: str = ""
    rounds: list[float] = field(default_factory=list)
    memory: dict[int, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        return median(self.rounds)


@dataclass(frozen=True)
class Results:
    """ours, limit, peers: of the same fields; forms: our other views and formats."""

    settings: Mapping[str, Any]
    ours: Rates
    limit: Rates
    peers: list[Rates]
    forms: list[Rates]

    def times(self, other: Rates) -> float:
        """How many times as fast ours is: the median over the rounds, each with the same neighbours for both."""
        return median(mine / theirs for mine, theirs in zip(self.ours.rounds, other.rounds, strict=True))

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "settings": dict(self.settings),
            "makers": {
                rates.name: {
                    "version": rates.version,
                    "per_second": rates.rate,
                    "ours_is_times": self.times(rates),
                    "rounds": rates.rounds,
                    "memory_mb": rates.memory,
                }
                for rates in (self.ours, self.limit, *self.peers, *self.forms)
            },
        }


def show(console: Console, results: Results) -> None:
    """Print a line for each maker."""
    table = Table(title="Records by processor second, medians")
    for title in ("maker", "records/s", "ours is", "MB at so many records"):
        table.add_column(title, justify="left" if title == "maker" else "right")
    for rates in (results.limit, results.ours, *results.peers, *results.forms):
        memory = ", ".join(f"{count:,}: {megabytes:.0f}" for count, megabytes in rates.memory.items())
        name = f"{rates.name} {rates.version}".strip()
        table.add_row(name, f"{rates.rate:,.0f}", f"{results.times(rates):.2f} times", memory)
    console.print(table)


def write_json(file: Path, results: Results) -> None:
    """Write settings, medians, ratios and every round."""
    file.write_text(json.dumps(results.plain(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def draw(file: Path, results: Results) -> None:
    """Draw rates on the left and memory against the number of records on the right."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot

    rows = [results.limit, results.ours, *results.peers, *results.forms][::-1]
    colours = [
        LIMIT_COLOUR if row is results.limit else PEER_COLOUR if row in results.peers else OURS_COLOUR for row in rows
    ]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(13, 4.2), width_ratios=(2, 1), layout="constrained")
    bars = left.barh([row.name for row in rows], [row.rate for row in rows], color=colours)
    left.bar_label(bars, [f"{row.rate:,.0f}" for row in rows], padding=3, fontsize=8)
    left.set_title("records by processor second", fontsize=10)
    left.set_xlim(0, max(row.rate for row in rows) * 1.15)
    memory = results.ours.memory
    right.plot(list(memory), list(memory.values()), "o-", color=OURS_COLOUR)
    right.set(xscale="log", ylim=(0, max(memory.values(), default=1) * 1.3))
    right.set_title("most memory of our process, MB, by records", fontsize=10)
    for axis in (left, right):
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(labelsize=8)
    figure.supxlabel(", ".join(f"{key} {value}" for key, value in results.settings.items() if value), fontsize=8)
    figure.savefig(file, dpi=130)
    pyplot.close(figure)
