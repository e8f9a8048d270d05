"""How the time for the same shards falls as workers are added: Dask's, and this machine's own processes.

    python -m benchmarks.cluster [--count N] [--shards N] [--rounds N] [--engine NAME]… [--workers N]…

Owns: the order of the rounds, in which every number of workers has its turn; starting workers is not counted.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import click
from rich.console import Console
from rich.table import Table

from cancelkit.fixtures.options import Options
from cancelkit.fixtures.sharding import Order
from cancelkit.fixtures.sharding.engines import dask, local
from cancelkit.spec import load

ENGINES, WORKERS = ("local", "dask"), (1, 2, 4)


def seconds(order: Order, engine: str, workers: int) -> float:
    """How long all shards of an order take, once the workers have made one each."""
    with local(order, workers) if engine == "local" else dask(order, workers, None) as each:
        for _ in each([(shard, None) for shard in range(1, workers + 1)]):
            pass
        for shard in range(1, workers + 1):
            Path(order.place(shard)).unlink()
        began = perf_counter()
        for _ in each([(shard, None) for shard in range(1, order.shards + 1)]):
            pass
        return perf_counter() - began


@click.command(context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
@click.option("--count", default=400_000, help="Records.")
@click.option("--shards", default=32, help="Files.")
@click.option("--rounds", default=3, help="Medians are told.")
@click.option("--engine", "engines", multiple=True, type=click.Choice(ENGINES), default=ENGINES)
@click.option("--workers", multiple=True, type=click.IntRange(1), default=WORKERS)
def main(count: int, shards: int, rounds: int, engines: tuple[str, ...], workers: tuple[int, ...]) -> None:
    """Tell how many records a second each number of workers makes, and that as a ratio to the first number."""
    found: dict[tuple[str, int], list[float]] = {}
    for _ in range(rounds):
        for engine in engines:
            for number in workers:
                with tempfile.TemporaryDirectory() as folder:
                    order = Order(Options(load(), count=count), shards, Path(folder) / "r-{shard}.ndjson")
                    found.setdefault((engine, number), []).append(seconds(order, engine, number))
    table = Table(title=f"{count:,} records in {shards} shards, {os.cpu_count()} cores")
    for name in ("engine", "workers", "records/s", "ratio"):
        table.add_column(name, justify="left" if name == "engine" else "right")
    for (engine, number), times in found.items():
        ratio = median(found[engine, workers[0]]) / median(times)
        table.add_row(engine, str(number), f"{count / median(times):,.0f}", f"{ratio:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
