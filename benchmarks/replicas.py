"""What replicas behind a load balancer add, and what the load balancer costs: 200 sessions read through it.

    python -m benchmarks.replicas [--front nginx|haproxy] [--seconds 5] [--rounds 3] [--output FOLDER]

Owns: the order of the rounds, so that all have the same neighbours, and the table. Calls a second are told as a share
of one mock without a load balancer, measured in the same round: they grow where there are cores for all replicas, the
load balancer and wrk. What a call costs the processors minds less what else the machine does.
Knows nothing of: how a fleet is started (tests/deploy/fleet.py).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import NamedTuple

import click
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.serving.load import LoadFailed, require_wrk
from tests.deploy.fleet import HAPROXY, NGINX, fleet
from tests.mockserver.bench import LIST

SCRIPT = Path(__file__).with_name("replicas.lua")
MOST = 3
ALONE = 0
"""Stands for one mock without a load balancer."""


@click.command(context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
@click.option("--front", type=click.Choice(["nginx", "haproxy"]), default="nginx", help="Which load balancer.")
@click.option("--seconds", type=click.IntRange(1, 60), default=5, help="Measured seconds of each.")
@click.option("--rounds", type=click.IntRange(1, 20), default=3, help="Rounds; medians are told.")
@click.option("--connections", type=click.IntRange(1, 256), default=32, help="Connections that are kept busy.")
@click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False), default=Path("reports"), help="For the JSON."
)
def main(front: str, seconds: int, rounds: int, connections: int, output: Path) -> None:
    """Measure one to three replicas behind a load balancer."""
    if (NGINX if front == "nginx" else HAPROXY) is None:
        click.echo(f"benchmark: {front} is not installed", err=True)
        sys.exit(2)
    found: dict[int, list[Figures]] = {replicas: [] for replicas in range(ALONE, MOST + 1)}
    try:
        for _ in range(rounds):
            for replicas, figures in found.items():
                figures.append(_measured(front, replicas, seconds, connections))
    except LoadFailed as error:
        click.echo(f"benchmark: {error}", err=True)
        sys.exit(2)
    table = Table("replicas", "calls a second", "share", "µs a call in mocks", "in front", "busiest replica")
    table.title = f"{front}, {os.cpu_count()} cores; shares are of one mock alone"
    told = {}
    for replicas, figures in found.items():
        share = median(each.rate / alone.rate for each, alone in zip(figures, found[ALONE], strict=True))
        rate, mocks, ahead, busiest = (median(column) for column in zip(*figures, strict=True))
        name = str(replicas) if replicas else "one, nothing in front"
        table.add_row(name, f"{rate:.0f}", f"{share:.2f}", f"{mocks:.0f}", f"{ahead:.0f}", f"{busiest:.0%}")
        told[name] = {"rate": rate, "share": share, "mocks_us": mocks, "front_us": ahead, "busiest": busiest}
    Console(width=100).print(table)
    output.mkdir(parents=True, exist_ok=True)
    (output / f"replicas-{front}.json").write_text(
        json.dumps({"front": front, "cores": os.cpu_count(), "load": os.getloadavg(), **told}, indent=1) + "\n"
    )


class Figures(NamedTuple):
    """rate: calls a second. mocks, ahead: µs of a processor for a call. busiest: the largest share of that."""

    rate: float
    mocks: float
    ahead: float
    busiest: float


def _measured(front: str, replicas: int, seconds: int, connections: int) -> Figures:
    """After one second of warming up."""
    with tempfile.TemporaryDirectory() as folder:
        fronts = [front] if replicas else []
        with fleet(Path(folder), "--size", "100", fronts=fronts, replicas=replicas or 1) as run:
            url = run.fronts[front] if replicas else run.replicas[0].url
            _load(url, 1, connections)
            mocks = [replica.server.process.pid for replica in run.replicas if replica.server]
            before = [_cpu(pid) for pid in mocks], sum(map(_cpu, run.pids.values()))
            calls, rate = _load(url, seconds, connections)
            spent = [_cpu(pid) - cpu for pid, cpu in zip(mocks, before[0], strict=True)]
            ahead = sum(map(_cpu, run.pids.values())) - before[1]
    return Figures(rate, sum(spent) / calls * 1e6, ahead / calls * 1e6, max(spent) / sum(spent))


def _cpu(pid: int) -> float:
    top = psutil.Process(pid)
    times = [process.cpu_times() for process in (top, *top.children(recursive=True))]
    return float(sum(spent.user + spent.system for spent in times))


def _load(url: str, seconds: int, connections: int) -> tuple[int, float]:
    """Calls, and how many a second. Raises LoadFailed: one was not answered with 200."""
    command = [require_wrk(), "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(SCRIPT), f"{url}{LIST}?limit=5"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=False)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines or not lines[-1].startswith("{"):
        raise LoadFailed(f"wrk ended with {done.returncode}: {(done.stderr or done.stdout).strip()}")
    figures = json.loads(lines[-1])
    if figures["errors"] or not figures["requests"]:
        raise LoadFailed(f"{figures['errors']} of {figures['requests']} calls went wrong")
    return figures["requests"], figures["requests"] / figures["duration_us"] * 1e6


if __name__ == "__main__":
    main()
