"""How large the image is, and how long it takes to start, beside the same mock without a container.

    make image && python -m benchmarks.image [--rounds 5]

Owns: the table. A start is the time from the command to the first answer of /healthz; each round has both.
Knows nothing of: how an image is built and run (tests/deploy/image.py).
"""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager
from statistics import median

import click
import httpx

from tests.clients.running import running
from tests.deploy import image
from tests.deploy.fleet import free_ports

PATIENCE = 120


@click.command(context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
@click.option("--rounds", type=click.IntRange(1, 20), default=5, help="Starts of each; medians are told.")
def main(rounds: int) -> None:
    """Measure size and start of the image that `make image` has built."""
    try:
        size = image.size()
    except (image.NotHere, ValueError) as error:
        click.echo(f"benchmark: {error}", err=True)
        sys.exit(2)
    plain, contained, shares = [], [], []
    for number in range(rounds):
        (port,) = free_ports(1)
        plain.append(_start(running("mock", "--port", str(port)), port))
        host = image.started(
            f"cancelkit-start-{port}", "--host", "127.0.0.1", "--port", str(port), more=("--network", "host")
        )
        contained.append(_start(host, port))
        shares.append(contained[number] / plain[number])
    click.echo(f"image      {size / 1e6:.0f} MB, its base included")
    started = f"{median(contained):.2f} s in a container, {median(plain):.2f} s without"
    click.echo(f"start      {started}: {median(shares):.1f} times")


def _start(server: AbstractContextManager[object], port: int) -> float:
    began = time.monotonic()
    with server:
        while time.monotonic() - began < PATIENCE:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200:
                    return time.monotonic() - began
            except httpx.TransportError:
                time.sleep(0.005)
    raise SystemExit("benchmark: the mock did not start")


if __name__ == "__main__":
    main()
