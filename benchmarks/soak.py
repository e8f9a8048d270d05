"""Does the mock lose anything, or grow, when it is used for long?

    python -m benchmarks.soak [--seconds 3600] [--sessions 100] [--size 100000] [--state] [--output FOLDER]

Owns: the customers' shifts, the samples of memory, killing a mock that keeps its state and starting it again, the
    verdict: 0 good, 1 something was lost or memory grew, 2 could not run.
Knows nothing of: what a customer does (soaking/customer.py).
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import click
import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.serving.process import Call, NotServing, Running, free_port, running
from benchmarks.soaking.account import Start
from benchmarks.soaking.customer import LIST, PAGE, Customer
from benchmarks.soaking.memory import Memory
from cancelkit.spec import load

ROOT = Path(__file__).parents[1]
READY = Call("GET", "/_mock/ready")
DEFAULT = "default"
PATIENCE = 900.0
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
@click.option("--size", type=click.IntRange(1), default=50, help="Records that each session starts with.")
@click.option("--state", is_flag=True, help="Use the default session too, kept by --state; kill the mock at the end.")
@click.option("--seed", type=int, default=1, help="Which calls.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), default=Path("reports"), help="For soak.*")
def main(seconds: float, sessions: int, connections: int, size: int, state: bool, seed: int, output: Path) -> None:
    """Use one mock through many sessions for a long time, judging every answer; write soak.json and soak.png."""
    port = free_port()
    command = [sys.executable, "-m", "cancelkit", "mock", "--port", str(port), "--size", str(size)]
    command += ["--journal-size", str(JOURNAL)]
    try:
        with tempfile.TemporaryDirectory(prefix="soak-") as folder:
            command += ["--state", str(Path(folder, "soak.state"))] if state else []
            with running(command, port, READY, ROOT, {}, PATIENCE) as server:
                told, memory, keeping = asyncio.run(_soak(server, seconds, sessions, connections, seed, state))
                if keeping is not None:
                    os.kill(server.pid, signal.SIGKILL)
            if keeping is not None:
                with running(command, port, READY, ROOT, {}, PATIENCE) as server:
                    lost = asyncio.run(_after(server, keeping))
                told["wrong_after_kill"] = len(lost)
                told["wrong"], told["wrong_in_all"] = (told["wrong"] + lost)[:SHOWN], told["wrong_in_all"] + len(lost)
    except (NotServing, httpx.HTTPError) as error:
        click.echo(f"soak: {error}", err=True)
        sys.exit(2)
    told["settings"] = {"seconds": seconds, "sessions": sessions, "connections": connections, "size": size}
    told["settings"]["state"] = state
    output.mkdir(parents=True, exist_ok=True)
    (output / "soak.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    _draw(output / "soak.png", memory, told)
    _show(told)
    click.echo(f"written: {output / 'soak.json'}, {output / 'soak.png'}")
    sys.exit(1 if told["wrong"] or not told["memory_mb"]["flat"] else 0)


def _client(server: Running, connections: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{server.port}",
        headers={"Authorization": "Token soak"},
        timeout=60,
        # Without a limit: httpcore may close a connection as unused for too long that a call has just been given.
        limits=httpx.Limits(max_connections=connections, keepalive_expiry=None),
        trust_env=False,
    )


async def _after(server: Running, keeping: Customer) -> list[str]:
    """What the mock has lost of the session that it was to keep."""
    async with _client(server, 1) as client:
        return await keeping.checked(client)


async def _soak(
    server: Running, seconds: float, sessions: int, connections: int, seed: int, state: bool
) -> tuple[dict[str, Any], Memory, Customer | None]:
    spec, memory = load(), Memory()
    async with _client(server, connections) as client:
        start = Start(await _start(client))
        customers = [Customer(client, spec, start, seed + number, stays=number < STAYING) for number in range(sessions)]
        keeping = Customer(client, spec, start, seed + sessions, stays=True, session=DEFAULT) if state else None
        customers += [keeping] if keeping is not None else []
        begun = time.perf_counter()
        watching = asyncio.create_task(_watch(server, memory, begun, seconds))
        await _work(customers, begun + seconds, connections)
        lasted = time.perf_counter() - begun
        watching.cancel()
        for customer in customers:
            await customer.finish()
        wrong = [line for customer in customers for line in customer.wrong]
        wrong += await _leftovers(client, customers, None if state else start)
    calls = sum(customer.calls for customer in customers)
    slope = memory.line()[0]
    told = {
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
    }
    return told, memory, keeping


async def _start(client: httpx.AsyncClient) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    page = 1
    while True:
        answer = await client.get(LIST, params={"limit": PAGE, "page": page})
        answer.raise_for_status()
        found |= {record["id"]: record for record in answer.json()["results"]}
        if answer.json()["next"] is None:
            return found
        page += 1


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
            memory.note(gone, server.own_memory())
            progress.update(task, completed=gone, description=f"soaking, {memory.at(1):.0f} MB")
            await asyncio.sleep(min(1.0, seconds / 50))


async def _leftovers(client: httpx.AsyncClient, customers: list[Customer], start: Start | None) -> list[str]:
    """The server knows the sessions that are in use, and no others; the default one was never written to, unless
    somebody uses it."""
    entries = {entry["name"]: entry for entry in (await client.get("/_mock/sessions")).json()["sessions"]}
    stray = set(entries) - {customer.session for customer in customers} - {DEFAULT}
    wrong = [f"{len(stray)} sessions that nobody uses"] if stray else []
    if start is not None and await _start(client) != start.records:
        wrong.append("the default session has changed")
    return wrong


def _draw(file: Path, memory: Memory, told: dict[str, Any]) -> None:
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot

    figure, axis = pyplot.subplots(figsize=(9, 4), layout="constrained")
    axis.plot([second / 60 for second in memory.seconds], memory.megabytes, color="#3b6ea8", label="memory of its own")
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
