"""Starting mocks as programs of their own, to judge the suite on.

Owns: the command line of the mock, its list of mutants, waiting until it serves.
Knows nothing of: how the mock works; it is another program here, told apart by its command line only.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Thread
from typing import Final

from cancelkit.contract_tests.errors import Cause, CouldNotRun

TOKEN: Final = "prove"  # noqa: S105  (of a mock on this machine, for a minute)
MOCK: Final = (sys.executable, "-m", "cancelkit", "mock")
SECONDS_TO_START: Final = 30.0
_LINE = re.compile(r"(?P<name>[a-z][\w-]*-[\w-]+)\s+(?P<area>[a-z][\w-]*)\s+(?P<sample>[+-])\s+(?P<summary>.*)")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mock that is wrong in one way. area: of the rules about it. sample: whether the default set has it."""

    name: str
    area: str
    sample: bool
    summary: str


def mutants(options: Sequence[str] = ()) -> list[Mutant]:
    """The mutants of the contract that `options` of the mock choose, as the mock lists them.

    Raises:
        CouldNotRun: it does not list them.
    """
    command = [*MOCK, "--list-mutants", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise CouldNotRun(Cause.OPTIONS, f"`cancelkit mock --list-mutants` failed: {last}")
    found = [_LINE.fullmatch(line.strip()) for line in done.stdout.splitlines()]
    return [Mutant(m["name"], m["area"], m["sample"] == "+", m["summary"]) for m in found if m]


@contextmanager
def mock(*options: str) -> Iterator[str]:
    """A mock on a free port, stopped at the end; yields its URL.

    Raises:
        CouldNotRun: it does not say where it serves.
    """
    command = [*MOCK, "--port", "0", "--token", TOKEN, *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603
    lines: Queue[str] = Queue()
    Thread(target=_drain, args=(process, lines), daemon=True).start()
    try:
        yield _address(process, lines)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _drain(process: subprocess.Popen[str], lines: Queue[str]) -> None:
    """Read all output, so that the mock never waits for a full pipe."""
    assert process.stdout
    with process.stdout as output:
        for line in output:
            lines.put(line)


def _address(process: subprocess.Popen[str], lines: Queue[str]) -> str:
    seen = []
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        try:
            line = lines.get(timeout=0.2)
        except Empty:
            if process.poll() is not None:
                break
            continue
        seen.append(line.strip())
        if found := re.search(r"https?://[\w.\[\]:-]+:\d+", line):
            return found.group()
    raise CouldNotRun(Cause.UNREACHABLE, f"the mock did not start: {' '.join(seen[-3:]) or 'it said nothing'}")
