"""The benchmark of growth: which calls it draws, what it tells, how a peer that fails is shown.

Knows nothing of: how fast anything is; no test here depends on time.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from click.testing import CliRunner
from rich.console import Console

from benchmarks import scale
from benchmarks.scaling.calls import Failed, Line, Subject, ours, timed
from benchmarks.scaling.filters import measured
from benchmarks.serving.process import NotServing
from cancelkit.spec import Role, load
from tests.clients.running import mock

TIMES = {"p50": 1.0, "p99": 2.0, "longest": 3.0, "first": 1.0, "calls": 9}
MEASURED: dict[str, Any] = {
    "server": "ours",
    "start": "from the cache",
    "records": 1000,
    "load": 0.5,
    "start_seconds": 0.4,
    "own_mb_at_start": 40.0,
    "own_mb_after_calls": 60.0,
    "ms": dict.fromkeys(("get", "three filters", "page 100", "create"), TIMES),
}
ABSENT = {"server": "a peer", "records": 1000, "load": 0.5, "absent": "did not work: out of memory"}


@pytest.fixture(scope="module")
def line() -> Any:
    with mock("--size", "300") as url:
        yield Line(urlsplit(url).port or 0)


def test_every_kind_of_call_is_made_and_answered(line: Line) -> None:
    """In turn, each with the status that it should have."""
    found = timed(line, ours(line, 300), 45)

    assert {kind: times["calls"] for kind, times in found.items()} == dict.fromkeys(found, 5)
    assert {"get", "three filters", "create", "patch", "delete"} <= set(found)
    assert all(times["p50"] <= times["p99"] <= times["longest"] for times in found.values())


def test_searches_have_their_number_of_filters_over_values_of_records(line: Line) -> None:
    """Most find some; a comparison that is strict leaves out the record whose value it has."""
    subject, found = ours(line, 300), 0
    for number, kind in enumerate(("one filter", "two filters", "three filters"), 1):
        for _ in range(20):
            method, path, _ = subject.kinds[kind]()
            _, body = line.ask((method, path, None), 200)
            found += b'"count":0' not in body

            assert len({name for name, _ in parse_qsl(urlsplit(path).query)} & set(load().filters)) == number
    assert found > 30


def test_filters_are_asked_one_by_one_and_two_together(line: Line) -> None:
    """Each pair once for every record that is drawn; the clock says how long, and the longest come first."""
    clock = count()
    found = measured(line, times=2, most=2, clock=lambda: next(clock) ** 2)

    listing = load().role(Role.LIST)
    names = list(listing.filters if listing else ())
    assert list(found) == ["one filter", "two filters"]
    assert found["one filter"]["calls"] == 2 * len(names)
    assert found["two filters"]["combinations"] == len(names) * (len(names) - 1) / 2
    worst = [each["median"] for each in found["two filters"]["worst"]]
    assert worst == sorted(worst, reverse=True)
    assert worst[0] > found["one filter"]["p99"]


def test_a_wrong_answer_ends_the_measuring(line: Line) -> None:
    """A server that refuses quickly is not fast."""
    subject = Subject({"get": lambda: ("GET", "/nowhere/", None)}, {"GET": 200})

    with pytest.raises(Failed, match="GET /nowhere/ was answered 404"):
        timed(line, subject, 1)


def test_calls_end_with_the_time(line: Line) -> None:
    assert timed(line, ours(line, 300), 45, seconds=0) == {}


def test_figures_are_shown_and_a_peer_that_failed_with_its_reason(tmp_path: Path) -> None:
    """The table has both, the picture the one that was measured."""
    console = Console(width=140, record=True)
    console.print(scale.table([MEASURED, ABSENT]))
    scale.draw(tmp_path / "scale.png", [MEASURED, ABSENT])

    shown = console.export_text()
    assert "1.0 / 2.0" in shown
    assert "60 MB" in shown
    assert "out of memory" in " ".join(shown.replace("│", " ").split())
    assert (tmp_path / "scale.png").read_bytes().startswith(b"\x89PNG")


def test_a_mock_that_does_not_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line with the size, exit code 2, and no results."""

    def failing(*given: Any, **named: Any) -> Any:
        raise NotServing("no room")

    monkeypatch.setattr(scale, "running", failing)
    done = CliRunner().invoke(scale.main, ["--output", str(tmp_path / "out")])

    assert done.exit_code == 2
    assert done.output == "benchmark: 1000 records: no room\n"
    assert not (tmp_path / "out").exists()
