"""The benchmark of shards over workers: it measures what it says."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from benchmarks import cluster


def test_each_number_of_workers_makes_all_shards(monkeypatch: pytest.MonkeyPatch):
    """The ratios are those of the times: half the time, twice the ratio."""
    times = iter([4.0, 2.0, 4.0, 2.0])
    real, made = cluster.seconds, []

    def timed(order: cluster.Order, engine: str, workers: int) -> float:
        assert real(order, engine, workers) > 0
        made.append(sorted(path.stat().st_size > 0 for path in order.place(1).parent.glob("r-*")))
        return next(times)

    monkeypatch.setattr(cluster, "seconds", timed)
    line = "--count 400 --shards 4 --rounds 2 --engine local --workers 1 --workers 2"
    told = CliRunner().invoke(cluster.main, line.split())

    assert told.exit_code == 0, told.output
    assert made == [[True] * 4] * 4
    rows = re.findall(r"local +│ +(\d) │ +(\d+) │ +([\d.]+)", told.output)
    assert rows == [("1", "100", "1.00"), ("2", "200", "2.00")]
