"""Load on one URL of one server on this machine, made by wrk.

Owns: running wrk for a bounded time and reading what it measured.
Knows nothing of: which server answers.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.serving.process import Call, Running

SCRIPT = Path(__file__).with_name("request.lua")


class LoadFailed(Exception):
    """wrk is missing or did not finish; the message says what to do or what it said."""


@dataclass(frozen=True)
class Load:
    """What one run measured: requests and seconds, latencies in ms, answers with an error status, broken calls.

    cpu: the processor seconds that the server spent in it; unlike the rest it hardly minds what else the machine does.
    """

    requests: int
    seconds: float
    p50: float
    p99: float
    refused: int
    broken: int
    cpu: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds

    @property
    def cpu_us(self) -> float:
        """Processor time for one request, in µs."""
        return self.cpu / self.requests * 1e6


def require_wrk() -> str:
    """Return the path of wrk.

    Raises:
        LoadFailed: it is not installed; the message says how to get it.
    """
    found = shutil.which("wrk")
    if found is None:
        raise LoadFailed("wrk makes the load and is not installed: `apt-get install wrk` on Debian, `brew install wrk`")
    return found


def run(server: Running, call: Call, seconds: int, connections: int, ids: Sequence[str] = ()) -> Load:
    """Repeat `call` to `server` for `seconds` over `connections` kept-open connections.

    Args:
        ids: of the records to call, each once; the run ends with the last of them, and so does the time that counts.
    Raises:
        LoadFailed: wrk is missing, or ended without figures.
    """
    command = [require_wrk(), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(SCRIPT)]
    arguments = [f"http://127.0.0.1:{server.port}{call.path}", "--", call.method, str(call.body or "")]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as listed:
        if call.each is not None:
            listed.write("".join(f"{id}\n" for id in ids))
            listed.flush()
            arguments.append(listed.name)
        before = server.cpu()
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=seconds + 60, check=False)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines or not lines[-1].startswith("{"):
        raise LoadFailed(f"wrk ended with {done.returncode}: {(done.stderr or done.stdout).strip()}")
    figures = json.loads(lines[-1])
    if not figures["requests"]:
        raise LoadFailed(f"{call.method} {call.path} was not answered once in {seconds} s")
    return Load(
        requests=figures["requests"],
        seconds=figures["duration_us"] / 1e6,
        p50=figures["p50_us"] / 1000,
        p99=figures["p99_us"] / 1000,
        refused=figures["refused"],
        broken=figures["broken"],
        cpu=server.cpu() - before,
    )
