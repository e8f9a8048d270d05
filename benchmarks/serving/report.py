"""The benchmark's figures for people and programs: a table, a JSON file, a picture.

Owns: how figures are shown.
Knows nothing of: how they were measured.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.serving.figures import SCENARIOS, Figures, leads

OURS_COLOUR, LIMIT_COLOUR, PEER_COLOUR = "#1f6feb", "#9a9a9a", "#d9822b"


def show(console: Console, ours: Figures, limit: Figures, peers: list[Figures]) -> None:
    """Print a column for each server (requests/s, CPU for each request), and in each row the best peer beside ours."""
    table = Table(title="Medians; in brackets the ratio to the bare app", show_lines=True)
    table.add_column("")
    shown = [figures for figures in (ours, limit, *peers) if figures.absent is None]
    for figures in shown:
        faults = f"\n[red]{figures.faults()} calls failed[/red]" if figures.faults() else ""
        table.add_column(f"{figures.name}\n[dim]{figures.version}[/dim]{faults}", justify="right")
    table.add_column("ours to the best peer")
    best = {column: f"{lead:.2f} times\n{name}" for column, (lead, name) in leads(ours, peers).items()}
    rows = {"cold start": [f"{one.cold_start:.2f} s" for one in shown]}
    rows["memory"] = [f"{one.megabytes:.0f} MB" for one in shown]
    for name, title in SCENARIOS.items():
        rows[title] = [
            f"{one.per_second(name):,.0f} ({one.per_second(name) / limit.per_second(name):.2f})\n"
            f"[dim]cpu {one.cpu_us(name):,.0f} µs[/dim]"
            for one in shown
        ]
    for title, cells in rows.items():
        table.add_row(title, *cells, best.get(title, ""))
    console.print(table)
    for figures in peers:
        if figures.absent is not None:
            console.print(f"{figures.name}: absent: {figures.absent}")


def write_json(file: Path, settings: Mapping[str, Any], ours: Figures, limit: Figures, peers: list[Figures]) -> None:
    """Write settings, every server's figures, and our lead over the best peer by column."""
    data = {
        "settings": settings,
        "servers": {figures.name: figures.plain(limit) for figures in (ours, limit, *peers)},
        "lead_over_best_peer": {
            column: {"times": lead, "peer": name} for column, (lead, name) in leads(ours, peers).items()
        },
    }
    file.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def draw(file: Path, caption: str, ours: Figures, limit: Figures, peers: list[Figures]) -> None:
    """Draw one panel for each column as a PNG, every server a bar with its figure beside it."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot

    rows = [figures for figures in (limit, ours, *peers) if figures.absent is None][::-1]
    colours = [
        OURS_COLOUR if figures is ours else LIMIT_COLOUR if figures is limit else PEER_COLOUR for figures in rows
    ]
    panels = [
        (f"{title}\nrequests/s", [row.per_second(name) for row in rows], "{:,.0f}") for name, title in SCENARIOS.items()
    ]
    panels.append(("cold start\nseconds to the first 200", [row.cold_start for row in rows], "{:.2f}"))
    panels.append(("memory after the load\nMB", [row.megabytes for row in rows], "{:.0f}"))
    across = (len(panels) + 1) // 2
    figure, axes = pyplot.subplots(2, across, figsize=(17, 1.1 * len(rows) + 2.4), sharey=True, layout="constrained")
    for axis, (title, values, pattern) in zip(axes.flat, panels, strict=True):
        bars = axis.barh([row.name for row in rows], values, color=colours)
        axis.bar_label(bars, [pattern.format(value) for value in values], padding=3, fontsize=8)
        axis.set_title(title, fontsize=10)
        axis.set_xlim(0, max(values) * 1.3)
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(axis="x", labelsize=8)
    figure.supxlabel(caption, fontsize=8)
    figure.savefig(file, dpi=130)
    pyplot.close(figure)
