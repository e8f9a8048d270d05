"""How fast the mock is: beside a bare ASGI app, which is the limit, and beside other mock servers.

    python -m benchmarks.mock [--quick] [--no-peers] [--output FOLDER]

Owns: the order of the rounds. In each round every server in turn is started afresh, answers one warm-up and one
measured run of each scenario, is weighed and stopped: only one serves at a time, and all have the same neighbours.
Knows nothing of: how a server is started, loaded or shown (see benchmarks/serving).
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from http.client import HTTPException
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.serving import load, report, servers
from benchmarks.serving.figures import Figures
from benchmarks.serving.process import NotServing, free_port, known_ids, running
from benchmarks.serving.samples import GET, NoSamples, Samples, take


@click.command(context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
@click.option("--peers/--no-peers", default=True, help="Measure the other mock servers as well.")
@click.option("--quick", is_flag=True, help="One round of one second a scenario, to see that all works.")
@click.option("--rounds", type=click.IntRange(1, 20), default=5, help="Rounds; medians are told.")
@click.option("--seconds", type=click.IntRange(1, 60), default=4, help="Measured seconds a scenario and round.")
@click.option("--connections", type=click.IntRange(1, 256), default=16, help="Connections that are kept busy.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("reports"),
    help="For mock.json, mock.png.",
)
@click.option("--remark", default="", help="What else ran on the machine; stands in the results.")
def main(peers: bool, quick: bool, rounds: int, seconds: int, connections: int, output: Path, remark: str) -> None:
    """Measure the mock beside a bare ASGI app and other mock servers; write a table, JSON and a picture."""
    console = Console() if sys.stdout.isatty() else Console(width=150)
    if quick:
        rounds, seconds = 1, 1
    try:
        load.require_wrk()
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            samples = _samples(Path(folder))
            chosen = [
                server for server in servers.catalogue(samples) if peers or server.name in (servers.OURS, servers.LIMIT)
            ]
            figures = _measure(chosen, samples, rounds, seconds, connections, console)
    except (load.LoadFailed, NotServing, NoSamples) as error:
        click.echo(f"benchmark: {error}", err=True)
        sys.exit(2)
    settings = {
        **machine(),
        "rounds": rounds,
        "seconds": seconds,
        "connections": connections,
        "records": len(samples.detailed),
        "remark": remark,
    }
    ours, limit, *others = figures
    output.mkdir(parents=True, exist_ok=True)
    report.show(console, ours, limit, others)
    report.write_json(output / "mock.json", settings, ours, limit, others)
    report.draw(
        output / "mock.png",
        ", ".join(f"{key} {value}" for key, value in settings.items() if value),
        ours,
        limit,
        others,
    )
    console.print(f"written: {output / 'mock.json'}, {output / 'mock.png'}")


def machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "system": platform.system(),
        "machine": platform.machine(),
        "python": platform.python_version(),
    }


def _samples(folder: Path) -> Samples:
    port = free_port()
    with running(servers.ours()(port), port, GET, folder, {}) as server:
        return take(server.port, folder)


def _measure(
    chosen: list[servers.Server], samples: Samples, rounds: int, seconds: int, connections: int, console: Console
) -> list[Figures]:
    """Return the figures of every server, in the catalogue's order.

    Raises:
        NotServing, LoadFailed: our mock or the bare app does not work; a peer that does not is told as absent.
    """
    figures = {
        server.name: Figures(server.name, server.version, server.note, absent=servers.absent(server))
        for server in chosen
    }
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=rounds * len(chosen))
        for number in range(1, rounds + 1):
            for server in chosen:
                progress.update(task, description=f"round {number}: {server.name}")
                told = figures[server.name]
                if told.absent is None:
                    try:
                        _round(server, told, samples.folder, seconds, connections)
                    except (NotServing, load.LoadFailed, OSError, HTTPException, ValueError) as error:
                        if server.name in (servers.OURS, servers.LIMIT):
                            raise
                        told.absent = f"did not work: {error}"
                progress.advance(task)
    return list(figures.values())


def _round(server: servers.Server, told: Figures, folder: Path, seconds: int, connections: int) -> None:
    port = free_port()
    with running(server.command(port), port, server.calls["get"], folder, server.environment) as started:
        told.cold_starts.append(started.cold_start)
        for scenario, call in server.calls.items():
            ids = known_ids(started.port, call.each) if call.each else []
            warm = len(ids) // 5
            load.run(started, call, server.warm, connections, ids[:warm])
            told.loads[scenario].append(load.run(started, call, seconds, connections, ids[warm:]))
        told.memory.append(started.memory())


if __name__ == "__main__":
    main()
