"""State that outlives the server."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from cancelkit.fixtures.world import World, generate_world
from cancelkit.mockserver.session import Session
from cancelkit.mockserver.state.durability import StateError
from cancelkit.mockserver.state.statefile import StateFile
from cancelkit.mockserver.state.tables import tables
from tests.clients.running import ROOT, Running, ending, mock
from tests.mockserver.bench import LIST, NEW, ONE, Bench

KEY = {"Authorization": "Token demo"}
LATER = "2025-03-01T12:00:00Z"


def _session(bench: Bench) -> Session:
    return bench.app.sessions.default


def _held(session: Session) -> dict[str, Any]:
    """All that is to be kept of a session."""
    stores = {"": session.reading()} | {name: kept.store for name, kept in session.snapshots.items()}
    return {
        "stores": {name: (store.next_number, tables(store)) for name, store in stores.items()},
        "snapshots": [(entry["name"], entry["created"]) for entry in session.snapshots.entries()],
        "clock": session.clock.kept(),
    }


def _again(bench: Bench, file: Path, world: World | None = None) -> Bench:
    """The mock after a restart."""
    bench.close()
    return Bench(world, state=file)


def test_the_state_is_there_after_a_restart(tmp_path: Path) -> None:
    """Records, the next id, snapshots and the clock; a session of its own is not kept."""
    file = tmp_path / "mock.state"
    with mock("--state", str(file), "--size", "50") as url, httpx.Client(base_url=url, headers=KEY) as client:
        client.put("/_mock/snapshots/clean").raise_for_status()
        client.post("/_mock/clock", json={"freeze": LATER}).raise_for_status()
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
    assert list(tmp_path.iterdir()) == [file]


@contextmanager
def _started(file: Path, *options: str) -> Iterator[tuple[Running, httpx.Client]]:
    command = [sys.executable, "-u", "-m", "cancelkit", "mock", "--port", "0", "--size", "60", "--state", str(file)]
    process = subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
    )
    running = Running(process)
    with ending(process), httpx.Client(base_url=running.find(r"http://\S+"), headers=KEY) as client:
        yield running, client
        process.kill()


@pytest.mark.parametrize("durability", ["process", "full"])
def test_no_answered_write_is_lost_to_a_kill(tmp_path: Path, durability: str) -> None:
    """Every 201 of a stream of creates that SIGKILL ends is there afterwards, each field of it."""
    file, answered = tmp_path / "mock.state", []

    with _started(file, "--durability", durability) as (running, client):

        def stream() -> None:
            with suppress(httpx.TransportError):
                while True:
                    answer = client.post(LIST, json=NEW | {"description": f"the {len(answered)}th"})
                    assert answer.status_code == 201
                    answered.append(answer.json())

        creating = Thread(target=stream)
        creating.start()
        while len(answered) < 150:
            assert creating.is_alive()
        running.process.kill()
        creating.join()
    bench = Bench(state=file)
    found = {record["id"]: record for record in bench.get(f"{LIST}?limit=1000")["results"]}

    assert len(answered) >= 150
    assert [found.get(record["id"]) for record in answered] == answered
    assert bench.post(LIST, NEW)["id"] > answered[-1]["id"]


def test_a_lazy_write_is_kept_a_moment_later(tmp_path: Path) -> None:
    """While the mock serves, without another call; it survives a kill from then on."""
    file = tmp_path / "mock.state"
    log = file.with_name("mock.state-wal")
    with _started(file, "--durability", "lazy") as (running, client):
        client.patch(ONE, json={"description": "kept later"}).raise_for_status()
        end = monotonic() + 60
        while b"kept later" not in file.read_bytes() + log.read_bytes():
            assert monotonic() < end
            sleep(0.05)
        running.process.kill()

    assert Bench(state=file).get(ONE)["description"] == "kept later"


def test_a_full_disk_is_an_error_of_the_call_alone(tmp_path: Path) -> None:
    """Once there is room again all goes on, and what was answered is there after a kill, nothing else."""
    file = tmp_path / "mock.state"
    log = file.with_name("mock.state-wal")
    with _started(file) as (running, client):
        made = [client.post(LIST, json=NEW).raise_for_status().json() for _ in range(3)]
        unlimited = resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE)
        room = max(log.stat().st_size, file.stat().st_size) + 30_000
        resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, (room, unlimited[1]))
        refused = []
        for _ in range(40):
            answer = client.post(LIST, json=NEW)
            (made if answer.status_code == 201 else refused).append(answer.json())
        there = client.get(LIST, params={"limit": 1000}).raise_for_status().json()["results"]
        resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, unlimited)
        made.append(client.post(LIST, json=NEW).raise_for_status().json())
        running.process.kill()
    found = Bench(state=file).get(f"{LIST}?limit=1000")["results"]

    assert refused
    assert {error["code"] for error in refused} == {"state_not_written"}
    assert all("mock.state can't be written: " in error["detail"] for error in refused)
    assert found == [*there, made[-1]]
    assert [record["id"] for record in found][-len(made) :] == [record["id"] for record in made]


def _query_only(bench: Bench, on: bool) -> None:
    """Let SQLite refuse every write to the file, or no more."""
    keeper = bench.app.lifetime.keeper
    assert keeper
    assert isinstance(keeper._file, StateFile)
    list(keeper._file.rows(f"PRAGMA query_only = {on:d}"))


WRITES: dict[str, tuple[str, str, Any]] = {
    "create": ("POST", LIST, NEW),
    "patch": ("PATCH", ONE, {"description": "changed"}),
    "put": ("PUT", ONE, {"description": "changed"}),
    "delete": ("DELETE", ONE, None),
    "edit": ("PATCH", "/_mock/records/1", {"description": "edited"}),
    "snapshot": ("PUT", "/_mock/snapshots/new", None),
    "snapshot again": ("PUT", "/_mock/snapshots/old", None),
    "restore": ("POST", "/_mock/snapshots/old/restore", None),
    "forget": ("DELETE", "/_mock/snapshots/old", None),
    "reset": ("POST", "/_mock/reset", {}),
    "import": ("POST", "/_mock/import", None),
    "scenario": ("POST", "/_mock/scenario", {"start": "empty", "now": LATER, "requests": [{"count": 3}]}),
    "freeze": ("POST", "/_mock/clock", {"freeze": LATER}),
    "set": ("POST", "/_mock/clock", {"set": LATER}),
    "advance": ("POST", "/_mock/clock", {"advance": 60}),
    "release": ("POST", "/_mock/clock", {"release": True}),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_write_that_can_not_be_kept_changes_nothing(tmp_path: Path, write: str) -> None:
    """Not the records, not the snapshots, not the clock; it is done in full once it can be kept, and is kept then."""
    file = tmp_path / "mock.state"
    bench = Bench(state=file)
    bench.post("/_mock/clock", {"freeze": "2025-01-01T00:00:00Z"})
    bench.put("/_mock/snapshots/old")
    bench.patch(f"{LIST}2/", {"description": "before"})
    method, path, body = WRITES[write]
    body = tables(_session(bench).snapshots["old"].store) if write == "import" else body
    before = _held(_session(bench))
    _query_only(bench, True)
    refused = bench.call(method, path, body)
    after = _held(_session(bench))
    _query_only(bench, False)
    done = bench.call(method, path, body)
    held = _held(_session(bench))
    again = _again(bench, file)

    assert (refused.status_code, refused.json()["code"]) == (507, "state_not_written")
    assert after == before
    assert done.is_success
    assert held != before
    assert _held(_session(again)) == held


def test_a_read_is_answered_though_the_move_after_it_can_not_be_kept(tmp_path: Path) -> None:
    """The request moves on with a later read."""
    bench = Bench(state=tmp_path / "mock.state")
    waiting = next(r["id"] for r in bench.get(f"{LIST}?limit=1000")["results"] if r["status"] == "waiting")
    rule = {"from": "waiting", "to": "approved", "after_reads": 1}
    bench.put("/_mock/progress", {"rules": [rule]})
    _query_only(bench, True)
    first, second = bench.get(f"{LIST}{waiting}/"), bench.get(f"{LIST}{waiting}/")
    _query_only(bench, False)
    bench.get(f"{LIST}{waiting}/")

    assert first["status"] == second["status"] == "waiting"
    assert bench.get(f"{LIST}{waiting}/")["status"] == "approved"


def _random_step(session: Session, chance: random.Random, bench: Bench) -> None:
    names = [name for name, _ in session.snapshots.items()]
    ids = [record.base["id"] for record in session.reading().records()]
    steps: list[Callable[[], object]] = [
        *[lambda: bench.post(LIST, NEW)] * 3,
        lambda: session.snapshots.keep(chance.choice("abc"), session.share()),
        lambda: bench.post("/_mock/clock", {"advance": 5}),
    ]
    if ids:
        steps += [lambda: session.shelf.remove(chance.choice(ids))] * 2
        steps += [
            lambda: bench.patch(f"/_mock/records/{chance.choice(ids)}", {"description": str(chance.random())})
        ] * 3
    if names:
        steps += [lambda: session.take(session.snapshots[chance.choice(names)].store)] * 2
        steps.append(lambda: session.snapshots.delete(chance.choice(names)))
    if chance.random() < 0.2:
        steps += [session.reset, lambda: bench.post("/_mock/scenario", {"start": "empty", "requests": [{"count": 2}]})]
        steps.append(lambda: bench.post("/_mock/import", tables(session.reading())))
    chance.choice(steps)()


@pytest.mark.parametrize("seed", range(4))
def test_whatever_was_done_is_there_after_a_restart(tmp_path: Path, seed: int) -> None:
    """Writes, snapshots, restores and resets in any order, over several restarts and with another start among them."""
    file, chance = tmp_path / "mock.state", random.Random(seed)
    bench = Bench(generate_world(size=8), state=file)
    for _ in range(4):
        for _ in range(chance.randint(1, 25)):
            _random_step(_session(bench), chance, bench)
        before = _held(_session(bench))
        bench = _again(bench, file, generate_world(size=chance.choice([8, 8, 5])))

        assert _held(_session(bench)) == before


def test_what_nobody_holds_any_more_is_no_longer_in_the_file(tmp_path: Path) -> None:
    """However often snapshots are taken and gone back to: only the starting state and what has changed since."""
    file = tmp_path / "mock.state"
    bench = Bench(state=file)
    for number in range(20):
        bench.put(f"/_mock/snapshots/{number % 3}")
        bench.patch(ONE, {"description": str(number)})
        bench.post(f"/_mock/snapshots/{number // 2 % 3}/restore") if number % 2 else bench.post("/_mock/reset")
        bench.patch(ONE, {"description": str(-number)})
    for number in range(3):
        bench.call("DELETE", f"/_mock/snapshots/{number}")
    keeper = bench.app.lifetime.keeper
    assert keeper
    assert keeper._file
    ((records, versions),) = keeper._file.rows("SELECT (SELECT count(*) FROM records), (SELECT count(*) FROM versions)")

    assert (records, versions) == (61, 2)


def test_a_kept_state_brings_what_it_refers_to(tmp_path: Path) -> None:
    """A mock started with other default data still shows the kept records with their own order items."""
    file = tmp_path / "mock.state"
    first = Bench(generate_world(size=80, seed=7, scopes=((7,), (8,), (9,))), state=file)
    shown = first.get("/api/channel/9/cancellation_requests/detailed?limit=1000")
    second = _again(first, file, generate_world(size=5))

    assert second.get("/api/channel/9/cancellation_requests/detailed?limit=1000") == shown
    assert second.post("/_mock/reset")["records"] == 5


def test_a_record_that_was_changed_on_the_disk_is_refused(tmp_path: Path) -> None:
    """A flipped bit within a document, which SQLite does not notice."""
    file = tmp_path / "mock.state"
    bench = Bench(state=file)
    bench.patch(ONE, {"description": "kept as it was"})
    bench.close()
    broken = file.read_bytes().replace(b"kept as it was", b"kept at it was")
    file.write_bytes(broken)
    with pytest.raises(StateError, match="is damaged: the bytes of record 1 have been changed"):
        Bench(state=file)

    assert file.read_bytes() == broken


def _damaged(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-5000])


def _earlier(file: Path) -> None:
    file.write_bytes(b'{"cancelkit_state":1}\n')


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_damaged, "is damaged: "),
        (_earlier, "was kept by an earlier version of cancelkit. Export it there"),
        (lambda file: Bench(state=file), "is in use by another mock: stop that one, or name another file"),
    ],
)
def test_a_file_that_can_not_be_used_ends_the_start_with_one_line(
    tmp_path: Path, spoil: Callable[[Path], object], said: str
) -> None:
    """Exit code 2, what is wrong, and what to do."""
    file = tmp_path / "mock.state"
    Bench(state=file).close()
    held = spoil(file)
    done = subprocess.run(
        [sys.executable, "-m", "cancelkit", "mock", "--port", "0", "--size", "60", "--state", file],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2, held
    assert done.stderr.count("\n") == 1
    assert f"{file} {said}" in done.stderr


@contextmanager
def _nobody() -> Iterator[None]:
    """Root may write everything."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
@pytest.mark.parametrize(("mode", "folder"), [(0o444, 0o777), (0o666, 0o555)])
def test_a_file_that_may_only_be_read_is_refused_at_the_start(mode: int, folder: int) -> None:
    """Not hours later, when there is something to lose; nor one in a folder where its log has no place."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, "mock.state")
        Bench(state=file).close()
        file.chmod(mode)
        Path(place).chmod(folder)
        with _nobody(), pytest.raises(StateError, match=r"can't be written: \w+"):
            Bench(state=file)
        Path(place).chmod(0o700)


def test_a_place_where_no_file_can_be_is_refused_at_the_start(tmp_path: Path) -> None:
    """The line says which file, and why."""
    with pytest.raises(StateError, match="can't be"):
        Bench(state=tmp_path / "no/such/folder/mock.state")


def test_durability_wants_a_file(tmp_path: Path) -> None:
    """It would promise what nobody keeps."""
    done = subprocess.run(
        [sys.executable, "-m", "cancelkit", "mock", "--port", "0", "--durability", "full"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert "--durability is about --state FILE: name the file" in done.stderr


def test_a_start_sweeps_up_after_a_crash(tmp_path: Path) -> None:
    """A mock that was killed while it made the file leaves one beside; the next one does not let them pile up."""
    left = tmp_path / ".mock.state.abc.part"
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    Bench(state=tmp_path / "mock.state").close()

    assert [path.name for path in tmp_path.iterdir()] == ["mock.state"]
