"""A mock server, or a proxy, in a process of its own, as a client's author would start it.

Owns: starting `cancelkit mock`, `cancelkit proxy` or the example backend on a free port, finding its URL in the banner;
    ending any program.
Knows nothing of: mockserver's code.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import AnyStr

URL = re.compile(r"https?://(?:127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):\d+")
ROOT = Path(__file__).parents[2]
BACKEND = ROOT / "examples/backend/run.py"
SECONDS = 60


class NotStarted(Exception):
    """The server ended before it told its URL; the message holds what it said."""


@dataclass
class Running:
    """A server's process, and what it has said so far on both of its outputs."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        # The pipe must be read to the end, or a talkative server would stop at a full one.
        self._reading = Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as output:
            self.lines.extend(output)

    @property
    def said(self) -> str:
        return "".join(self.lines)

    def find(self, pattern: str | re.Pattern[str]) -> str:
        """Wait until it says something, and return that.

        Raises:
            NotStarted: it ended, or a minute has passed.
        """
        end = monotonic() + SECONDS
        while True:
            over = not self._reading.is_alive() or monotonic() > end
            if found := re.search(pattern, self.said):
                return found[0]
            if over:
                raise NotStarted(self.said)
            sleep(0.01)

    @property
    def url(self) -> str:
        return self.find(URL).replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]")


@contextmanager
def mock(*options: str) -> Iterator[str]:
    """Run `cancelkit mock --port 0 OPTIONS` and yield its base URL, without a slash at the end.

    Raises:
        NotStarted: the process ended without a banner.
    """
    with running("mock", *options, "--port", "0") as server:
        yield server.url


@contextmanager
def proxy(upstream: str) -> Iterator[str]:
    """Run `cancelkit proxy UPSTREAM --port 0`, otherwise as `mock`."""
    with running("proxy", upstream, "--port", "0") as server:
        yield server.url


@contextmanager
def backend(requests: int) -> Iterator[str]:
    """Run the example backend with so many requests, otherwise as `mock`."""
    with running("--port", "0", "--requests", str(requests), script=BACKEND) as server:
        yield server.url


@contextmanager
def running(*arguments: str, script: Path | None = None) -> Iterator[Running]:
    """Run `cancelkit ARGUMENTS`, or a script that starts a server in its own way, until the block ends."""
    command = [sys.executable, "-u", *([str(script)] if script else ["-m", "cancelkit"]), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    with ending(process):
        yield Running(process)


@contextmanager
def ending(process: subprocess.Popen[AnyStr], seconds: float = 20) -> Iterator[subprocess.Popen[AnyStr]]:
    """A program that is over when the block is: by SIGTERM, or, told as a failure, by SIGKILL so many seconds later.

    `with Popen(...)` waits without limit, also for what its test has given up.
    """
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(seconds)
            raise
