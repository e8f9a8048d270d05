"""`--state FOLDER`: every session is there again after a restart, until it is deleted or goes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from cancelkit.mockserver.cli import mock
from cancelkit.mockserver.state.durability import StateError
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
    names = [entry["name"] for entry in again.get("/_mock/sessions")["sessions"]]

    assert names == ["default", "team.0", "team.1", "team.2"]
    assert [again.count(x_mock_session=f"team.{number}") - start for number in range(3)] == [0, 1, 2]
    assert again.count() == start + 1
    assert len(again.get("/_mock/snapshots?session=team.2")["snapshots"]) == 1
    assert again.get("/_mock/clock?session=team.1")["frozen"]
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
    assert [entry["name"] for entry in again.get("/_mock/sessions")["sessions"]] == ["default", "a-wal", "a.state"]
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
    assert len(again.get("/_mock/sessions")["sessions"]) == 4
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


def test_sessions_are_kept_from_within_a_running_server(tmp_path: Path) -> None:
    """What is done beside the calls begins and ends with sessions and server."""

    async def lived() -> int:
        keeper = bench.app.lifetime.keeper
        assert keeper is not None
        running_ = asyncio.ensure_future(keeper.run())
        await asyncio.sleep(0)
        bench.app.sessions.get("new")
        bench.app.sessions.get("other")
        bench.app.sessions.delete("other")
        busy = len(asyncio.all_tasks())
        running_.cancel()
        await asyncio.gather(running_, return_exceptions=True)
        return busy - len(asyncio.all_tasks())

    bench = Bench(state=tmp_path)
    ended = asyncio.run(lived())
    _stop(bench)

    assert ended >= 3


def test_a_watched_contract_keeps_one_session(tmp_path: Path) -> None:
    run = CliRunner().invoke(mock, ["--watch", "--state", str(tmp_path), "--port", "0"])

    assert (run.exit_code, "name a file for --state" in run.output) == (2, True)
