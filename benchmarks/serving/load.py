"""Load on one URL of one server on this machine, made by wrk.

Owns: running wrk for a bounded time and reading what it measured.
Knows nothing of: which server answers.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("request.lua")


class LoadFailed(Exception):
    """wrk is missing or did not finish; the message says what to do or what it said."""


@dataclass(frozen=True)
class Call:
    """One request: `path` with its query, `body` the file with the JSON to send, `status` what a right answer has."""

    method: str
    path: str
    status: int = 200
    body: Path | None = None


@dataclass(frozen=True)
class Load:
    """What one run measured: requests per second, latencies in ms, answers with an error status, broken calls."""

    per_second: float
    p50: float
    p99: float
    refused: int
    broken: int


def require_wrk() -> str:
    """Return the path of wrk.

    Raises:
        LoadFailed: it is not installed; the message says how to get it.
    """
    found = shutil.which("wrk")
    if found is None:
        raise LoadFailed("wrk makes the load and is not installed: `apt-get install wrk` on Debian, `brew install wrk`")
    return found


def run(port: int, call: Call, seconds: float, connections: int) -> Load:
    """Repeat `call` on 127.0.0.1:`port` for about `seconds` over `connections` kept-open connections.

    Raises:
        LoadFailed: wrk is missing, or ended without figures.
    """
    whole = max(1, round(seconds))
    command = [require_wrk(), "-t1", f"-c{connections}", f"-d{whole}s", "--timeout", "10s", "-s", str(SCRIPT)]
    arguments = [f"http://127.0.0.1:{port}{call.path}", "--", call.method]
    if call.body is not None:
        arguments.append(str(call.body))
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=whole + 60, check=False)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines or not lines[-1].startswith("{"):
        raise LoadFailed(f"wrk ended with {done.returncode}: {(done.stderr or done.stdout).strip()}")
    figures = json.loads(lines[-1])
    return Load(
        per_second=figures["requests"] / (figures["duration_us"] / 1e6),
        p50=figures["p50_us"] / 1000,
        p99=figures["p99_us"] / 1000,
        refused=figures["refused"],
        broken=figures["broken"],
    )
