"""A server in processes of its own: started, awaited, weighed, stopped.

Owns: free ports, one call, the time from start to the first right answer, memory and processor time of a process tree.
Knows nothing of: what is served.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil

PATIENCE = 60.0
PAUSE = 0.004
NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"
"""An installed package is compiled already; with this variable each start would compile it anew."""


class NotServing(Exception):
    """The server ended, or gave no right answer in time; the message holds its last words."""


@dataclass(frozen=True)
class Call:
    """One request: `path` with its query, `body` the file with the JSON to send, `status` what a right answer has.

    each: the path of the list whose records are called one after the other, each once, in the place of EACHID in
        `path`: for what can be done only once to a record.
    """

    method: str
    path: str
    status: int = 200
    body: Path | None = None
    each: str | None = None


@dataclass(frozen=True)
class Running:
    """A server that answers; `cold_start` is the seconds from its start to its first right answer."""

    pid: int
    port: int
    cold_start: float

    def memory(self) -> float:
        """Return the resident memory of the server and all its children, in MB."""
        return float(sum(process.memory_info().rss for process in self._tree())) / 1e6

    def own_memory(self) -> float:
        """Return how much of that is not shared with files that are mapped, in MB."""
        found = [process.memory_info() for process in self._tree()]
        return float(sum(one.rss - getattr(one, "shared", 0) for one in found)) / 1e6

    def cpu(self) -> float:
        """Return the processor seconds that the server and its children have spent so far."""
        times = [process.cpu_times() for process in self._tree()]
        return float(sum(spent.user + spent.system for spent in times))

    def exact_cpu(self) -> float:
        """Return the processor seconds of the server's main thread, which answers, to the nanosecond.

        Raises:
            OSError: this system does not tell; Linux does.
        """
        return int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[0]) / 1e9

    def _tree(self) -> list[psutil.Process]:
        top = psutil.Process(self.pid)
        return [top, *top.children(recursive=True)]


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answer(port: int, call: Call) -> tuple[int, bytes]:
    """Make one call and return status and body.

    Raises:
        OSError, HTTPException: nobody answers.
    """
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Authorization": "Token bench"}
    if call.body is not None:
        headers["Content-Type"] = "application/json"
    try:
        connection.request(call.method, call.path, call.body.read_bytes() if call.body else None, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def known_ids(port: int, each: str) -> list[str]:
    """Return the ids of all records of a list, in its order, page by page where it has pages.

    Raises:
        OSError, HTTPException, ValueError: nobody answers, or with no list.
    """
    ids: list[str] = []
    path: str | None = each
    while path is not None:
        found = json.loads(answer(port, Call("GET", path))[1])
        rows, path = (found["results"], found["next"]) if isinstance(found, dict) else (found, None)
        ids += (str(row["id"]) for row in rows)
    return ids


@contextmanager
def running(
    command: Sequence[str | Path],
    port: int,
    first: Call,
    cwd: Path,
    environment: Mapping[str, str],
    patience: float = PATIENCE,
) -> Iterator[Running]:
    """Start `command`, wait until `first` is answered with its status, yield the server, stop the whole tree.

    Raises:
        NotServing: it ended, or took longer than `patience` seconds.
    """
    with tempfile.TemporaryFile() as said:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdout=said,
            stderr=said,
            stdin=subprocess.DEVNULL,
            cwd=cwd,
            start_new_session=True,
            env={name: value for name, value in os.environ.items() if name != NO_BYTECODE} | dict(environment),
        )
        try:
            while True:
                with suppress(OSError, HTTPException):
                    if answer(port, first)[0] == first.status:
                        break
                if process.poll() is not None or time.perf_counter() - begun > patience:
                    said.seek(0)
                    words = said.read()[-400:].decode(errors="replace").strip() or "it said nothing"
                    raise NotServing(words)
                time.sleep(PAUSE)
            yield Running(process.pid, port, time.perf_counter() - begun)
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
