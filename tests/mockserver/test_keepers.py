"""`--state FOLDER`: every session is there again after a restart, until it is deleted or goes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from cancelkit.mockserver.cli import mock
from cancelkit.mockserver.serving.keepers import FILE, Keepers
from cancelkit.mockserver.serving.keeping import Keeper
from cancelkit.mockserver.sessions import GRACE_SECONDS
from cancelkit.mockserver.settings import Quota
from cancelkit.mockserver.state.durability import LAZY_SECONDS, NotWritten, StateError
from cancelkit.mockserver.state.statefile import StateFile
from tests.clients.running import running
from tests.mockserver.bench import LIST, NEW, Bench

KEY = {"authorization": "Token demo"}


def _stop(bench: Bench) -> None:
    """As a server that stops does."""
    keeper = bench.app.lifetime.keeper
    assert keeper is not None
    keeper.close()


def test_every_session_is_there_again(tmp_path: Path) -> None:
    """Those that have only read, too; each with its own records, snapshots and clock."""
    bench = Bench(state=tmp_path)
    start = bench.count()
    for number in range(3):
        for _ in range(number):
            bench.post(LIST, NEW, x_mock_session=f"team.{number}")
        bench.get(LIST, x_mock_session=f"team.{number}")
    bench.put("/_mock/snapshots/kept?session=team.2")
    bench.post("/_mock/clock?session=team.1", {"freeze": "2025-03-01T12:00:00Z"})
    bench.post(LIST, NEW)
    _stop(bench)
    again = Bench(state=tmp_path)
    listed = again.get("/_mock/sessions")

    assert [entry["name"] for entry in listed["sessions"]] == ["default"]
    assert listed["asleep"] == ["team.0", "team.1", "team.2"]
    assert [again.count(x_mock_session=f"team.{number}") - start for number in range(3)] == [0, 1, 2]
    assert again.count() == start + 1
    assert len(again.get("/_mock/snapshots?session=team.2")["snapshots"]) == 1
    assert again.get("/_mock/clock?session=team.1")["frozen"]
    assert again.get("/_mock/sessions")["asleep"] == []
    _stop(again)


def test_a_session_that_is_deleted_is_gone_for_good(tmp_path: Path) -> None:
    """And none that is called nearly so; one of its name that is made later starts anew."""
    bench = Bench(state=tmp_path)
    for name in ("a", "a.state", "a-wal"):
        bench.post(LIST, NEW, x_mock_session=name)
    bench.call("DELETE", "/_mock/sessions/a")
    anew = bench.count(x_mock_session="a")
    bench.call("DELETE", "/_mock/sessions/a")
    _stop(bench)
    again = Bench(state=tmp_path)

    assert anew == again.count()
    assert again.get("/_mock/sessions")["asleep"] == ["a-wal", "a.state"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-wal", "a.state", "default"]
    _stop(again)


def test_a_kill_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    """Of no session, under a real server."""
    ids: dict[str, list[int]] = {}
    with running("mock", "--port", "0", "--size", "20", "--state", str(tmp_path)) as server, httpx.Client() as client:
        for number in range(30):
            name = f"s{number % 5}"
            made = client.post(f"{server.url}/s/{name}{LIST}", json=NEW, headers=KEY).raise_for_status().json()
            ids.setdefault(name, []).append(made["id"])
        server.process.kill()
        server.process.wait(timeout=20)
    with running("mock", "--port", "0", "--size", "20", "--state", str(tmp_path)) as server, httpx.Client() as client:
        found = [
            client.get(f"{server.url}/s/{name}{LIST}{id}/", headers=KEY).status_code for name in ids for id in ids[name]
        ]

    assert found == [200] * 30


def test_more_sessions_than_there_may_be_are_refused_and_left(tmp_path: Path) -> None:
    bench = Bench(state=tmp_path)
    for name in ("a", "b", "c"):
        bench.get(LIST, x_mock_session=name)
    _stop(bench)

    with pytest.raises(StateError, match="--session-limit"):
        Bench(state=tmp_path, session_limit=2)
    again = Bench(state=tmp_path)
    assert again.get("/_mock/sessions")["asleep"] == ["a", "b", "c"]
    _stop(again)


def test_a_session_that_can_t_be_kept_is_refused(tmp_path: Path) -> None:
    """And does not stay half there."""
    bench = Bench(state=tmp_path)
    (tmp_path / "broken").write_text("a file where a folder must be")
    refused = bench.call("GET", LIST, x_mock_session="broken")

    assert (refused.status_code, refused.json()["code"]) == (507, "state_not_written")
    assert [entry["name"] for entry in bench.get("/_mock/sessions")["sessions"]] == ["default"]
    assert (tmp_path / "broken").read_text().startswith("a file")
    _stop(bench)


def test_what_waits_is_written_beside_the_calls(tmp_path: Path) -> None:
    """Of each session, also of those that were made since; one that is deleted meanwhile leaves nothing behind."""

    async def lived() -> list[bool]:
        task = asyncio.ensure_future(_keepers(bench).run())
        for name in ("new", "other"):
            await bench._call("POST", LIST, NEW, {"x_mock_session": name})
        bench.app.sessions.delete("other")
        busy = _busy(bench)
        await asyncio.sleep(4 * LAZY_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return [busy, _busy(bench)]

    bench = Bench(state=tmp_path)
    seen = asyncio.run(lived())
    _stop(bench)

    assert seen == [True, False]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["default", "new"]


def _keepers(bench: Bench) -> Keepers:
    found = bench.app.lifetime.keeper
    assert isinstance(found, Keepers)
    return found


def _busy(bench: Bench) -> bool:
    return any(keeper._file.busy for keeper in _keepers(bench)._keepers.values() if keeper._file)


def _two(folder: Path, **settings: Any) -> list[int]:
    """Keep sessions `one` and `two` with a new record each; their ids."""
    bench = Bench(state=folder, **settings)
    ids = [bench.post(LIST, NEW, x_mock_session=name)["id"] for name in ("one", "two")]
    _stop(bench)
    return ids


def test_a_damaged_session_does_not_stop_the_others(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Its calls are told so, the log says why, once; it begins anew when it is deleted."""
    _, two = _two(tmp_path)
    file = tmp_path / "one" / FILE
    file.write_bytes(file.read_bytes()[:-5000])
    bench = Bench(state=tmp_path)
    refused = [bench.call("GET", LIST, x_mock_session="one") for _ in range(2)]
    left, other = file.exists(), bench.call("GET", f"{LIST}{two}/", x_mock_session="two")
    deleted = bench.call("DELETE", "/_mock/sessions/one").status_code
    anew = bench.count(x_mock_session="one")

    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(503, "state_unusable")}
    assert str(tmp_path) not in refused[0].text
    assert [record.message for record in caplog.records if f"{file} is damaged: " in record.message] == [
        record.message for record in caplog.records
    ]
    assert len(caplog.records) == 1
    assert (left, other.status_code, deleted, anew) == (True, 200, 204, bench.count())
    _stop(bench)


def test_a_folder_is_one_mocks_alone(tmp_path: Path) -> None:
    """Another one is refused in one line; a replica has a folder of its own."""
    bench = Bench(state=tmp_path)
    (tmp_path / "replica").mkdir()
    run = CliRunner().invoke(mock, ["--state", str(tmp_path), "--port", "0"])
    _stop(Bench(state=tmp_path / "replica"))
    _stop(bench)
    _stop(Bench(state=tmp_path))

    assert run.exit_code == 2
    assert run.stderr == (
        f"cancelkit mock: {tmp_path} is in use by another mock: stop that one, or name another folder\n"
    )


def test_sessions_that_nobody_calls_go_and_so_do_their_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those that were asleep since the start; what is not ours is left."""
    _two(tmp_path)
    (tmp_path / "two" / "notes.txt").write_text("somebody else's")
    (tmp_path / "mine").mkdir()
    bench = Bench(state=tmp_path, session_idle=100.0)
    bench.get(LIST, x_mock_session="three")
    later = monotonic() + 101
    monkeypatch.setattr("cancelkit.mockserver.sessions.monotonic", lambda: later)
    listed = bench.get("/_mock/sessions")
    _stop(bench)

    assert ([entry["name"] for entry in listed["sessions"]], listed["asleep"]) == (["default"], [])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["default", "mine", "two"]
    assert [path.name for path in (tmp_path / "two").iterdir()] == ["notes.txt"]


def test_sessions_that_are_asleep_count_and_give_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _two(tmp_path)
    bench = Bench(state=tmp_path, session_limit=2)
    refused = bench.call("GET", LIST, x_mock_session="three")
    later = monotonic() + GRACE_SECONDS + 1
    monkeypatch.setattr("cancelkit.mockserver.sessions.monotonic", lambda: later)
    bench.get(LIST, x_mock_session="two")
    bench.get(LIST, x_mock_session="three")
    _stop(bench)

    assert (refused.status_code, refused.json()["code"]) == (503, "session_limit")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["default", "three", "two"]


def test_for_want_of_memory_a_kept_session_goes_to_sleep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its records are there when it is called again."""
    large = NEW | {"description": "x" * 4000}
    bench = Bench(state=tmp_path, session_memory=30_000, journal_size=0)
    for _ in range(5):
        bench.post(LIST, large, x_mock_session="one")
    later = monotonic() + GRACE_SECONDS + 1
    monkeypatch.setattr("cancelkit.mockserver.sessions.monotonic", lambda: later)
    for _ in range(4):
        bench.post(LIST, large, x_mock_session="two")
    asleep = bench.get("/_mock/sessions")["asleep"]
    much_later = later + GRACE_SECONDS + 1
    monkeypatch.setattr("cancelkit.mockserver.sessions.monotonic", lambda: much_later)
    found = bench.count(x_mock_session="one") - bench.count()
    _stop(bench)

    assert (asleep, found) == (["one"], 5)


@pytest.mark.parametrize(("by", "refused"), [("session", [429, 429, 201]), ("key", [429, 429, 429])])
def test_quotas_hold_for_sessions_that_are_kept(tmp_path: Path, by: str, refused: list[int]) -> None:
    """A restart gives no key more than it had: sessions that are asleep count for whom they are."""
    settings: dict[str, Any] = {"quota": Quota(by=by, records=2 if by == "key" else 1)}
    _two(tmp_path, **settings)
    bench = Bench(state=tmp_path, **settings)
    answers = [bench.call("POST", LIST, NEW, x_mock_session=name).status_code for name in ("one", "two", "three")]
    other = bench.call("POST", LIST, NEW, x_mock_session="four", authorization="Token other").status_code
    _stop(bench)

    assert (answers, other) == (refused, 201)


def test_a_full_disk_is_507_and_leaves_nothing_half_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a session that begins, and for one that is read; both are there once there is room."""
    one, _ = _two(tmp_path)
    bench = Bench(state=tmp_path)
    monkeypatch.setattr(StateFile, "_write", _full)
    refused = [bench.call("GET", LIST, x_mock_session=name) for name in ("one", "new")]
    monkeypatch.undo()
    there = sorted(path.name for path in tmp_path.iterdir())
    read, made = bench.call("GET", f"{LIST}{one}/", x_mock_session="one"), bench.call("GET", LIST, x_mock_session="new")
    _stop(bench)

    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(507, "state_not_written")}
    assert there == ["default", "one", "two"]
    assert (read.status_code, made.status_code) == (200, 200)


def _full(file: StateFile, statements: object) -> None:
    raise NotWritten(f"{file.path} can't be written: database or disk is full")


def test_nothing_but_the_default_session_is_read_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each other one when it is first asked for."""
    _two(tmp_path)
    opened: list[str] = []
    real = Keeper._begin

    def noted(keeper: Keeper, file: StateFile, say: Any) -> None:
        opened.append(file.path.parent.name)
        real(keeper, file, say)

    monkeypatch.setattr(Keeper, "_begin", noted)
    bench = Bench(state=tmp_path)
    at_start = [*opened]
    bench.get(LIST, x_mock_session="two")
    _stop(bench)

    assert (at_start, opened) == (["default"], ["default", "two"])


def test_a_watched_contract_keeps_one_session(tmp_path: Path) -> None:
    run = CliRunner().invoke(mock, ["--watch", "--state", str(tmp_path), "--port", "0"])

    assert (run.exit_code, "name a file for --state" in run.output) == (2, True)
