"""Does the mock lose anything, or grow, when it is used for long?

    python -m benchmarks.soak [--seconds 3600] [--sessions 100] [--output FOLDER]

Owns: the customers' shifts, the samples of memory, the verdict: 0 good, 1 something was lost or memory grew, 2 could
    not run.
Knows nothing of: what a customer does (soaking/customer.py).
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import click
import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.serving.process import Call, NotServing, Running, free_port, running
from benchmarks.soaking.customer import LIST, Customer, Records
from benchmarks.soaking.memory import Memory
from cancelkit.spec import load

ROOT = Path(__file__).parents[1]
READY = Call("GET", "/_mock/ready")
SHIFT = 10
STAYING = 10
JOURNAL = 200
"""Calls kept of each session: few, so that journals are full, and drop their oldest, soon."""
SHOWN = 20
LONG_ENOUGH = 60


@click.command(context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
@click.option("--seconds", type=click.FloatRange(1), default=3600, help="How long.")
@click.option("--sessions", type=click.IntRange(1, 400), default=100, help="Sessions at once.")
@click.option("--connections", type=click.IntRange(1, 100), default=16, help="Connections that are kept busy.")
@click.option("--size", type=click.IntRange(1, 900), default=50, help="Records that each session starts with.")
@click.option("--seed", type=int, default=1, help="Which calls.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), default=Path("reports"), help="For soak.*")
def main(seconds: float, sessions: int, connections: int, size: int, seed: int, output: Path) -> None:
    """Use one mock through many sessions for a long time, judging every answer; write soak.json and soak.png."""
    port = free_port()
    options = ["--port", str(port), "--size", str(size), "--journal-size", str(JOURNAL)]
    try:
        with running([sys.executable, "-m", "cancelkit", "mock", *options], port, READY, ROOT, {}) as server:
            told, memory = asyncio.run(_soak(server, seconds, sessions, connections, seed))
    except (NotServing, httpx.HTTPError) as error:
        click.echo(f"soak: {error}", err=True)
        sys.exit(2)
    told["settings"] = {"seconds": seconds, "sessions": sessions, "connections": connections, "size": size}
    output.mkdir(parents=True, exist_ok=True)
    (output / "soak.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    _draw(output / "soak.png", memory, told)
    _show(told)
    click.echo(f"written: {output / 'soak.json'}, {output / 'soak.png'}")
    sys.exit(1 if told["wrong"] or not told["memory_mb"]["flat"] else 0)


async def _soak(
    server: Running, seconds: float, sessions: int, connections: int, seed: int
) -> tuple[dict[str, Any], Memory]:
    spec, memory = load(), Memory()
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{server.port}",
        headers={"Authorization": "Token soak"},
        timeout=60,
        limits=httpx.Limits(max_connections=connections),
        trust_env=False,
    ) as client:
        start = await _start(client)
        customers = [Customer(client, spec, start, seed + number, stays=number < STAYING) for number in range(sessions)]
        begun = time.perf_counter()
        watching = asyncio.create_task(_watch(server, memory, begun, seconds))
        await _work(customers, begun + seconds, connections)
        lasted = time.perf_counter() - begun
        watching.cancel()
        for customer in customers:
            await customer.finish()
        wrong = [line for customer in customers for line in customer.wrong]
        wrong += await _leftovers(client, customers, start)
    calls = sum(customer.calls for customer in customers)
    slope = memory.line()[0]
    return {
        "calls": calls,
        "calls_per_second": round(calls / lasted),
        "steps": dict(sum((customer.done for customer in customers), Counter[str]())),
        "wrong": wrong[:SHOWN],
        "wrong_in_all": len(wrong),
        "memory_mb": {
            "start": round(memory.at(0), 1),
            "middle": round(memory.at(0.5), 1),
            "end": round(memory.at(1), 1),
            "rise_over_second_half": round(memory.growth(), 2),
            "slope_per_minute": round(slope * 60, 3),
            "flat": memory.flat() or seconds < LONG_ENOUGH,
        },
    }, memory


async def _start(client: httpx.AsyncClient) -> Records:
    answer = await client.get(LIST, params={"limit": 1000})
    answer.raise_for_status()
    return {record["id"]: record for record in answer.json()["results"]}


async def _work(customers: list[Customer], end: float, connections: int) -> None:
    """Let as many customers as there are connections take turns, each for a few steps, until the end."""
    waiting = asyncio.Queue[Customer]()
    for customer in customers:
        waiting.put_nowait(customer)

    async def shift() -> None:
        while time.perf_counter() < end:
            customer = await waiting.get()
            for _ in range(SHIFT):
                await customer.step()
            waiting.put_nowait(customer)

    await asyncio.gather(*(shift() for _ in range(min(connections, len(customers)))))


async def _watch(server: Running, memory: Memory, begun: float, seconds: float) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("soaking", total=seconds)
        while True:
            gone = time.perf_counter() - begun
            memory.note(gone, server.memory())
            progress.update(task, completed=gone, description=f"soaking, {memory.at(1):.0f} MB")
            await asyncio.sleep(min(1.0, seconds / 50))


async def _leftovers(client: httpx.AsyncClient, customers: list[Customer], start: Records) -> list[str]:
    """The server knows the sessions that are in use, and no others; the default one was never written to."""
    entries = {entry["name"]: entry for entry in (await client.get("/_mock/sessions")).json()["sessions"]}
    stray = set(entries) - {customer.session for customer in customers} - {"default"}
    wrong = [f"{len(stray)} sessions that nobody uses"] if stray else []
    if await _start(client) != start:
        wrong.append("the default session has changed")
    return wrong


def _draw(file: Path, memory: Memory, told: dict[str, Any]) -> None:
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot

    figure, axis = pyplot.subplots(figsize=(9, 4), layout="constrained")
    axis.plot([second / 60 for second in memory.seconds], memory.megabytes, color="#3b6ea8", label="resident memory")
    slope, intercept = memory.line()
    half = memory.seconds[len(memory.seconds) // 2 :]
    if half:
        ends = [half[0], half[-1]]
        axis.plot(
            [second / 60 for second in ends],
            [intercept + slope * second for second in ends],
            color="#c2571a",
            label=f"second half: {slope * 60:+.2f} MB a minute",
        )
    axis.set_ylim(0, max(memory.megabytes, default=1) * 1.2)
    axis.set_xlabel("minutes")
    axis.set_ylabel("MB")
    axis.set_title(f"{told['calls']:,} calls, {told['wrong_in_all']} wrong answers", fontsize=10)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(loc="lower right")
    figure.savefig(file, dpi=130)
    pyplot.close(figure)


def _show(told: dict[str, Any]) -> None:
    memory = told["memory_mb"]
    click.echo(f"{told['calls']} calls, {told['calls_per_second']} a second; {told['wrong_in_all']} wrong")
    for line in told["wrong"]:
        click.echo(f"  {line}")
    click.echo(
        f"memory {memory['start']} MB at the start, {memory['middle']} in the middle, {memory['end']} at the end; "
        f"{memory['slope_per_minute']:+} MB a minute over the second half"
    )


if __name__ == "__main__":
    main()
