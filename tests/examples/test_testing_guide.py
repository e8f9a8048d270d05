"""The pieces of docs/testing.md run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

GUIDE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
QUIET = "-p no:cacheprovider -p no:schemathesis -p no:hypothesispytest -p no:anyio -p no:xdist"


def test_the_python_pieces_pass(pytester: pytest.Pytester) -> None:
    """Each is a test file that a reader can copy; all their tests pass."""
    pytester.makeini(f"[pytest]\naddopts = {QUIET} --strict-markers")
    for number, piece in enumerate(PYTHON):
        pytester.makepyfile(**{f"test_piece_{number}": piece})
    done = pytester.runpytest_inprocess()

    assert len(PYTHON) >= 5
    assert all("def test_" in piece for piece in PYTHON)
    done.assert_outcomes(passed=sum(len(re.findall(r"^ *def test_", piece, re.MULTILINE)) for piece in PYTHON))
