"""The product judged by the product: the suite finds nothing on the mock, nor on a backend that shares no code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.clients.running import backend, mock

ROOT = Path(__file__).parents[2]
REVIEWS = ROOT / "examples" / "contracts" / "reviews.yaml"


MOST_MEMORY = 200 * 1024
"""kB at the peak, of a run of the quick profile."""
MOST_REQUESTS = 5_900
"""That such a run sends to the mock."""
PROGRAM = """
import atexit, contextlib, sys
def peak():
    with contextlib.suppress(OSError), open("/proc/self/status") as status:
        sys.stderr.write("".join(line for line in status if line.startswith("VmHWM")))
atexit.register(peak)
from cancelkit.command import main
main()
"""


def _verified(folder: Path, url: str, *options: str) -> tuple[int, dict[str, Any]]:
    """Run in a folder that nothing was run in before, and within the memory that a run may take."""
    command = [sys.executable, "-c", PROGRAM, "verify", url, "--profile", "quick", "--strict", "--json", *options]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, timeout=600)
    assert done.stdout, done.stderr
    if peak := re.search(r"^VmHWM:\s*(\d+) kB$", done.stderr, re.MULTILINE):
        assert int(peak[1]) < MOST_MEMORY
    return done.returncode, json.loads(done.stdout)


def _findings(report: dict[str, Any]) -> list[str]:
    broken = [row for row in report["rules"] if row["outcome"] == "failed"]
    return [f"{row['id']}: {row['complaints'][:1]}" for row in broken]


def test_the_suite_finds_nothing_on_the_mock(tmp_path: Path):
    """Every rule of the quick profile, strictly, on the shipped contract."""
    with mock("--size", "100") as url:
        code, report = _verified(tmp_path, url, "--token", "key-of-the-suite", "--other-scope", "6")

    assert (code, _findings(report)) == (0, [])
    assert report["run"]["requests"] < MOST_REQUESTS


def test_the_suite_finds_nothing_on_the_mock_of_another_contract(tmp_path: Path):
    """The same for a contract that is unlike the shipped one in every word."""
    chosen = ("--contract", str(REVIEWS))
    with mock("--self-check", *chosen) as url:
        code, report = _verified(tmp_path, url, "--token", "key-of-the-suite", "--other-scope", "old-books", *chosen)

    assert (code, _findings(report)) == (0, [])


def test_the_suite_finds_nothing_on_the_example_backend(tmp_path: Path):
    """Django REST Framework, written from the contract alone."""
    pytest.importorskip("django_filters", reason="the example backend needs the extra `examples`")
    with backend(80) as url:
        code, report = _verified(tmp_path, url, "--token", "backend-token", "--other-scope", "6")

    assert (code, _findings(report)) == (0, [])
