"""The benchmark of the fixtures: everyone makes the same fields, and its ratios are of one round.

Knows nothing of: how fast anything is; no test here depends on time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from benchmarks.generating.makers import LIMIT, MAKERS, OURS, Maker
from benchmarks.generating.report import Rates, Results, draw, write_json
from benchmarks.generating.weighing import per_second

ROOT = Path(__file__).parents[2]
FIELDS = set(orjson.loads(next(MAKERS[1].make(1))))


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.name)
def test_every_maker_makes_the_same_fields(maker: Maker) -> None:
    """A line a record, numbered or random; ours has more fields, nobody has less."""
    records = [orjson.loads(line) for line in maker.make(3)]

    assert len(FIELDS) == 13
    assert all(set(record) >= FIELDS for record in records)
    assert maker.name == OURS or all(set(record) == FIELDS for record in records)
    assert len({orjson.dumps(record) for record in records}) == 3


def test_a_ratio_is_of_the_same_round() -> None:
    """A round in which the machine was busy slows both and changes nothing."""
    ours, slow = Rates("ours", "", [100.0, 10.0, 90.0]), Rates("slow", "1.0", [20.0, 2.0, 18.0])
    results = Results({}, ours, ours, [slow], [])

    assert results.times(slow) == 5.0
    assert slow.rate == 18.0


def test_records_are_counted_not_the_pieces_that_they_come_in() -> None:
    """CSV and SQL come in blocks of many records; as many are asked for as take the time."""
    asked: list[int] = []

    def make(count: int) -> Iterator[bytes]:
        asked.append(count)
        yield b"%d" % sum(range(count * 100))

    rate = per_second(make, 0.01)

    assert asked == sorted(asked)
    assert rate * 0.005 <= asked[-1]


def test_the_figures_are_written_and_drawn(tmp_path: Path) -> None:
    """As JSON with every round, and as a picture."""
    ours = Rates(OURS, "", [100.0], {10: 30.0, 100: 31.0})
    results = Results({"rounds": 1}, ours, Rates(LIMIT, "", [200.0], {10: 20.0}), [Rates("peer", "1.0", [20.0])], [])
    write_json(tmp_path / "fixtures.json", results)
    draw(tmp_path / "fixtures.png", results)

    told = json.loads((tmp_path / "fixtures.json").read_text(encoding="utf-8"))
    assert told["makers"]["peer"]["ours_is_times"] == 5.0
    assert told["makers"][LIMIT]["ours_is_times"] == 0.5
    assert told["makers"][OURS]["memory_mb"] == {"10": 30.0, "100": 31.0}
    assert (tmp_path / "fixtures.png").read_bytes().startswith(b"\x89PNG")


def test_it_runs_as_a_module(tmp_path: Path) -> None:
    """As `make bench` runs it."""
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.fixtures", "--quick", "--output", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "MPLCONFIGDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 0, told.stderr
    assert {path.name for path in tmp_path.iterdir()} >= {"fixtures.json", "fixtures.png"}
