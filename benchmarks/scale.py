"""How the cost of the mock grows with its records: start, memory and every kind of call, from a thousand to millions.

    python -m benchmarks.scale [--most N] [--no-peers] [--output FOLDER]

Owns: the order of the measurements. At each size our mock is started with an empty cache, from the cache and without
one, then the peers with the same records; one serves at a time.
Knows nothing of: how a server is started (serving/), which calls are timed (scaling/calls.py).
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks.mock import machine
from benchmarks.scaling.calls import Failed, Line, Subject, of_peer, ours, timed
from benchmarks.scaling.filters import measured
from benchmarks.serving import servers
from benchmarks.serving.process import NotServing, free_port, running
from benchmarks.serving.samples import GET, LIST, NoSamples, take
from cancelkit.mockserver.base.origin import PAYS

PATIENCE = 900.0
PEER_CALLS, PEER_SECONDS = 300, 30.0
"""A peer looks through all its records at each call, and some write all of them."""
SESSIONS, CHANGES = 200, 10
Command = Sequence[str | Path]


@click.command(context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
@click.option("--least", type=click.IntRange(100), default=1000, help="The smallest number of records.")
@click.option("--most", type=click.IntRange(100, 10_000_000), default=100_000, help="The largest; ten times each step.")
@click.option("--calls", type=click.IntRange(9), default=10_000, help="Mixed calls at each size.")
@click.option("--memory/--no-memory", default=True, help="Measure the mock without a cache as well.")
@click.option("--filters/--no-filters", default=False, help="Measure every two and every three filters together.")
@click.option("--peers/--no-peers", default=True, help="Measure json-server and Mockoon as well.")
@click.option("--peers-most", type=int, default=100_000, help="Records up to which peers are tried.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), default=Path("reports"))
@click.option("--remark", default="", help="What else ran on the machine; stands in the results.")
def main(
    least: int,
    most: int,
    calls: int,
    memory: bool,
    filters: bool,
    peers: bool,
    peers_most: int,
    output: Path,
    remark: str,
) -> None:
    """Measure how start, memory and calls grow with the number of records; write a table, JSON and a picture."""
    console = Console() if sys.stdout.isatty() else Console(width=110)
    sizes = [size for step in range(12) if (size := least * 10**step) <= most]
    found: list[dict[str, Any]] = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="scale-") as folder:
            try:
                found += _ours(Path(folder), size, calls, memory=memory, filters=filters)
                if peers and size <= peers_most:
                    found += _peers(Path(folder), size)
            except (NotServing, NoSamples, Failed, OSError, HTTPException) as error:
                click.echo(f"benchmark: {size} records: {error}", err=True)
                sys.exit(2)
    output.mkdir(parents=True, exist_ok=True)
    settings = {**machine(), "calls": calls, "remark": remark}
    text = json.dumps({"settings": settings, "measured": found}, indent=2, ensure_ascii=False)
    (output / "scale.json").write_text(text + "\n", encoding="utf-8")
    draw(output / "scale.png", found)
    console.print(table(found))
    for one in found:
        for kind in ("filters", "filters_cpu"):
            for title, told in one.get(kind, {}).items():
                slowest = "; ".join(f"{each['filters']} {each['median']:.1f}" for each in told["worst"])
                what = "processor ms" if kind == "filters_cpu" else "ms"
                console.print(f"{one['records']} records, {title}: 99 % {told['p99']:.1f} {what}; longest: {slowest}")
    console.print(f"written: {output / 'scale.json'}, {output / 'scale.png'}")


def _ours(folder: Path, size: int, calls: int, *, memory: bool, filters: bool) -> list[dict[str, Any]]:
    cache = {"XDG_CACHE_HOME": str(folder)}
    start = [Path(sys.executable), "-m", "cancelkit", "mock", "--size", str(size)]
    told = []
    starts = {"first start": (), "from the cache": (), "without a cache": ("--no-cache",)}
    for name, more in starts.items():
        if not (memory if more else size >= PAYS):
            continue
        port = free_port()
        with running([*start, *more, "--port", str(port)], port, GET, Path.cwd(), cache, PATIENCE) as server:
            found = {"server": servers.OURS, "start": name, "records": size, "load": _load()}
            found |= {"start_seconds": round(server.cold_start, 3), **_memory(server, "at_start")}
            if name != "first start":
                line = Line(port)
                found["ms"] = timed(line, ours(line, size), calls)
                found |= _memory(server, "after_calls")
                if filters:
                    found["filters"] = measured(line)
                    found["filters_cpu"] = measured(line, seed=2, clock=server.exact_cpu)
                before = server.own_memory()
                _many_sessions(line, size)
                found["sessions_mb"] = round(server.own_memory() - before, 1)
        told.append(found)
    return told


def _many_sessions(line: Line, size: int) -> None:
    """Sessions that each change some records, which lie all over the data."""
    body, ids = json.dumps({"description": "measured"}).encode(), list[int]()
    for page in (max(1, size // 3 * part // CHANGES) for part in range(CHANGES)):
        ids.append(json.loads(line.ask(("GET", f"{LIST}?limit=1&page={page}", None), 200)[1])["results"][0]["id"])
    for number in range(SESSIONS):
        for id in ids:
            line.ask(("PATCH", f"/s/many{number}{LIST}{id}/", body), 200)


def _peers(folder: Path, size: int) -> list[dict[str, Any]]:
    port = free_port()
    start = [sys.executable, "-m", "cancelkit", "mock", "--size", str(size), "--port", str(port)]
    with running(start, port, GET, Path.cwd(), {"XDG_CACHE_HOME": str(folder)}, PATIENCE):
        samples = take(port, folder)
    told = []
    for server in servers.catalogue(samples):
        if server.name not in ("json-server", "Mockoon"):
            continue
        found: dict[str, Any] = {"server": server.name, "records": len(samples.detailed), "load": _load()}
        why = servers.absent(server)
        if why is None:
            why = _peer(server, found, folder, of_peer(server.calls))
        told.append({**found, "absent": why} if why else found)
    return told


def _peer(server: servers.Server, found: dict[str, Any], folder: Path, subject: Subject) -> str | None:
    """Measure a peer; why it could not be."""
    port = free_port()
    first = server.calls["get"]
    try:
        with running(server.command(port), port, first, folder, server.environment, PATIENCE / 6) as started:
            found |= {"start_seconds": round(started.cold_start, 3), **_memory(started, "at_start")}
            found["ms"] = timed(Line(port), subject, PEER_CALLS, PEER_SECONDS)
            found |= _memory(started, "after_calls")
    except (NotServing, Failed, OSError, HTTPException) as error:
        return f"did not work: {' '.join(str(error).split())[:200] or type(error).__name__}"
    return None


def _memory(server: Any, when: str) -> dict[str, float]:
    """In MB: all that is resident, and that without the pages of mapped files."""
    return {f"mb_{when}": round(server.memory(), 1), f"own_mb_{when}": round(server.own_memory(), 1)}


def _load() -> float:
    return round(os.getloadavg()[0], 1)


def table(found: Sequence[Mapping[str, Any]]) -> Table:
    """One row for each server and size; milliseconds as median / 99th percentile."""
    shown = Table(title="ms: median / 99 %; memory without mapped files; records as the server has them")
    for title in ("server", "records", "start", "memory", "get", "filters", "far page", "create", "load"):
        shown.add_column(title, justify="left" if title == "server" else "right")
    for one in found:
        times = one.get("ms", {})
        far = next((times[kind] for kind in times if kind.startswith("page ")), None)
        filters = times.get("three filters") or times.get("filtered list")
        cells = [_pair(each) for each in (times.get("get"), filters, far, times.get("create"))]
        name = " ".join(filter(None, (one["server"], one.get("start"))))
        if "absent" in one:
            shown.add_row(name, str(one["records"]), one["absent"])
            continue
        memory = one.get("own_mb_after_calls", one["own_mb_at_start"])
        numbers = (str(one["records"]), f"{one['start_seconds']:.2f} s", f"{memory:.0f} MB")
        shown.add_row(name, *numbers, *cells, str(one["load"]))
    return shown


def _pair(times: Mapping[str, float] | None) -> str:
    return f"{times['p50']:.1f} / {times['p99']:.1f}" if times else ""


def draw(file: Path, found: Sequence[Mapping[str, Any]]) -> None:
    """Draw start, memory and the median of each kind of call by the number of records, both scales by powers."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 3, figsize=(16, 5), layout="constrained")
    by_server: dict[str, list[Mapping[str, Any]]] = {}
    for one in found:
        if "absent" not in one:
            by_server.setdefault(" ".join(filter(None, (one["server"], one.get("start")))), []).append(one)
    for name, points in by_server.items():
        sizes = [one["records"] for one in points]
        axes[0].plot(sizes, [one["start_seconds"] for one in points], "o-", label=name)
        memory = [one.get("own_mb_after_calls", one["own_mb_at_start"]) for one in points]
        axes[1].plot(sizes, memory, "o-", label=name)
        if name.endswith("from the cache"):
            for kind in ("get", "three filters", "create"):
                axes[2].plot(sizes, [one["ms"][kind]["p50"] for one in points], "o-", label=f"{kind}, {name}")
        elif "ms" in points[0] and "filtered list" in points[0]["ms"]:
            axes[2].plot(sizes, [one["ms"]["filtered list"]["p50"] for one in points], "o--", label=f"list, {name}")
    for axis, title in zip(axes, ("seconds to the first answer", "MB of its own", "ms, median"), strict=True):
        axis.set(xscale="log", yscale="log", title=title, xlabel="records")
        axis.legend(fontsize=7)
    figure.savefig(file, dpi=130)
    pyplot.close(figure)


if __name__ == "__main__":
    main()
