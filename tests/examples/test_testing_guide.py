"""The pieces of docs/testing.md run as they stand."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cancelkit.mockserver.local import LocalMock
from tests.clients import node

pytest_plugins = ["pytester"]

GUIDE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
(SCRIPT,) = re.findall(r"^```js\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
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


def test_the_javascript_piece_does_what_its_remark_says(tmp_path: Path) -> None:
    """Beside a copy of mock.js, with nothing installed."""
    shutil.copy(node.PLAYWRIGHT / "mock.js", tmp_path)
    with LocalMock() as mock:
        script = SCRIPT.replace("http://127.0.0.1:8080", mock.listen())
        (tmp_path / "piece.mjs").write_text(script.replace("./mock.js", "./mock.mjs"), encoding="utf-8")
        (tmp_path / "mock.js").rename(tmp_path / "mock.mjs")
        done = subprocess.run(
            [node.NODE, tmp_path / "piece.mjs"], capture_output=True, text=True, check=False, timeout=60
        )

    assert done.returncode == 0, done.stderr
    assert done.stdout == "503 200 3\n"
