"""A state file and the base that it builds on: kept once, beside it, whatever becomes of the cache."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cancelkit.fixtures import World, generate_world
from cancelkit.fixtures.options import Options
from cancelkit.fixtures.worldfile.source import Generated
from cancelkit.mockserver.base import cache as module
from cancelkit.mockserver.base.cache import Cache
from cancelkit.mockserver.scenarios.scenario import from_file
from cancelkit.mockserver.state.durability import StateError
from cancelkit.spec import load
from tests.clients.running import ROOT
from tests.mockserver.bench import LIST, NEW, ONE, Bench

SIZE = 300
NAME = "contract-0123456789abcdef01234567"
BESIDE = "mock.state.0123456789abcdef01234567.base"
CONTRACT = load()
FEWER = generate_world(size=5)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], World]:
    """Makes the world of a base in a cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache = Cache(tmp_path / "cancelkit" / "bases", lambda line: None)

    def taken() -> World:
        source = Generated(Options(CONTRACT, SIZE, 1).making(), SIZE)
        found = cache.world(NAME, lambda: source, jobs=1, told=lambda done, steps: None)
        assert found is not None
        return found

    return taken


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "states"
    place.mkdir()
    return place


def _all(bench: Bench) -> tuple[object, object]:
    return bench.get(f"{LIST}?limit=1000"), bench.get(f"{LIST}detailed?limit=1000")


def _used(folder: Path, world: World) -> tuple[object, object]:
    """Make a state with changes of each kind. Returns its records."""
    bench = Bench(world, state=folder / "mock.state")
    bench.post(LIST, NEW)
    bench.patch(ONE, {"description": "changed"})
    bench.call("DELETE", f"{LIST}2/")
    found = _all(bench)
    bench.close()
    return found


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_base_is_kept_once_and_the_file_holds_the_changes_alone(folder: Path, world: Callable[[], World]) -> None:
    """The base is the same bytes as in the cache; the file is as large as what has changed."""
    before = _used(folder, world())
    size = (folder / "mock.state").stat().st_size

    assert _files(folder) == ["mock.state", BESIDE]
    assert (folder / BESIDE).samefile(next((folder.parent / "cancelkit" / "bases").glob("*.base")))
    assert size < 20_000 + (folder / BESIDE).stat().st_size // 10
    assert _all(Bench(world(), state=folder / "mock.state")) == before


def test_a_state_outlives_the_cache(folder: Path, world: Callable[[], World]) -> None:
    """The cache may be cleared, and the mock be started with other records."""
    before = _used(folder, world())
    shutil.rmtree(folder.parent / "cancelkit")
    bench = Bench(FEWER, state=folder / "mock.state")

    assert _all(bench) == before
    assert bench.session("default")["bytes"] < 100_000
    assert bench.post("/_mock/reset")["records"] == 5


def test_a_base_that_is_not_needed_any_more_goes(folder: Path, world: Callable[[], World]) -> None:
    """At the next start after the state has left it."""
    _used(folder, world())
    bench = Bench(FEWER, state=folder / "mock.state")
    bench.post("/_mock/reset")
    bench.close()
    Bench(FEWER, state=folder / "mock.state").close()

    assert _files(folder) == ["mock.state"]


def test_where_no_link_can_be_the_base_is_copied(
    folder: Path, world: Callable[[], World], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Another file system: a copy does as well, which is said as it may take a while, and nothing else is left."""
    linked = Path.hardlink_to

    def refused(self: Path, target: Path) -> None:
        if self.name == BESIDE:
            raise OSError(18, "Invalid cross-device link")
        linked(self, target)

    monkeypatch.setattr(Path, "hardlink_to", refused)
    before = _used(folder, world())
    shutil.rmtree(folder.parent / "cancelkit")

    assert caplog.text.count(f"copying the records to {folder / BESIDE}, which is done once") == 1
    assert _files(folder) == ["mock.state", BESIDE]
    assert _all(Bench(FEWER, state=folder / "mock.state")) == before


def _cut(file: Path) -> None:
    data = file.read_bytes()
    file.unlink()
    file.write_bytes(data[:-5000])


@pytest.mark.parametrize(("spoil", "said"), [(_cut, "was damaged; it is made anew"), (Path.unlink, "")])
def test_a_spoilt_base_is_made_anew_where_the_start_has_the_same(
    folder: Path, world: Callable[[], World], caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], None], said: str
) -> None:
    """The same seed and size, or data, are all that it takes; damage is said."""
    before = _used(folder, world())
    spoil(folder / BESIDE)
    again = Bench(world(), state=folder / "mock.state")
    found = _all(again)
    again.close()

    assert found == before
    assert said in caplog.text
    assert _all(Bench(FEWER, state=folder / "mock.state")) == before


@pytest.mark.parametrize(("spoil", "said"), [(_cut, "is damaged: "), (Path.unlink, "can not be read: No such file")])
def test_a_spoilt_base_is_told_where_the_start_has_another(
    folder: Path, world: Callable[[], World], spoil: Callable[[Path], None], said: str
) -> None:
    """In one line that says what makes it anew; with the base of a copy the state is as it was."""
    before = _used(folder, world())
    copy = shutil.copy2(folder / BESIDE, folder.parent / "copy")
    spoil(folder / BESIDE)
    with pytest.raises(StateError, match=f"{BESIDE} {said}.*start with the --seed and --size") as told:
        Bench(FEWER, state=folder / "mock.state")

    assert "\n" not in str(told.value)
    shutil.copy2(copy, folder / BESIDE)
    assert _all(Bench(FEWER, state=folder / "mock.state")) == before


def test_another_version_makes_the_indexes_anew(
    folder: Path, world: Callable[[], World], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes no index that the one before has made; the records are those that were kept, and the old base goes."""
    before = _used(folder, world())
    monkeypatch.setattr(module, "maker", lambda: "another")
    found = _all(bench := Bench(FEWER, state=folder / "mock.state"))
    bench.close()
    (base,) = [name for name in _files(folder) if name.endswith(".base")]

    assert found == before
    assert f"{BESIDE} was made by another version of cancelkit; its indexes are made anew" in caplog.text
    assert base != BESIDE
    caplog.clear()
    assert _all(Bench(FEWER, state=folder / "mock.state")) == before
    assert not caplog.text


def test_a_scenario_on_a_base_keeps_the_base_once(folder: Path, world: Callable[[], World], tmp_path: Path) -> None:
    """Its own records are in the file, the others in the base."""
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text("requests: [{count: 2, description: played}]\n", encoding="utf-8")
    file = folder / "mock.state"
    played = from_file(scenario, CONTRACT, datetime.now(UTC))
    first = Bench(world(), scenario=played, state=file)
    first.patch(ONE, {"description": "changed"})
    before = _all(first)
    first.close()

    assert file.stat().st_size < 20_000 + (folder / BESIDE).stat().st_size // 10
    assert _all(Bench(FEWER, state=file)) == before


def test_killed_while_it_builds_it_starts_as_if_nothing_had_been(tmp_path: Path) -> None:
    """The state file is made once its records are there."""
    file, places = tmp_path / "mock.state", {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "cancelkit", "mock", "--port", "0", "--size", "8000", "--state", str(file)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=places)
    assert process.stderr
    assert "building the records" in process.stderr.readline()
    process.send_signal(signal.SIGKILL)
    process.wait(20)
    process.stderr.close()

    assert not file.exists()
    assert Bench(state=file).get(ONE)
