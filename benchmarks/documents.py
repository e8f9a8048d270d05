"""The figures in README and docs, written from the results of the benchmarks.

    python -m benchmarks.documents

Owns: the tables between the marks `<!-- figures: NAME -->` and `<!-- end of figures -->`. Nobody types a figure there.
Source: benchmarks/results.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from benchmarks.generating.makers import LIMIT as LINES
from benchmarks.serving.figures import SCENARIOS
from benchmarks.serving.servers import LIMIT, OURS

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks/results"
DOCUMENTS = ("README.md", "docs/mock.md", "docs/workbench.md", "docs/fixtures.md")
KINDS = (("get",), ("three filters", "filtered list"), ("create",))
"""The columns of the table of sizes, ours and the peers' name of each."""
MANY = 50_000
_MARKED = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end of figures -->)", re.DOTALL)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Write the tables of README and docs anew."""
    for name in DOCUMENTS:
        path = ROOT / name
        path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")


def written(text: str) -> str:
    """Return a document with what stands between its marks made anew."""
    return _MARKED.sub(lambda found: f"{found[1]}\n{TABLES[found[2]]()}\n\n{found[3]}", text)


def _mock() -> str:
    told = _results("mock")
    servers, settings = told["servers"], told["settings"]
    ours, limit = servers.pop(OURS), servers.pop(LIMIT)
    peers = {name: peer for name, peer in servers.items() if "absent" not in peer}
    rows = []
    for scenario, title in SCENARIOS.items():
        rate = ours[scenario]["per_second"]
        best = max(peers, key=lambda name: peers[name][scenario]["per_second"])
        times = rate / peers[best][scenario]["per_second"]
        rows.append((title, f"{rate:,.0f}", f"{ours[scenario]['ratio_to_limit']:.2f}", f"{times:.1f} × {best}"))
    for title, place, unit in (("first answer", "cold_start_s", "s"), ("memory after all that", "memory_mb", "MB")):
        mine, bare = ours[place]["median"], limit[place]["median"]
        best = min(peers, key=lambda name: peers[name][place]["median"])
        shown = [f"{value:.2f} {unit}" if unit == "s" else f"{value:.0f} {unit}" for value in (mine, bare)]
        rows.append((title, shown[0], f"({shown[1]})", f"{mine / peers[best][place]['median']:.1f} × {best}"))
    versions = ", ".join(f"{name} {peer['version']}".strip() for name, peer in sorted(peers.items()))
    caption = (
        f"One run on {settings['cores']} cores, medians of {settings['rounds']} rounds of {settings['seconds']} s; "
        f"a bare ASGI app is the limit ({limit['get']['per_second']:,.0f} GETs a second). Beside {versions}."
    )
    return "\n".join([*_table((" ", "calls a second", "of the limit", "beside the best peer"), rows), "", caption])


def _scale() -> str:
    told = [row for name in ("scale", "scale-million", "scale-five") for row in _measured(name)]
    rows = []
    for row in told:
        if row["records"] < MANY:
            continue
        times = row.get("ms", {})
        shown = [next((times[kind]["p50"] for kind in kinds if kind in times), None) for kinds in KINDS]
        rows.append(
            (
                f"{row['records']:,} {'in ' + row['server'] if 'start' not in row else row['start']}",
                f"{row['start_seconds']:,.1f} s",
                f"{row['own_mb_after_calls']:,.0f} MB" if times else "",
                *(f"{value:,.1f} ms" if value is not None else "" for value in shown),
            )
        )
    head = ("records", "first answer", "memory of its own after the calls", "get", "three filters", "create")
    loads = sorted(row["load"] for row in told)
    caption = f"Medians, the client's share included; {_load(loads)}."
    return "\n".join([*_table(head, rows), "", caption])


def _durability() -> str:
    told = _results("durability")
    kinds = told["measured"]
    without = kinds["no --state"]
    words = {
        "full": "the loss of power: each waits for the disk",
        "process": "the end of the process, `kill -9` among them",
        "lazy": "the same, half a second later",
    }
    rows = [
        (
            f"`{kind}`" + (" (default)" if kind == "process" else ""),
            said,
            f"{kinds[kind]['share']:.2f}",
            f"{kinds[kind]['cpu_us'] / without['cpu_us']:.1f}",
            f"{kinds[kind]['first_write_ms']:.1f} ms",
        )
        for kind, said in words.items()
    ]
    head = (
        "`--durability`",
        "an answered write survives",
        "creates a second, without `--state` 1",
        "processor time of a create, without 1",
        "first write",
    )
    return "\n".join([*_table(head, rows), "", f"One run; {_load([told['settings']['load']])}."])


def _fixtures() -> str:
    told = _results("fixtures")
    makers = told["makers"]
    limit = makers[LINES]["per_second"]
    rows = [
        (
            f"{name} {made['version']}".strip(),
            f"{made['per_second']:,.0f}",
            f"{made['per_second'] / limit:.3f}",
            f"{made['memory_mb']['10000']:.0f} MB" if made["memory_mb"] else "",
        )
        for name, made in makers.items()
    ]
    settings = told["settings"]
    caption = "; ".join(filter(None, (f"One run, medians of {settings['rounds']} rounds", settings["remark"]))) + "."
    head = ("maker", "records by processor second", "of the limit", "memory at 10,000")
    return "\n".join([*_table(head, rows), "", caption])


TABLES: Mapping[str, Callable[[], str]] = {
    "mock": _mock,
    "scale": _scale,
    "durability": _durability,
    "fixtures": _fixtures,
}


def _load(loads: Sequence[float]) -> str:
    least, most = loads[0], loads[-1]
    return f"load of the machine {least:.0f}" + (f" to {most:.0f}" if round(least) != round(most) else "")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


def _measured(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _results(name)["measured"] if (RESULTS / f"{name}.json").exists() else []
    return found


def _results(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    main()
