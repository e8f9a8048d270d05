"""The benchmark of the mock: its ratios, and what it says when it can't measure.

Knows nothing of: how fast anything is; no test here depends on time.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.mock import main
from benchmarks.serving.figures import SCENARIOS, Figures, leads
from benchmarks.serving.load import Load
from benchmarks.serving.report import draw, write_json


def _figures(name: str, per_second: list[float], cold_start: float = 1.0, *, refused: int = 0) -> Figures:
    loads = {
        scenario: [Load(int(rate), 1.0, 1.0, 2.0, refused, 0, cpu=1.0) for rate in per_second] for scenario in SCENARIOS
    }
    return Figures(name, "1.0", "", [cold_start], [50.0], loads)


def _absent(name: str) -> Figures:
    return Figures(name, "not installed", "", absent="its npm package is not installed")


def test_the_lead_is_over_the_best_peer_of_each_column() -> None:
    """More requests and fewer seconds are better; a peer that is absent is nobody's best."""
    ours = _figures("ours", [90, 100, 400], cold_start=0.4)
    peers = [_figures("quick start", [10.0], cold_start=0.2), _figures("quick", [50.0]), _absent("gone")]

    lead = leads(ours, peers)

    assert lead["GET by id"] == (2.0, "quick")
    assert lead["cold start"] == (0.5, "quick start")


def test_calls_that_failed_stand_beside_the_figures() -> None:
    """A server that answers quickly because it refuses shows it."""
    assert _figures("refuses", [1.0, 2.0], refused=7).faults() == 7 * 2 * len(SCENARIOS)


def test_an_absent_peer_is_told_with_its_reason(tmp_path: Path) -> None:
    """The JSON names a peer that could not be measured, and the picture is drawn without it."""
    ours, limit = _figures("ours", [50.0]), _figures("limit", [100.0])
    write_json(tmp_path / "mock.json", {"rounds": 1}, ours, limit, [_absent("gone")])
    draw(tmp_path / "mock.png", "rounds 1", ours, limit, [_absent("gone")])

    told = json.loads((tmp_path / "mock.json").read_text(encoding="utf-8"))
    assert told["servers"]["gone"]["absent"] == "its npm package is not installed"
    assert told["servers"]["ours"]["get"]["ratio_to_limit"] == 0.5
    assert told["servers"]["ours"]["get"]["cpu_us"] == 20_000
    assert (tmp_path / "mock.png").read_bytes().startswith(b"\x89PNG")


def test_without_wrk_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """No load generator: one line that tells what to install, and exit code 2."""
    monkeypatch.setenv("PATH", "")
    done = CliRunner().invoke(main, ["--quick"])

    assert done.exit_code == 2
    assert "apt-get install wrk" in done.output
