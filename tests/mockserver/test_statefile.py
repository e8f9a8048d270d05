"""State on disk: whole, or refused; one mock's alone."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from cancelkit.mockserver.state.durability import Durability, StateError
from cancelkit.mockserver.state.statefile import StateFile, base_of, sweep

CONTRACT = {"source": "a.yaml", "fingerprint": "aaa"}
FACT = "INSERT INTO about VALUES (?, ?)"


def _open(path: Path, durability: Durability = Durability.PROCESS, layout: str = "L1", **contract: str) -> StateFile:
    return StateFile(path, durability, layout=layout, contract=contract or CONTRACT)


def _facts(path: Path) -> dict[str, str]:
    file = _open(path)
    try:
        return file.about()
    finally:
        file.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "mock.state"
    file = _open(path)
    file.write((FACT, ("one", "1" * 5000)), (FACT, ("two", "2")))
    file.close()
    return path


def test_what_was_written_is_read(path: Path) -> None:
    """And no other file is left beside it."""
    assert _facts(path).items() >= {"one": "1" * 5000, "two": "2"}.items()
    assert list(path.parent.iterdir()) == [path]


def test_a_link_stays_and_leads_to_the_state(path: Path) -> None:
    """As users keep the state on another disk; what lies beside a state lies beside the file, not beside the link."""
    target = path.rename(path.parent / "kept.state")
    path.symlink_to(target.name)
    file = _open(path)
    file.write((FACT, ("three", "3")))
    beside = sorted(one.name for one in path.parent.iterdir())
    file.close()

    assert path.is_symlink()
    assert _facts(target)["three"] == "3"
    assert [name for name in beside if name.startswith("mock")] == ["mock.state"]


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_a_file_keeps_its_mode(path: Path) -> None:
    """A new one is for its owner alone, and so is its log; one that a group may read stays so."""
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    file = _open(path)
    file.write((FACT, ("three", "3")))
    modes = {one.stat().st_mode & 0o777 for one in path.parent.iterdir()}
    file.close()

    assert modes == {0o640}


def _sqlite(data: bytes) -> bytes:
    return data[:68] + bytes(4) + data[72:]


def _form(data: bytes) -> bytes:
    return data[:63] + b"\x09" + data[64:]


def _page(data: bytes) -> bytes:
    return data[:4096] + b"\xff" * 4096 + data[8192:]


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (lambda data: data[:-5000], "is damaged: .*restore it from a copy"),
        (_page, "is damaged: .*restore it from a copy"),
        (_sqlite, "is not a state file of cancelkit"),
        (_form, "has form 9, and this cancelkit reads form 2"),
        (lambda data: b"", "is not a state file of cancelkit"),
        (lambda data: b"{}\n", "is not a state file of cancelkit"),
        (lambda data: b'{"cancelkit_state":1,"layout":"L1"}\n', "kept by an earlier version.*--data"),
    ],
)
def test_a_file_that_can_not_be_used_is_refused_and_left_alone(path: Path, damage: object, what: str) -> None:
    """The message says what is wrong, in one line; not a byte of the file is touched."""
    assert callable(damage)
    broken = damage(path.read_bytes())
    path.write_bytes(broken)

    with pytest.raises(StateError, match=what) as told:
        _open(path)
    assert "\n" not in str(told.value)
    assert path.read_bytes() == broken


def test_another_layout_is_refused(path: Path) -> None:
    """Records of another form are not read as if they were ours; the message says how to take the data over."""
    with pytest.raises(StateError, match="--data"):
        _open(path, layout="L2")


def test_a_file_of_another_contract_names_both(path: Path) -> None:
    """What was kept with one contract is not served with another; the message tells them apart."""
    with pytest.raises(StateError, match=r"a\.yaml \(aaa\).* b\.yaml \(bbb\)"):
        _open(path, source="b.yaml", fingerprint="bbb")


def test_a_file_is_one_mocks_alone(path: Path) -> None:
    """A second one is refused while the first one has it, and welcome afterwards."""
    first = _open(path)
    with pytest.raises(StateError, match="in use by another mock: stop that one"):
        _open(path)
    first.close()

    assert _facts(path)["two"] == "2"


def test_of_two_that_make_one_file_the_second_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It must not put its own in place of the one that the first has open already."""
    path, there = tmp_path / "mock.state", Path.exists
    first = _open(path)
    monkeypatch.setattr(Path, "exists", lambda self: self != path and there(self))
    with pytest.raises(StateError, match="in use by another mock"):
        _open(path)
    first.write((FACT, ("mine", "1")))
    first.close()
    monkeypatch.undo()

    assert _facts(path)["mine"] == "1"


@pytest.fixture
def tight(path: Path) -> Iterator[StateFile]:
    """A file that has no room for one more page."""
    file = _open(path)
    limit(file, None)
    yield file
    file.close()


def limit(file: StateFile, pages: int | None = None) -> None:
    """Let a file have so many pages; None: those that it has."""
    ((there,),) = file.rows("PRAGMA page_count")
    list(file.rows(f"PRAGMA max_page_count = {pages or there}"))


def test_a_write_that_fails_is_not_done_at_all_and_the_next_is(tight: StateFile, path: Path) -> None:
    """When the disk is full; once there is room again, nothing is left of it."""
    with pytest.raises(StateError, match="full"):
        tight.write((FACT, ("small", "1")), (FACT, ("large", "x" * 50_000)))
    limit(tight, 1000)
    tight.write((FACT, ("later", "1")))
    found = tight.about()

    assert "later" in found
    assert not {"small", "large"} & set(found)


def test_a_lazy_write_waits_and_is_not_lost_where_it_can_not_be_done(path: Path) -> None:
    """It is written later, at the latest at the end; a full disk makes it wait on."""
    file = _open(path, Durability.LAZY)
    file.write((FACT, ("lazy", "x" * 50_000)))
    assert "lazy" not in file.about()
    limit(file)
    with pytest.raises(StateError, match="full"):
        file.flush()
    limit(file, 1000)
    file.write((FACT, ("later", "1")))
    file.close()

    assert {"lazy", "later"} <= set(_facts(path))


def test_the_log_moves_into_place_beside_the_writes(path: Path) -> None:
    """By another thread; the next writes go on."""
    file = _open(path)
    file.write((FACT, ("moved", "into place")))
    before = path.read_bytes()
    moving = Thread(target=file.checkpoint)
    moving.start()
    moving.join()
    after = path.read_bytes()
    file.write((FACT, ("later", "1")))
    found = file.about()
    file.close()

    assert b"into place" not in before
    assert b"into place" in after
    assert {"moved", "later"} <= set(found)


@pytest.mark.parametrize(("durability", "synchronous"), [("full", 2), ("process", 1), ("lazy", 1)])
def test_only_full_durability_waits_for_the_disk(path: Path, durability: str, synchronous: int) -> None:
    """SQLite syncs the log after each transaction with FULL (2), and only where it must not be damaged with NORMAL."""
    file = _open(path, Durability(durability))
    found = [*file.rows("PRAGMA synchronous"), *file.rows("PRAGMA journal_mode")]
    file.close()

    assert found == [(synchronous,), ("wal",)]


def test_what_killed_writers_left_is_swept_away(tmp_path: Path) -> None:
    """Only what is old and was this file's, and bases that it no longer needs; everybody else's files stay."""
    state = tmp_path / "mock.state"
    old, young = tmp_path / ".mock.state.abc.part", tmp_path / ".mock.state.def.part"
    needed, other = base_of(state, "aa"), base_of(state, "bb")
    others = [state, young, needed, tmp_path / ".other.state.abc.part", tmp_path / "other.state.bb.base"]
    for path in (old, other, *others):
        path.write_bytes(b"x")
        if path is not young:
            os.utime(path, (0, 0))
    sweep(state, ["aa"])

    assert sorted(tmp_path.iterdir()) == sorted(others)


def test_a_database_of_another_program_stays_as_it_is(tmp_path: Path) -> None:
    """Not even its journal mode is changed."""
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE about (name, value)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StateError, match="not a state file"):
        _open(path)

    assert path.read_bytes() == before
