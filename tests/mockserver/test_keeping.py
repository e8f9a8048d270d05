"""State that outlives the server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from cancelkit.fixtures.world import generate_world
from cancelkit.mockserver.state.statefile import StateError
from tests.clients.running import ROOT, mock
from tests.mockserver.bench import LIST, NEW, ONE, Bench

KEY = {"Authorization": "Token demo"}


def test_the_state_is_there_after_a_restart(tmp_path: Path) -> None:
    """Records, the next id, snapshots and the clock; a session of its own is not kept."""
    file = tmp_path / "mock.state"
    with mock("--state", str(file), "--size", "50") as url, httpx.Client(base_url=url, headers=KEY) as client:
        client.put("/_mock/snapshots/clean").raise_for_status()
        client.post("/_mock/clock", json={"freeze": "2025-03-01T12:00:00Z"}).raise_for_status()
        made = client.post(LIST, json=NEW).raise_for_status().json()
        client.delete(f"{LIST}{made['id']}/").raise_for_status()
        kept = client.patch(ONE, json={"description": "kept"}).raise_for_status().json()
        client.post(LIST, json=NEW, headers={"X-Mock-Session": "a"}).raise_for_status()
    with mock("--state", str(file), "--size", "50") as url, httpx.Client(base_url=url, headers=KEY) as client:
        again, new = client.get(ONE).json(), client.post(LIST, json=NEW).json()
        restored = client.post("/_mock/snapshots/clean/restore").json()
        sessions = client.get("/_mock/sessions").json()["sessions"]

    assert again == kept
    assert new["id"] == made["id"] + 1
    assert new["created_date"] == "2025-03-01T12:00:00.000000Z"
    assert restored["records"] == 50
    assert len(sessions) == 1


def test_the_state_survives_a_kill(tmp_path: Path) -> None:
    """What was written shortly before is in the file, which is whole."""
    file = tmp_path / "mock.state"
    bench = Bench(state=file)
    before = file.read_bytes()
    command: list[str | Path] = [sys.executable, "-u", "-m", "cancelkit", "mock", "--port", "0", "--size", "60"]
    process = subprocess.Popen([*command, "--state", file], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout
    url = process.stdout.readline().split()[-1]
    httpx.patch(f"{url}{ONE}", json={"description": "kept"}, headers=KEY).raise_for_status()
    while file.read_bytes() == before or b"kept" not in file.read_bytes():
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()

    assert bench.get(ONE)["description"] != "kept"
    assert Bench(state=file).get(ONE)["description"] == "kept"


def test_a_kept_state_brings_what_it_refers_to(tmp_path: Path) -> None:
    """A mock started with other default data still shows the kept records with their own order items."""
    file = tmp_path / "mock.state"
    first = Bench(generate_world(size=80, seed=7, scopes=((7,), (8,), (9,))), state=file)
    shown = first.get("/api/channel/9/cancellation_requests/detailed?limit=1000")
    second = Bench(generate_world(size=5), state=file)

    assert second.get("/api/channel/9/cancellation_requests/detailed?limit=1000") == shown
    assert second.post("/_mock/reset")["records"] == 5


def test_a_damaged_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    """One clear line, exit code 2, and not a byte of the file is touched."""
    file = tmp_path / "mock.state"
    Bench(state=file)
    broken = file.read_bytes()[:-100]
    file.write_bytes(broken)
    done = subprocess.run(
        [sys.executable, "-m", "cancelkit", "mock", "--port", "0", "--state", file],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "is damaged: it ends within state default, 100 bytes too early" in done.stderr
    assert file.read_bytes() == broken


@pytest.mark.parametrize("name", ["no/such/folder/mock.state", "."])
def test_a_file_that_can_not_be_written_is_refused_at_the_start(tmp_path: Path, name: str) -> None:
    """Not hours later, when there is something to lose."""
    with pytest.raises(StateError, match="can't be"):
        Bench(state=tmp_path / name)


def test_a_start_sweeps_up_after_a_crash(tmp_path: Path) -> None:
    """A mock that was killed while it wrote leaves a file beside; the next one does not let them pile up."""
    left = tmp_path / ".state.json.abc.part"
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    Bench(state=tmp_path / "state.json")

    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]
