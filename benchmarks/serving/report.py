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
    """Print one row for each server (requests/s, CPU for each request, p50 / p99), and by how much we lead."""
    table = Table(title="Medians; in brackets the ratio to the bare app", show_lines=True)
    table.add_column("server")
    for title in ("cold start", "memory", *SCENARIOS.values()):
        table.add_column(title, justify="right")
    for figures in (ours, limit, *peers):
        name = f"{figures.name}\n[dim]{figures.version}[/dim]"
        if figures.absent is not None:
            table.add_row(name, f"absent: {figures.absent}")
            continue
        cells = [f"{figures.cold_start:.2f} s", f"{figures.megabytes:.0f} MB"]
        for scenario in SCENARIOS:
            rate, cpu = figures.per_second(scenario), figures.cpu_us(scenario)
            cells.append(
                f"{rate:,.0f}/s ({rate / limit.per_second(scenario):.2f})\n"
                f"cpu {cpu:,.0f} µs ({limit.cpu_us(scenario) / cpu:.2f})\n"
                f"[dim]{figures.p50(scenario):.1f} / {figures.p99(scenario):.1f} ms[/dim]"
            )
        faults = f"\n[red]{figures.faults()} calls failed[/red]" if figures.faults() else ""
        table.add_row(name + faults, *cells)
    console.print(table)
    for column, (lead, name) in leads(ours, peers).items():
        console.print(f"{column}: {lead:.2f} times the best peer ({name})")


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
    figure, axes = pyplot.subplots(
        1, len(panels), figsize=(17, 0.55 * len(rows) + 1.6), sharey=True, layout="constrained"
    )
    for axis, (title, values, pattern) in zip(axes, panels, strict=True):
        bars = axis.barh([row.name for row in rows], values, color=colours)
        axis.bar_label(bars, [pattern.format(value) for value in values], padding=3, fontsize=8)
        axis.set_title(title, fontsize=10)
        axis.set_xlim(0, max(values) * 1.3)
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(axis="x", labelsize=8)
    figure.supxlabel(caption, fontsize=8)
    figure.savefig(file, dpi=130)
    pyplot.close(figure)
