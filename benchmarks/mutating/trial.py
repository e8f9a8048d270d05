"""One mutant on trial: a copy of the backend with it, started, and judged by `cancelkit verify`.

Owns: the copy, starting and stopping it, the command of the suite, Outcome, Trial.
Knows nothing of: which mutants there are.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.clients.running import NotStarted, Running

ROOT = Path(__file__).parents[2]
BACKEND = ROOT / "examples/backend"
TOKEN = "backend-token"
SECONDS_TO_STOP = 60.0
NOTICED = ("failed", "warned")
_ADDRESS = re.compile(r"(?<=serving )http://\S+")


class Outcome(StrEnum):
    """What came of it. refused: the suite could not work with the server, and said so (exit code 2)."""

    KILLED = "killed"
    REFUSED = "refused"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"
    NOT_STARTED = "does not start"


@dataclass(frozen=True, slots=True)
class Trial:
    """by: the rule that killed it, or the last words of what ended. profile: of the run that decided."""

    outcome: Outcome
    by: str = ""
    profile: str = ""
    seconds: float = 0.0


def judged(
    file: str,
    source: str,
    profiles: Sequence[str],
    *,
    seconds: float = 600,
    options: Sequence[str] = (),
    requests: int = 80,
) -> Trial:
    """What the suite says of the backend in which `file` has this source; each profile is run while it survives.

    seconds: for one run of the suite. options: of `cancelkit verify`.
    """
    began = time.monotonic()
    trial = Trial(Outcome.SURVIVED)
    for profile in profiles:
        with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
            copy = Path(folder) / "backend"
            shutil.copytree(BACKEND, copy, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3*"))
            (copy / file).write_text(source, encoding="utf-8")
            with _serving(copy, requests) as server:
                try:
                    url = server.find(_ADDRESS)
                except NotStarted as said:
                    trial = Trial(Outcome.NOT_STARTED, (str(said).strip().splitlines() or ["it said nothing"])[-1])
                else:
                    trial = _verified(url, profile, Path(folder) / "report.json", seconds, options)
        if trial.outcome is not Outcome.SURVIVED:
            break
    return Trial(trial.outcome, trial.by, trial.profile, round(time.monotonic() - began, 1))


@contextmanager
def _serving(folder: Path, requests: int) -> Iterator[Running]:
    """The server; it is killed at the end, as one with a fault may not stop when it is asked."""
    command = [sys.executable, "-u", "run.py", "--port", "0", "--requests", str(requests)]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "ignore"}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield Running(process)
    finally:
        process.kill()
        process.wait(SECONDS_TO_STOP)


def _verified(url: str, profile: str, report: Path, seconds: float, options: Sequence[str]) -> Trial:
    command = [sys.executable, "-m", "cancelkit", "verify", url, "--token", TOKEN, "--strict", "--fail-fast"]
    command += ["--profile", profile, "--report-json", str(report), *options]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return Trial(Outcome.TIMED_OUT, f"after {seconds:.0f} s", profile)
    if done.returncode == 0:
        return Trial(Outcome.SURVIVED, "", profile)
    if done.returncode == 1:
        rules = json.loads(report.read_text(encoding="utf-8"))["rules"]
        return Trial(Outcome.KILLED, next((one["id"] for one in rules if one["outcome"] in NOTICED), ""), profile)
    return Trial(Outcome.REFUSED, (done.stderr.strip().splitlines() or ["no message"])[-1].replace(url, ""), profile)
