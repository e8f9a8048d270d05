"""State on disk: whole, or refused."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from cancelkit.mockserver.state.statefile import Part, StateError, read, sweep, write

PARTS = [Part("state", "default", b"abc" * 1000), Part("snapshot", "clean", b"", "2025-03-01T12:00:00.000000Z")]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mock.state"
    write(path, PARTS, layout="L1", about={"now": 5})
    return path


def test_what_was_written_is_read(file: Path) -> None:
    """Parts and facts come back as they were, and no other file is left beside it."""
    assert read(file, layout="L1") == (PARTS, {"now": 5})
    assert list(file.parent.iterdir()) == [file]


def test_a_link_stays_and_leads_to_the_new_state(file: Path) -> None:
    """As users keep the state on another disk."""
    target = file.rename(file.parent / "kept.state")
    file.symlink_to(target.name)
    write(file, PARTS[:1], layout="L1", about={})

    assert file.is_symlink()
    assert read(target, layout="L1") == (PARTS[:1], {})


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_a_file_keeps_its_mode(file: Path) -> None:
    """A new one is for its owner alone; one that a group may read stays so."""
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o640)
    write(file, PARTS, layout="L1", about={})

    assert file.stat().st_mode & 0o777 == 0o640


def test_a_file_that_is_mounted_by_itself_is_told_apart(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Renaming over it is refused by the system; the message says what to mount, and nothing is left beside it."""

    def busy(self: Path, target: Path) -> Path:
        raise OSError(errno.EBUSY, "Device or resource busy")

    before = file.read_bytes()
    monkeypatch.setattr(Path, "replace", busy)
    with pytest.raises(StateError, match=f"mount its folder, {file.parent}, instead"):
        write(file, PARTS[:1], layout="L1", about={})
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def _cut(data: bytes) -> bytes:
    return data[:-7]


def _flip(data: bytes) -> bytes:
    return data[:-7] + bytes([data[-7] ^ 1]) + data[-6:]


def _head(data: bytes) -> bytes:
    return data.replace(b'"now":5', b'"now":6', 1)


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (_cut, "too early"),
        (_flip, "have been changed"),
        (_head, "first line has been changed"),
        (lambda data: data + b"x", "more stands in it"),
        (lambda data: b"", "not a state file"),
        (lambda data: b"{}\n", "not a state file"),
        (lambda data: b"\x00\xff" * 40, "not a state file"),
    ],
)
def test_a_damaged_file_is_refused_and_left_alone(file: Path, damage: object, what: str) -> None:
    """The message says what is wrong; not a byte of the file is touched."""
    assert callable(damage)
    broken = damage(file.read_bytes())
    file.write_bytes(broken)

    with pytest.raises(StateError, match=what):
        read(file, layout="L1")
    assert file.read_bytes() == broken


def test_another_layout_is_refused(file: Path) -> None:
    """Tables of another form are not read as if they were ours; the message says how to take the data over."""
    with pytest.raises(StateError, match="--data"):
        read(file, layout="L2")


def test_a_write_that_fails_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk gives out half-way, the file of before is still there and whole."""

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cancelkit.mockserver.state.statefile.os.fsync", full)
    with pytest.raises(StateError, match="No space left"):
        write(file, [Part("state", "default", b"new")], layout="L1", about={})

    assert read(file, layout="L1") == (PARTS, {"now": 5})
    assert list(file.parent.iterdir()) == [file]


def test_what_a_killed_writer_left_is_swept_away(tmp_path: Path) -> None:
    """Only what is old and was this file's; the state itself and everybody else's files stay."""
    state = tmp_path / "state.json"
    old, young = tmp_path / ".state.json.abc.part", tmp_path / ".state.json.def.part"
    others = [state, young, tmp_path / ".other.json.abc.part", tmp_path / ".state.json.bak"]
    for path in (old, *others):
        path.write_bytes(b"x")
        if path is not young:
            os.utime(path, (0, 0))
    sweep(state)

    assert sorted(tmp_path.iterdir()) == sorted(others)


def test_a_file_of_another_contract_names_both(tmp_path: Path) -> None:
    """What was kept with one contract is not served with another; the message tells them apart."""
    path = tmp_path / "state"
    write(path, [], layout="x", about={"contract": {"source": "a.yaml", "fingerprint": "aaa"}})

    with pytest.raises(StateError, match=r"a\.yaml \(aaa\).* b\.yaml \(bbb\)"):
        read(path, layout="x", contract={"source": "b.yaml", "fingerprint": "bbb"})
