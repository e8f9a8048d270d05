"""The benchmark of `--state`: every way of keeping is measured, and told beside the one that keeps nothing.

Knows nothing of: how fast anything is; no test here depends on time.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.durability import WAYS, main


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk makes the load")
def test_each_durability_is_measured(tmp_path: Path) -> None:
    """In one run; the files are gone afterwards."""
    options = ["--rounds", "1", "--seconds", "1", "--folder", str(tmp_path), "--output", str(tmp_path / "out")]
    done = CliRunner().invoke(main, options)

    assert done.exit_code == 0, done.output
    told = json.loads((tmp_path / "out" / "durability.json").read_text(encoding="utf-8"))["measured"]
    assert list(told) == [*WAYS] == ["no --state", "lazy", "process", "full"]
    assert told["no --state"]["share"] == 1
    assert all(one["creates_per_second"] > 0 for one in told.values())
    assert [one["file_mb"] > 0 for one in told.values()] == [False, True, True, True]
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]
