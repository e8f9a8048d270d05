"""The cache of bases: built once, never taken half done or damaged, and left out where it can't be had."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import IO, Any

import httpx
import orjson
import pytest

from cancelkit.fixtures import World, generate_world
from cancelkit.fixtures.options import Options
from cancelkit.fixtures.world import Record, Table
from cancelkit.fixtures.worldfile.source import Generated, Given, Source
from cancelkit.fixtures.worldfile.writing import write_world
from cancelkit.mockserver.base import cache as module
from cancelkit.mockserver.base import origin
from cancelkit.mockserver.base.cache import Cache, named
from cancelkit.mockserver.base.origin import Origin
from cancelkit.mockserver.state.layout import Row
from cancelkit.mockserver.state.store import Store
from cancelkit.spec import load

ROOT = Path(__file__).parents[2]
SIZE = 60
LARGE = 8000
CONTRACT = load()
URL = re.compile(r"http://127\.0\.0\.1:\d+")


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def cache(tmp_path: Path, said: list[str]) -> Cache:
    return Cache(tmp_path / "bases", said.append)


def _source(size: int = SIZE) -> Source:
    return Generated(Options(CONTRACT, size, 1).making(), size)


def _taken(cache: Cache, name: str = "one", source: Callable[[], Source] = _source, jobs: int = 1) -> World | None:
    return cache.world(name, source, jobs=jobs, told=lambda done, steps: None)


def _never() -> Source:
    raise AssertionError("it was built again")


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "bases").iterdir())


def _rows(world: World | None) -> list[Row]:
    assert world is not None
    return [*Store.of(CONTRACT, world).rows]


EXPECTED = [*Store.of(CONTRACT, generate_world(CONTRACT, size=SIZE)).rows]


def test_a_base_is_built_once(cache: Cache, tmp_path: Path, said: list[str]) -> None:
    """The second start takes what the first one has left, and nothing else is left."""
    assert _rows(_taken(cache)) == EXPECTED
    assert _rows(_taken(cache, source=_never)) == EXPECTED
    assert _files(tmp_path) == ["one.base"]
    assert said == []


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 255]) + data[middle + 1 :]


@pytest.mark.parametrize(
    "harm",
    [_cut, _flipped, lambda data: b"", lambda data: b"\0" * len(data), lambda data: b"SQLite format 3\0 no more"],
)
def test_a_damaged_base_is_built_anew(
    cache: Cache, tmp_path: Path, said: list[str], harm: Callable[[bytes], bytes]
) -> None:
    """One line names the file; the records are right."""
    _taken(cache)
    path = tmp_path / "bases" / "one.base"
    path.write_bytes(harm(path.read_bytes()))

    assert _rows(_taken(cache)) == EXPECTED
    assert len(said) == 1
    assert str(path) in said[0]
    assert "built anew" in said[0]
    assert _rows(_taken(cache, source=_never)) == EXPECTED


@pytest.mark.parametrize("failing", ["mkstemp", "replace", "open"])
def test_a_cache_that_can_not_be_written_is_told(
    cache: Cache, tmp_path: Path, said: list[str], failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line says why; nothing is left of what was begun, and a base that is there is taken all the same."""
    _taken(cache)

    def refused(*given: Any, **named: Any) -> Any:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    place: Any = {"mkstemp": module.tempfile, "replace": Path, "open": module.os}[failing]
    monkeypatch.setattr(place, failing, refused)
    monkeypatch.setattr(module.os, "utime", refused)
    assert _taken(cache, "two") is None
    assert said == [line for line in said if "Read-only file system" in line and "--no-cache" in line][:1]
    assert _rows(_taken(cache, source=_never)) == EXPECTED
    assert [name for name in _files(tmp_path) if not name.endswith(".lock")] == ["one.base"]


def test_a_folder_that_is_none_is_told(tmp_path: Path, said: list[str]) -> None:
    (tmp_path / "file").write_text("")

    assert _taken(Cache(tmp_path / "file" / "bases", said.append)) is None
    assert len(said) == 1


def test_a_full_disk_leaves_nothing(cache: Cache, tmp_path: Path, said: list[str], full: None) -> None:
    """No file may grow beyond a few pages, as on a disk with no more room."""
    assert _taken(cache, jobs=2, source=lambda: _source(3000)) is None
    assert len(said) == 1
    assert "can't be written" in said[0]
    assert _files(tmp_path) == []


@pytest.fixture
def full() -> Iterator[None]:
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_killed_process_of_the_building_is_told(
    cache: Cache, tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system ends one of the processes, for want of memory say, no base is made."""
    here = os.getpid()

    class Deadly(Generated):
        def part(self, numbers: range) -> Any:
            if os.getpid() != here and numbers.start > 1:
                os.kill(os.getpid(), signal.SIGKILL)
            return super().part(numbers)

    assert _taken(cache, jobs=2, source=lambda: Deadly(Options(CONTRACT, 5000, 1).making(), 5000)) is None
    assert len(said) == 1
    assert "was killed" in said[0]
    assert _files(tmp_path) == []


def test_what_no_base_can_hold_stays_in_memory(cache: Cache, tmp_path: Path, said: list[str]) -> None:
    """Keys of no kind that a file has."""
    world = generate_world(CONTRACT, size=2)
    odd = World(world.scopes, {**world.tables, "reasons": Table({1.5: {}}, {1.5: None})}, world.records, 1)
    far = Record(world.scopes[0], {**world.records[0].base, "id": 2**63})

    assert _taken(cache, source=lambda: Given(CONTRACT, odd)) is None
    assert _taken(cache, source=lambda: Given(CONTRACT, World(world.scopes, world.tables, [far], 1))) is None
    assert [line.partition("(")[2].partition(")")[0] for line in said] == [
        "reasons: the key 1.5 is neither a text nor a whole number of 64 bits",
        "an id is a number of more than 64 bits",
    ]
    assert _files(tmp_path) == []


def test_a_start_waits_for_another_that_builds_the_same(cache: Cache, tmp_path: Path, said: list[str]) -> None:
    """Only the first builds; the second says that it waits, and takes what the first has built."""
    building, go, worlds = Event(), Event(), list[World | None]()

    class Slow(Generated):
        def part(self, numbers: range) -> Any:
            building.set()
            assert go.wait(30)
            return super().part(numbers)

    class Never(Generated):
        def part(self, numbers: range) -> Any:
            raise AssertionError("it was built twice")

    def start(source: type[Generated]) -> Thread:
        making = Options(CONTRACT, SIZE, 1).making()
        thread = Thread(target=lambda: worlds.append(_taken(cache, source=lambda: source(making, SIZE))))
        thread.start()
        return thread

    threads = [start(Slow)]
    assert building.wait(30)
    threads.append(start(Never))
    end = time.monotonic() + 30
    while not said and time.monotonic() < end:
        time.sleep(0.01)
    go.set()
    for thread in threads:
        thread.join(30)

    assert said == ["another start is building the same records; waiting for it"]
    assert [_rows(world) for world in worlds] == [EXPECTED] * 2
    assert _files(tmp_path) == ["one.base"]


def test_what_was_not_used_for_longest_goes_first(
    cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When all together take too much; what was used lately stays, and so does the newest, however large."""
    for name in ("one", "two", "three"):
        _taken(cache, name)
    for age, name in enumerate(("two", "three", "one"), 1):
        path = tmp_path / "bases" / f"{name}.base"
        os.utime(path, ns=(time.time_ns() - age * 10**12, path.stat().st_mtime_ns))
    _taken(cache, "one", _never)
    size = path.stat().st_size
    monkeypatch.setattr(module, "MOST_BYTES", int(size * 3.5))
    _taken(cache, "four")
    assert _files(tmp_path) == ["four.base", "one.base", "two.base"]

    monkeypatch.setattr(module, "MOST_BYTES", 1)
    _taken(cache, "five")
    assert _files(tmp_path) == ["five.base"]


def test_what_was_not_used_for_long_goes(cache: Cache, tmp_path: Path) -> None:
    """So do files of starts that were killed long ago, whatever they were building."""
    _taken(cache)
    path, left = tmp_path / "bases" / "one.base", tmp_path / "bases" / ".other.x.part"
    os.utime(path, ns=(time.time_ns() - (module.MOST_SECONDS + 60) * 10**9, path.stat().st_mtime_ns))
    left.write_bytes(b"x")
    os.utime(left, (0, 0))
    _taken(cache, "two")

    assert _files(tmp_path) == ["two.base"]


def test_each_origin_has_a_base_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another contract, seed, size or file, or another version of what makes the records, is another name."""
    names = [named("a", seed=1, size=2), named("b", seed=1, size=2), named("a", seed=2, size=2), named("a", data="x")]
    names += [named("a", seed=1, size=3)]
    again = named("a", seed=1, size=2)
    monkeypatch.setattr(module, "maker", lambda: "edited")
    names += [named("a", seed=1, size=2)]

    assert again == names[0]
    assert len(set(names)) == len(names)


def test_the_folder_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative XDG_CACHE_HOME counts as none."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    assert module.folder() == tmp_path / ".cache" / "cancelkit" / "bases"

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "kept"))
    assert module.folder() == tmp_path / "kept" / "cancelkit" / "bases"


def test_a_small_world_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    """It is made sooner; a large one is kept, with and without its records."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    Origin(None, 1, SIZE, False).cached(CONTRACT, said.append)
    assert not (tmp_path / "cancelkit").exists()

    assert len(Origin(None, 1, 5000, False).cached(CONTRACT, said.append).records) == 5000
    assert len(Origin(None, 1, 5000, True).cached(CONTRACT, said.append).records) == 0
    assert [path.suffix for path in (tmp_path / "cancelkit" / "bases").iterdir()] == [".base"]


@pytest.mark.parametrize("form", ["json", "sqlite"])
def test_a_file_of_data_is_kept_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str], form: str
) -> None:
    """Read once; another content is another base."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(origin, "PAYS_BYTES", 1000)
    data, world = tmp_path / f"world.{form}", generate_world(CONTRACT, size=SIZE)

    def write(world: World) -> None:
        if form == "json":
            data.write_bytes(orjson.dumps(world.to_tables(CONTRACT)))
        else:
            data.unlink(missing_ok=True)
            write_world(data, Given(CONTRACT, world))

    write(world)
    given = Origin(data, 1, 200, False)
    expected = _rows(given.world(CONTRACT))
    assert _rows(given.cached(CONTRACT, said.append)) == expected
    with monkeypatch.context() as patch:
        patch.setattr(Origin, "world", lambda *given: pytest.fail("the file was read again"))
        assert _rows(given.cached(CONTRACT, said.append)) == expected

    write(World(world.scopes, world.tables, world.records[:-1], 1))
    assert _rows(given.cached(CONTRACT, said.append)) == _rows(given.world(CONTRACT)) != expected
    assert len(list((tmp_path / "cache" / "cancelkit" / "bases").iterdir())) == 2


class Started:
    """`cancelkit mock` in a process of its own, with a cache of its own. said: its lines on standard error."""

    def __init__(self, folder: Path, *options: str) -> None:
        command = [sys.executable, "-u", "-m", "cancelkit", "mock", "--port", "0", *options]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "XDG_CACHE_HOME": str(folder)},
        )

    def url(self) -> str:
        assert self.process.stdout
        for line in self.process.stdout:
            if found := URL.search(line):
                return found[0]
        raise AssertionError(self.end())

    def end(self) -> list[str]:
        self.process.terminate()
        assert self.process.stderr
        said = self.process.stderr.read().splitlines()
        self.process.wait(20)
        return said


def _count(url: str) -> int:
    answer = httpx.get(f"{url}/_mock/records", params={"limit": 1}).json()
    count: int = answer["count"]
    return count


def test_two_starts_at_once_build_once(tmp_path: Path) -> None:
    """Both serve all records; one has built them."""
    both = [Started(tmp_path, "--size", str(LARGE)) for _ in range(2)]
    assert [_count(one.url()) for one in both] == [LARGE] * 2
    said = [line for one in both for line in one.end()]

    assert sum("building the records" in line for line in said) == 1
    assert len(list((tmp_path / "cancelkit" / "bases").iterdir())) == 1


def test_killed_while_building(tmp_path: Path) -> None:
    """What was begun is not taken for whole, the processes that were building end too, and the next start clears up."""
    folder = tmp_path / "cancelkit" / "bases"
    started = Started(tmp_path, "--size", "60000")
    end = time.monotonic() + 60
    while not [path for path in folder.glob(".*.part") if path.stat().st_size > 100_000] and time.monotonic() < end:
        time.sleep(0.01)
    helpers = _children(started.process.pid)
    started.process.kill()
    started.process.wait(20)
    assert [path for path in folder.iterdir() if path.suffix == ".base"] == []
    assert list(folder.glob(".*.part"))
    while any(map(_alive, helpers)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(map(_alive, helpers))

    again = Started(tmp_path, "--size", "60000")
    assert _count(again.url()) == 60000
    assert [line for line in again.end() if "building" not in line] == []
    assert [path.suffix for path in folder.iterdir()] == [".base"]


def test_stopped_while_building(tmp_path: Path) -> None:
    """SIGTERM ends it at once, with nothing left."""
    folder = tmp_path / "cancelkit" / "bases"
    started = Started(tmp_path, "--size", "60000")
    end = time.monotonic() + 60
    while not list(folder.glob(".*.part.columns")) and time.monotonic() < end:
        time.sleep(0.01)
    started.end()

    assert started.process.returncode == 143
    assert list(folder.iterdir()) == []


def test_no_cache_and_clear_cache(tmp_path: Path) -> None:
    """One leaves the folder alone, the other empties it and says how much was there."""
    started = Started(tmp_path, "--size", str(LARGE), "--no-cache")
    assert _count(started.url()) == LARGE
    assert started.end() == []
    assert list(tmp_path.iterdir()) == []

    kept = Started(tmp_path, "--size", str(LARGE))
    kept.url()
    kept.end()
    cleared = Started(tmp_path, "--clear-cache")
    assert _output(cleared.process.stdout).startswith(f"cleared {tmp_path}")
    assert cleared.process.wait(20) == 0
    assert not (tmp_path / "cancelkit" / "bases").exists()


def test_a_disk_that_is_full_does_not_keep_the_mock_from_serving(tmp_path: Path, full: None) -> None:
    """It says so in one line, and serves from memory."""
    started = Started(tmp_path, "--size", str(LARGE))
    assert _count(started.url()) == LARGE
    said = [line for line in started.end() if "building" not in line]

    assert len(said) == 1
    assert re.match(r"cancelkit mock: the cache .* can't be written \(.*\): the records are kept in memory", said[0])


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in text.read_text().split()] if text.exists() else []


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _output(stream: IO[str] | None) -> str:
    assert stream
    return stream.read()
