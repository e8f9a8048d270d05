"""What `--state` costs: creates a second under each durability beside a mock that keeps nothing, in one run.

    python -m benchmarks.durability [--size N] [--rounds N] [--output FOLDER] [--folder PLACE]

Owns: the order of the measurements. In each round each way of keeping is started afresh in turn, so that all have the
same neighbours; only one serves at a time.
Knows nothing of: how a server is started and loaded (serving/).
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

import click
from rich.console import Console
from rich.table import Table

from benchmarks.mock import machine
from benchmarks.scaling.calls import Failed, Line
from benchmarks.serving import load
from benchmarks.serving.process import Call, NotServing, Running, free_port, running
from benchmarks.serving.samples import GET, LIST
from cancelkit.mockserver.state.durability import Durability

PATIENCE = 900.0
NOTHING = "no --state"
WAYS = (NOTHING, *reversed([one.value for one in Durability]))
MANY = 1000
SNAPSHOT = "/_mock/snapshots/measured"


@click.command(context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
@click.option("--size", type=click.IntRange(1, 10_000_000), default=200, help="Records that the mock starts with.")
@click.option("--rounds", type=click.IntRange(1, 20), default=5, help="Rounds; medians are told.")
@click.option("--seconds", type=click.IntRange(1, 60), default=3, help="Measured seconds a round and durability.")
@click.option("--connections", type=click.IntRange(1, 256), default=16, help="Connections that are kept busy.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), default=Path("reports"))
@click.option("--folder", type=click.Path(path_type=Path, exists=True), help="Where the files are kept: which disk.")
@click.option("--remark", default="", help="What else ran on the machine; stands in the results.")
def main(
    size: int, rounds: int, seconds: int, connections: int, output: Path, folder: Path | None, remark: str
) -> None:
    """Measure creates under each durability, and single calls; write a table and JSON."""
    console = Console() if sys.stdout.isatty() else Console(width=110)
    measured: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    try:
        load.require_wrk()
        with tempfile.TemporaryDirectory(prefix="durability-", dir=folder) as place:
            for number in range(rounds):
                for way in WAYS:
                    measured[way].append(_round(Path(place), f"{number}-{way}", way, size, seconds, connections))
    except (load.LoadFailed, NotServing, Failed) as error:
        click.echo(f"benchmark: {error}", err=True)
        sys.exit(2)
    told = {
        way: {name: round(median(one[name] for one in found), 3) for name in found[0]}
        for way, found in measured.items()
    }
    for found in told.values():
        found["share"] = round(found["creates_per_second"] / told[NOTHING]["creates_per_second"], 3)
    settings = {**machine(), "size": size, "rounds": rounds, "seconds": seconds, "connections": connections}
    settings |= {"load": round(os.getloadavg()[0], 1), "remark": remark}
    output.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"settings": settings, "measured": told}, indent=2)
    (output / "durability.json").write_text(text + "\n", encoding="utf-8")
    console.print(table(told))
    console.print(f"written: {output / 'durability.json'}")


def _round(place: Path, name: str, way: str, size: int, seconds: int, connections: int) -> dict[str, float]:
    file, port = place / f"{name}.state", free_port()
    command = [sys.executable, "-m", "cancelkit", "mock", "--size", str(size), "--port", str(port)]
    if way != NOTHING:
        command += ["--state", str(file), "--durability", way]
    with running(command, port, GET, Path.cwd(), {}, PATIENCE) as server:
        line = Line(port)
        body = _body(line)
        found = {"first_start_s": server.cold_start, **_single(line, body)}
        found |= _creates(server, place, body, seconds, connections)
        found["memory_mb"] = server.own_memory()
    with running(command, port, GET, Path.cwd(), {}, PATIENCE) as server:
        found["next_start_s"] = server.cold_start
    found["file_mb"] = file.stat().st_size / 1e6 if file.exists() else 0.0
    file.unlink(missing_ok=True)
    return found


def _body(line: Line) -> bytes:
    first = json.loads(line.ask(("GET", GET.path, None), 200)[1])
    wanted = ("order_item", "reason", "cancellation_type")
    return json.dumps({name: first[name] for name in wanted}).encode()


def _single(line: Line, body: bytes) -> dict[str, float]:
    """Milliseconds of calls on one connection, one after the other: the first write, then with many records changed."""
    spent = {"first_write_ms": line.ask(("POST", LIST, body), 201)[0]}
    creates = sorted(line.ask(("POST", LIST, body), 201)[0] for _ in range(MANY))
    spent |= {"create_p50_ms": creates[MANY // 2], "create_p99_ms": creates[MANY * 99 // 100]}
    line.ask(("GET", "/_mock/snapshots", None), 200)  # the control room is made when it is first asked
    spent["snapshot_ms"] = line.ask(("PUT", SNAPSHOT, None), 201)[0]
    spent["write_after_snapshot_ms"] = line.ask(("POST", LIST, body), 201)[0]
    spent["restore_ms"] = line.ask(("POST", f"{SNAPSHOT}/restore", None), 200)[0]
    spent["reset_ms"] = line.ask(("POST", "/_mock/reset", None), 200)[0]
    return {name: seconds * 1000 for name, seconds in spent.items()}


def _creates(server: Running, place: Path, body: bytes, seconds: int, connections: int) -> dict[str, float]:
    samples = place / "body.json"
    samples.write_bytes(body)
    call = Call("POST", LIST, 201, samples)
    load.run(server, call, 1, connections)
    found = load.run(server, call, seconds, connections)
    if found.refused:
        raise Failed(f"{found.refused} creates were refused")
    return {"creates_per_second": found.per_second, "cpu_us": found.cpu_us, "busy_p99_ms": found.p99}


def table(told: Mapping[str, Mapping[str, float]]) -> Table:
    """One row for each way of keeping."""
    columns: Sequence[tuple[str, str]] = (
        ("creates / s", "creates_per_second"),
        ("share", "share"),
        ("CPU µs", "cpu_us"),
        ("p99 ms", "busy_p99_ms"),
        ("first write ms", "first_write_ms"),
        ("one alone ms", "create_p50_ms"),
        ("snapshot ms", "snapshot_ms"),
        ("restore ms", "restore_ms"),
        ("reset ms", "reset_ms"),
        ("next start s", "next_start_s"),
    )
    shown = Table(
        "kept", *(title for title, _ in columns), title="medians; the share is that of a mock without --state"
    )
    for way, found in told.items():
        shown.add_row(
            way, *(f"{found[name]:.3g}" if found[name] < 1000 else f"{found[name]:.0f}" for _, name in columns)
        )
    return shown


if __name__ == "__main__":
    main()
