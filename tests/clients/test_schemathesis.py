"""Schemathesis's own command against a running mock: all checks, all phases, stateful among them.

Owns: running it as schemathesis.toml says, with a fixed seed.
Knows nothing of: the checks. Where one had to be told more, schemathesis.toml says why.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.running import ROOT
from tests.clients.state_refusals import blamed

CONFIG = Path(__file__).with_name("schemathesis.toml")
COMMAND = Path(sys.executable).with_name("schemathesis")


def _run(url: str, key: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, "--config-file", CONFIG, "run", f"{url}/openapi.json", "--no-color", *options],
        cwd=folder,
        env={**os.environ, "MOCK_KEY": key, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_schemathesis_finds_nothing(url: str, key: str, tmp_path: Path) -> None:
    """Each of the nine operations is tried in each of the four phases, and no check fails."""
    done = _run(url, key, tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Tested: +9$", done.stdout, re.MULTILINE), done.stdout
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert f"✅ {phase}" in done.stdout


@pytest.mark.parametrize(
    ("operation_id", "body", "wrongly"),
    [
        ("updateCancellationRequest", {"status": ["No."], "code": "invalid"}, set()),
        ("updateCancellationRequest", {"quantity": ["No."], "code": "invalid"}, {"quantity"}),
        ("updateCancellationRequest", {"status": ["No."], "iban": ["No."], "code": "invalid"}, {"iban"}),
        ("rejectCancellationRequest", {"non_field_errors": ["No."], "code": "invalid"}, set()),
        ("rejectCancellationRequest", {"status": ["No."], "code": "invalid"}, {"status"}),
        ("createCancellationRequest", {"reason": ["No."], "code": "invalid"}, {"reason"}),
    ],
)
def test_a_refusal_of_valid_data_is_held_to_its_reason(
    operation_id: str, body: dict[str, object], wrongly: set[str]
) -> None:
    """Only the status may be blamed for a valid change, and only the action as a whole for a reject."""
    assert blamed(operation_id, body) == wrongly
