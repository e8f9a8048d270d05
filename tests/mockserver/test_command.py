"""`cancelkit mock` as typed: what is wrong is told in one line, the banner's commands work, signals end it cleanly."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cancelkit.command import main
from cancelkit.fixtures.world import generate_world
from cancelkit.mockserver.serving.door import base_url
from tests.clients.running import ending

ROOT = Path(__file__).parents[2]
Broken = Callable[[dict[str, Any]], None]


def _call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["mock", *arguments], prog_name="cancelkit")


@contextmanager
def _started(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A mock on a free port, and its banner."""
    command = [sys.executable, "-u", "-m", "cancelkit", "mock", "--port", "0", *options]
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, env=environment
    )
    with ending(process):
        assert process.stdout
        lines = [process.stdout.readline()]
        while lines[-1] and "-d '" not in lines[-1]:
            lines.append(process.stdout.readline())
        yield process, "".join(lines)


def _set(*path: Any, value: Any) -> Broken:
    *way, last = path

    def change(tables: dict[str, Any]) -> None:
        node: Any = tables
        for step in way:
            node = node[step]
        node[last] = value

    return change


def _deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "99999"], "99999"),
        (["--port", "-1"], "-1"),
        (["--port", "http"], "'http'"),
        (["--size", "-1"], "--size"),
        (["--seed", "x"], "--seed"),
        (["--max-limit", "0"], "--max-limit"),
        (["--log-format", "xml"], "xml"),
        (["--token", ""], "--token"),
        (["--host", ""], "--host"),
        (["--host", "no host"], "no host"),
        (["--deviate", "no-such-fault"], "no-such-fault"),
        (["--no-such-option"], "--no-such-option"),
        (["surplus"], "surplus"),
        (["--data", "missing.json"], "missing.json"),
        (["--data", "world.json", "--size", "5"], "--size"),
        (["--data", "world.json", "--empty"], "--empty"),
    ],
)
def test_a_bad_option_is_one_line_and_exit_code_2(arguments: list[str], said: str) -> None:
    """The line names the command and what is wrong; nothing is served."""
    result = _call(*arguments)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("cancelkit mock: ")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_an_unknown_verb_is_one_line_too() -> None:
    """What no verb understands is told in the same way."""
    result = CliRunner().invoke(main, ["serve"], prog_name="cancelkit")

    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "serve" in result.stderr


def test_a_port_in_use_says_what_to_do() -> None:
    """Only a port in use is told to be one; another address that can't be had is not."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        busy = _call("--port", str(other.getsockname()[1]))
    elsewhere = _call("--host", "192.0.2.1", "--port", "0")

    assert (busy.exit_code, elsewhere.exit_code) == (2, 2)
    assert "--port 0 takes any free port" in busy.stderr
    assert "--port 0" not in elsewhere.stderr
    assert busy.stderr.count("\n") == elsewhere.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (_set("cancellation_requests", 3, "status", value="lost"), "cancellation_requests[3].status"),
        (_set("cancellation_requests", 3, "status", value="x" * 5000), "cancellation_requests[3].status"),
        (_set("cancellation_requests", 0, "order_item", value=10**6), "cancellation_requests[0].order_item"),
        (_set("cancellation_requests", 0, "description", value="\ud800"), "cancellation_requests[0].description"),
        (_set("cancellation_requests", 0, "attributes", value={"n": [10**30]}), "[0].attributes.n[0]"),
        (_set("cancellation_requests", 0, "attributes", value=_deep(400)), "cancellation_requests[0].attributes.a"),
        (_set("orders", 1, "date_placed", value="2025-13-01T00:00:00Z"), "orders[1].date_placed"),
        (_set("customers", 2, "email", value="nobody"), "customers[2].email"),
        (_set("reasons", value={}), "reasons"),
        (_set("cancellation_requests", 0, "attributes", value={"n": float("nan")}), "NaN"),
    ],
)
def test_broken_data_is_one_short_line_that_names_record_and_field(tmp_path: Path, change: Broken, place: str) -> None:
    """Whatever a file holds that can't be served, the mock says where, and does not start."""
    tables = json.loads(json.dumps(generate_world(size=5).to_tables()))
    change(tables)
    file = tmp_path / "world.json"
    file.write_text(json.dumps(tables), encoding="utf-8")

    result = _call("--port", "0", "--data", str(file))

    assert result.exit_code == 2
    assert result.stderr.startswith(f"cancelkit mock: --data {file}: ")
    assert place in result.stderr
    assert result.stderr.count("\n") == 1
    assert len(result.stderr) < 1500


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_a_file_that_is_no_world_is_refused(tmp_path: Path, content: bytes) -> None:
    """No JSON, no text, no object: one line, exit code 2."""
    file = tmp_path / "world.json"
    file.write_bytes(content)

    result = _call("--port", "0", "--data", str(file))

    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_the_banners_commands_work_and_a_signal_ends_it_cleanly(end: signal.Signals) -> None:
    """Both curls are pasted as they stand; then Ctrl-C or SIGTERM: nothing more is said, exit code 0."""
    with _started() as (process, banner):
        commands = re.findall(r"^  (curl .*)$", banner, re.MULTILINE)
        answers = [
            subprocess.run(["bash", "-c", f"{command} -s -w '%{{http_code}}'"], capture_output=True, text=True).stdout
            for command in commands
        ]
        process.send_signal(end)
        rest, _ = process.communicate(timeout=20)

    assert [answer[-3:] for answer in answers] == ["200", "201"]
    assert (rest, process.returncode) == ("", 0)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("::1", "http://[::1]:80"),
        ("192.0.2.1", "http://192.0.2.1:80"),
    ],
)
def test_the_address_told_can_be_called(address: str, url: str) -> None:
    """ "Every address" is where a server listens, not where a client calls."""
    assert base_url(address, 80) == url
