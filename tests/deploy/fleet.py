"""Three mocks behind the load balancers of examples/deploy, on ports of this machine.

Owns: starting and stopping both, putting their ports into the example's file.
Knows nothing of: sessions, cancelkit's code.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.clients.running import ROOT, Running, ending, running

EXAMPLES = ROOT / "examples/deploy"
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
NGINX, HAPROXY = shutil.which("nginx", path=PATH), shutil.which("haproxy", path=PATH)
REPLICAS = 3
TOKEN = "s3cret"
TRUST = ("--control-token", TOKEN, "--trusted-proxy", "127.0.0.1")
KINDS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        found = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [listener.getsockname()[1] for listener in found]


@dataclass
class Replica:
    """One mock, which keeps its port and its state when it starts again."""

    port: int
    options: tuple[str, ...]
    server: Running | None = None
    _running: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def begin(self) -> None:
        self.server = self._running.enter_context(running("mock", "--port", str(self.port), *self.options))

    def start(self) -> None:
        """Come back when it answers."""
        self.begin()
        self.wait()

    def wait(self) -> None:
        assert self.server is not None
        _ = self.server.url

    def stop(self) -> None:
        """As a rolling restart stops it: by SIGTERM, and waited for."""
        self._running.close()

    def kill(self) -> None:
        assert self.server is not None
        self.server.process.kill()
        self._running.close()


@dataclass
class Fleet:
    """fronts: the URLs of the load balancers, by name. pids: their processes."""

    fronts: dict[str, str]
    replicas: list[Replica]
    pids: dict[str, int]


@contextmanager
def fleet(folder: Path, *options: str, fronts: Sequence[str], replicas: int = REPLICAS) -> Iterator[Fleet]:
    """Run replicas with these options of `mock`, {replica} for the number of each, behind nginx, haproxy or both."""
    ports = free_ports(replicas + len(fronts))
    members = [
        Replica(port, (*TRUST, *(option.format(replica=number) for option in options)))
        for number, port in enumerate(ports[:replicas])
    ]
    with ExitStack() as stack:
        for member in members:
            stack.callback(member.stop)
            member.begin()
        for member in members:
            member.wait()
        urls, pids = {}, {}
        for front, port in zip(fronts, ports[replicas:], strict=True):
            pids[front] = stack.enter_context(_balancer(front, folder, port, ports[:replicas]))
            urls[front] = f"http://127.0.0.1:{port}"
        yield Fleet(urls, members, pids)


@contextmanager
def _balancer(front: str, folder: Path, port: int, ports: list[int]) -> Iterator[int]:
    command = _nginx(folder, port, ports) if front == "nginx" else _haproxy(folder, port, ports)
    with (folder / "front.log").open("wb") as log, ending(subprocess.Popen(command, stdout=log, stderr=log)) as process:
        _until_it_listens(process, port, folder / "front.log")
        yield process.pid


def _nginx(folder: Path, port: int, ports: list[int]) -> list[str]:
    text = (EXAMPLES / "nginx.conf").read_text(encoding="utf-8")
    text = text.replace("listen 8080", f"listen 127.0.0.1:{port}")
    text = _servers(text, r"^ *server 127\.0\.0\.1:\d+ (.*;)$", [f"server 127.0.0.1:{each} " for each in ports])
    paths = "".join(f"{kind}_temp_path {folder}/{kind}; " for kind in KINDS)
    text = text.replace("http {", f"http {{ access_log off; {paths}", 1)
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    about = f"daemon off; pid {folder}/pid; error_log {folder}/errors; {'user root;' if os.getuid() == 0 else ''}"
    return [str(NGINX), "-c", str(folder / "nginx.conf"), "-g", about]


def _haproxy(folder: Path, port: int, ports: list[int]) -> list[str]:
    text = (EXAMPLES / "haproxy.cfg").read_text(encoding="utf-8").replace("bind :8080", f"bind 127.0.0.1:{port}")
    lines = [f"server mock-{n} 127.0.0.1:{each} " for n, each in enumerate(ports)]
    text = _servers(text, r"^ *server mock-\d \S+ (.*)$", lines)
    (folder / "haproxy.cfg").write_text(text, encoding="utf-8")
    return [str(HAPROXY), "-db", "-f", str(folder / "haproxy.cfg")]


def _servers(text: str, pattern: str, lines: list[str]) -> str:
    """The example's lines of servers with other addresses; its last ones go where there are fewer."""
    left = iter(lines)
    return re.sub(
        pattern, lambda found: line + found[1] if (line := next(left, None)) else "", text, flags=re.MULTILINE
    )


def _until_it_listens(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(1000):
        with socket.socket() as caller:
            if caller.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise AssertionError(log.read_text(encoding="utf-8", errors="replace") or "the load balancer does not listen")
