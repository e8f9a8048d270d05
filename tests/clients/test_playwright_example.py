"""Playwright's tests of a page, in Debian's Chromium, each in a session of its own.

Owns: running examples/playwright as its README tells, and showing that its tests can fail.
Knows nothing of: what the tests look at.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable

import httpx
import pytest

from tests.clients import node
from tests.clients.running import mock

CHROMIUM = shutil.which("chromium")
TESTS = 9
Run = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here; on Debian: apt-get install chromium")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs the example's tests against a mock."""

    def ran(url: str, *options: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.setenv("MOCK_URL", url)
        monkeypatch.setenv("CHROMIUM", CHROMIUM or "")
        output = tmp_path_factory.mktemp("results")
        return node.run(node.PLAYWRIGHT, "test", "--output", output, *options, timeout=300)

    return ran


def test_the_page_passes_its_tests_in_parallel(run: Run) -> None:
    """All pass with two workers on one mock, in sessions that none leaves behind or shares with the default one."""
    with mock("--self-check") as url:
        done = run(url)
        entries = httpx.get(f"{url}/_mock/sessions").json()["sessions"]

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{TESTS} passed" in done.stdout
    assert re.search("using 2 workers", done.stdout)
    assert [(entry["name"], entry["own_copy"], entry["calls"]) for entry in entries] == [("default", False, 0)]


def test_a_mock_that_does_not_reject_fails_them(run: Run) -> None:
    """A server that answers `rejected` and keeps the old status is noticed, so that a pass means something."""
    with mock("--mutant", "reject-does-nothing") as url:
        done = run(url, "--grep", "leaves the list, 1")

    assert done.returncode == 1
    assert "1 failed" in done.stdout
    assert "3 waiting" in done.stdout
