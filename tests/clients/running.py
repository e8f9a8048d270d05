"""A mock server, or a proxy, in a process of its own, as a client's author would start it.

Owns: starting `cancelkit mock` or `cancelkit proxy` on a free port, finding its URL in the banner, stopping it.
Knows nothing of: mockserver's code.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO

URL = re.compile(r"http://(?:127\.0\.0\.1|0\.0\.0\.0):\d+")
ROOT = Path(__file__).parents[2]


class NotStarted(Exception):
    """The server ended before it told its URL; the message holds what it said."""


@contextmanager
def mock(*options: str) -> Iterator[str]:
    """Run `cancelkit mock --port 0 OPTIONS` and yield its base URL, without a slash at the end.

    Raises:
        NotStarted: the process ended without a banner.
    """
    with _server("mock", *options) as url:
        yield url


@contextmanager
def proxy(upstream: str) -> Iterator[str]:
    """Run `cancelkit proxy UPSTREAM --port 0`, otherwise as `mock`."""
    with _server("proxy", upstream) as url:
        yield url


@contextmanager
def _server(name: str, *arguments: str) -> Iterator[str]:
    command = [sys.executable, "-u", "-m", "cancelkit", name, *arguments, "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    assert process.stdout
    try:
        yield _url(process.stdout)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _url(output: IO[str]) -> str:
    said = []
    for line in output:
        said.append(line)
        if found := URL.search(line):
            # The pipe must be read to the end, or a talkative server would stop at a full one.
            Thread(target=output.read, daemon=True).start()
            return found[0].replace("0.0.0.0", "127.0.0.1")
    raise NotStarted("".join(said))
