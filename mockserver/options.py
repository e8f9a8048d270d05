"""The options of `mock` that concern the workbench: sessions, scenario, kept state, journal, control, waiting.

Owns: these options and their help, and waiting for another mock.
Knows nothing of: the other options (cli.py), how the workbench works.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from cancelkit.mockserver.settings import JOURNAL, MEGABYTE, SESSION_IDLE, SESSION_MEMORY, SESSIONS, Quota
from cancelkit.mockserver.state.durability import Durability
from cancelkit.spec.options import with_options

POLL_SECONDS = 0.1
TOKEN_VARIABLE = "CANCELKIT_CONTROL_TOKEN"  # noqa: S105  (a name, no token)


@dataclass(frozen=True, slots=True)
class Bench:
    """The parsed options. session_memory: bytes; session_idle, wait_timeout: seconds."""

    scenario: Path | None
    state: Path | None
    durability: Durability
    session_limit: int
    session_idle: float
    session_memory: int
    journal_size: int
    quota: Quota
    control_token: str | None
    wait_for: str | None
    wait_timeout: float


_OPTIONS = (
    click.option(
        "--scenario", type=click.Path(path_type=Path), help="Play a scenario (docs/workbench.md) at the start."
    ),
    click.option(
        "--state", type=click.Path(path_type=Path), help="Keep the default session in this file, or all in this folder."
    ),
    click.option(
        "--durability",
        type=click.Choice([one.value for one in Durability]),
        help="What an answered write survives: loss of power, the process's end (default), all but the last moments.",
    ),
    click.option(
        "--session-limit",
        default=SESSIONS,
        show_default=True,
        type=click.IntRange(0),
        help="Sessions at once.",
    ),
    click.option(
        "--session-idle",
        default=SESSION_IDLE,
        show_default=True,
        type=click.FloatRange(0),
        help="Seconds after which an unused session goes; 0 keeps them.",
    ),
    click.option(
        "--session-memory",
        default=SESSION_MEMORY // MEGABYTE,
        show_default=True,
        type=click.IntRange(1),
        help="MB that all sessions may keep together.",
    ),
    click.option(
        "--journal-size", default=JOURNAL, show_default=True, type=click.IntRange(0), help="Calls kept of each session."
    ),
    click.option(
        "--quota-by",
        default="session",
        show_default=True,
        type=click.Choice(["session", "key"]),
        help="Whose the quotas are: each session's, or each API key's.",
    ),
    click.option("--quota-calls", type=click.FloatRange(0, min_open=True), help="Calls a second that each may make."),
    click.option(
        "--quota-records", type=click.IntRange(0), help="Records that each may have, beside those of the start."
    ),
    click.option("--quota-memory", type=click.IntRange(1), help="MB that each may keep in records and snapshots."),
    click.option("--control-token", envvar=TOKEN_VARIABLE, show_envvar=True, help="Key for calls under /_mock/."),
    click.option(
        "--wait-for", metavar="URL", help="Serve nothing: wait until the mock at URL, or unix:PATH, is ready."
    ),
    click.option(
        "--wait-timeout",
        default=30.0,
        show_default=True,
        type=click.FloatRange(0),
        help="Seconds that --wait-for waits at most.",
    ),
)


def bench_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a click command, which gets them as one argument, `bench`."""

    @wraps(command)
    def with_bench(**given: Any) -> None:
        quota = {name: given.pop(f"quota_{name}") for name in Quota.__slots__}
        if quota["memory"] is not None:
            quota["memory"] *= MEGABYTE
        given["quota"] = Quota(**quota)
        if quota["by"] == "key" and not given["quota"]:
            raise click.UsageError("--quota-by key needs --quota-calls, --quota-records or --quota-memory")
        own = {name: given.pop(name) for name in Bench.__slots__}
        own["session_memory"] *= MEGABYTE
        if own["durability"] and not own["state"]:
            raise click.UsageError("--durability is about --state FILE: name the file")
        own["durability"] = Durability(own["durability"] or Durability.PROCESS)
        if own["control_token"] is not None and not own["control_token"].strip():
            raise click.UsageError("--control-token must not be empty")
        command(**given, bench=Bench(**own))

    return with_options(with_bench, _OPTIONS)


def wait_for(url: str, timeout: float) -> bool:
    """Wait until the mock at `url` answers. Returns whether it did within `timeout` seconds.

    Raises:
        click.UsageError: `url` is none.
    """
    import httpx

    if not url.startswith(("http://", "https://", "unix:")):
        raise click.UsageError(f"--wait-for {url}: write it as http://host:port or unix:PATH")
    # Nothing is sent that a stranger must not see, so the certificate of a local CA need not be trusted.
    socket = url.removeprefix("unix:") if url.startswith("unix:") else None
    transport = httpx.HTTPTransport(uds=socket, verify=False)
    url = "http://localhost" if socket else url.rstrip("/")
    end = time.monotonic() + timeout
    with httpx.Client(transport=transport, timeout=2, trust_env=False) as client:
        while True:
            try:
                if client.get(f"{url}/_mock/ready").status_code == 200:
                    return True
            except httpx.InvalidURL as error:
                raise click.UsageError(f"--wait-for {url}: {error}") from error
            except httpx.HTTPError:
                pass
            if time.monotonic() > end:
                return False
            time.sleep(POLL_SECONDS)
