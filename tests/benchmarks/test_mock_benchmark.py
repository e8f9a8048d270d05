"""The benchmark of the mock: its ratios, and what it says when it can't measure.

Knows nothing of: how fast anything is; no test here depends on time.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from os import getpid
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from benchmarks.mock import main
from benchmarks.serving.figures import SCENARIOS, Figures, leads
from benchmarks.serving.inputs import mappings
from benchmarks.serving.load import Load, run
from benchmarks.serving.process import Call, Running, free_port, known_ids, running
from benchmarks.serving.report import draw, write_json
from benchmarks.serving.samples import ACTION, DELETE, Samples, take
from benchmarks.serving.servers import LIMIT, absent, catalogue
from tests.clients.running import mock


def _figures(name: str, per_second: list[float], cold_start: float = 1.0, *, refused: int = 0) -> Figures:
    loads = {
        scenario: [Load(int(rate), 1.0, 1.0, 2.0, refused, 0, cpu=1.0) for rate in per_second] for scenario in SCENARIOS
    }
    return Figures(name, "1.0", "", [cold_start], [50.0], loads)


def _absent(name: str) -> Figures:
    return Figures(name, "not installed", "", absent="its npm package is not installed")


def test_the_lead_is_over_the_best_peer_of_each_column() -> None:
    """More requests and fewer seconds are better; a peer that is absent is nobody's best."""
    ours = _figures("ours", [90, 100, 400], cold_start=0.4)
    peers = [_figures("quick start", [10.0], cold_start=0.2), _figures("quick", [50.0]), _absent("gone")]

    lead = leads(ours, peers)

    assert lead["GET by id"] == (2.0, "quick")
    assert lead["cold start"] == (0.5, "quick start")


def test_calls_that_failed_stand_beside_the_figures() -> None:
    """A server that answers quickly because it refuses shows it."""
    assert _figures("refuses", [1.0, 2.0], refused=7).faults() == 7 * 2 * len(SCENARIOS)


def test_an_absent_peer_is_told_with_its_reason(tmp_path: Path) -> None:
    """The JSON names a peer that could not be measured, and the picture is drawn without it."""
    ours, limit = _figures("ours", [50.0]), _figures("limit", [100.0])
    write_json(tmp_path / "mock.json", {"rounds": 1}, ours, limit, [_absent("gone")])
    draw(tmp_path / "mock.png", "rounds 1", ours, limit, [_absent("gone")])

    told = json.loads((tmp_path / "mock.json").read_text(encoding="utf-8"))
    assert told["servers"]["gone"]["absent"] == "its npm package is not installed"
    assert told["servers"]["ours"]["get"]["ratio_to_limit"] == 0.5
    assert told["servers"]["ours"]["get"]["cpu_us"] == 20_000
    assert (tmp_path / "mock.png").read_bytes().startswith(b"\x89PNG")


def test_without_wrk_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """No load generator: one line that tells what to install, and exit code 2."""
    monkeypatch.setenv("PATH", "")
    done = CliRunner().invoke(main, ["--quick"])

    assert done.exit_code == 2
    assert "apt-get install wrk" in done.output


@contextmanager
def _deleting() -> Iterator[tuple[Running, Counter[str]]]:
    """A server that takes every DELETE and counts them by path."""
    called: Counter[str] = Counter()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_DELETE(self) -> None:
            called[self.path] += 1
            self.send_response(204)
            self.end_headers()

        def log_message(self, *said: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A client that leaves is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Running(getpid(), server.server_port, 0.0), called
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")
def test_each_record_is_called_once_and_the_time_ends_with_the_last() -> None:
    """A second DELETE of a record is refused, and waiting after the last one is no load."""
    ids = [str(number) for number in range(200)]
    with _deleting() as (server, called):
        load = run(server, Call("DELETE", "/EACHID/", 204, each="/"), 2, 4, ids)

    asked_once = {f"/{id}/" for id in ids[1:-1]}  # wrk takes the first for a trial of its own

    assert {path for path, times in called.items() if times == 1} >= asked_once
    assert set(called) <= {f"/{id}/" for id in ids}
    assert load.seconds < 1.9


def test_records_are_known_from_all_pages_of_a_list() -> None:
    """Whether the list has pages, or is one array."""
    with mock("--size", "60") as url:
        port = int(url.rpartition(":")[2].strip("/"))
        each = DELETE.each or ""

        assert known_ids(port, each.replace("1000", "7")) == known_ids(port, each)
        assert 0 < len(known_ids(port, ACTION.each or "")) < len(known_ids(port, each))


def test_every_server_has_a_call_for_each_scenario(tmp_path: Path) -> None:
    """Those that keep no state are always asked for the same record."""
    with mock("--size", "60") as url:
        samples = take(int(url.rpartition(":")[2].strip("/")), tmp_path)
    servers = {server.name: server for server in catalogue(samples)}

    assert all(list(server.calls) == list(SCENARIOS) for server in servers.values())
    assert servers[LIMIT].calls["delete"].path == DELETE.path.replace("EACHID", "1")


def test_a_stub_for_each_call_with_our_answer(tmp_path: Path) -> None:
    """WireMock answers a DELETE with nothing, and the action with a record."""
    samples = Samples(tmp_path, [])
    for file in samples.answers:
        file.write_text(json.dumps({"from": file.stem}))
    folder = mappings(samples, {"delete": Call("DELETE", "/1/", 204), "action": Call("POST", "/1/reject/?a=b")})

    stubs = {file.stem: json.loads(file.read_text()) for file in (folder / "mappings").iterdir()}
    assert "body" not in stubs["delete"]["response"]
    assert json.loads(stubs["action"]["response"]["body"]) == {"from": "one"}
    assert stubs["action"]["request"] == {"method": "POST", "urlPath": "/1/reject/"}


def test_without_java_wiremock_is_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the reason says what to install."""
    samples = Samples(tmp_path, [])
    for file in samples.answers:
        file.write_text("{}")
    wiremock = next(server for server in catalogue(samples) if server.name == "WireMock")
    monkeypatch.setenv("PATH", "")

    assert "default-jre-headless" in (absent(replace(wiremock, version="3.13.2")) or "")


_ANSWERING = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(500 if "PYTHONDONTWRITEBYTECODE" in os.environ else 200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def test_servers_start_as_compiled_packages_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable of this process that forbids to keep what was compiled does not make every start a slow one."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    port = free_port()
    command = [sys.executable, "-c", _ANSWERING, str(port)]
    with running(command, port, Call("GET", "/"), tmp_path, {}, patience=30) as server:
        assert server.cold_start > 0


@pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")
def test_processor_time_is_told_to_the_nanosecond() -> None:
    """Of the thread that works, however short the work."""
    here = Running(getpid(), 0, 0.0)
    before = here.exact_cpu()
    while here.exact_cpu() == before:  # the kernel counts at its own ticks
        sum(range(100_000))

    assert here.exact_cpu() - before < 60
