"""Schemathesis's own command against a running mock, as docs/schemathesis.md says: all checks, all phases.

Owns: pasting the guide's commands into a shell, in a checkout.
Knows nothing of: the checks. Where one had to be told more, examples/schemathesis/schemathesis.toml says why.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from tests.clients.running import ROOT

EXAMPLE = ROOT / "examples" / "schemathesis"
GUIDE = (ROOT / "docs" / "schemathesis.md").read_text(encoding="utf-8")
START, RUN = re.findall(r"^```sh\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def _blamed() -> Callable[[str, dict[str, object]], set[str]]:
    found = spec_from_file_location("state_refusals", EXAMPLE / "state_refusals.py")
    assert found is not None
    assert found.loader is not None
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module.blamed  # type: ignore[no-any-return]


def test_schemathesis_finds_nothing(url: str, key: str) -> None:
    """The guide's very command and settings: nine operations, each of the four phases, and no check fails."""
    assert START.split()[-3:] == ["--token", "demo-key", "--self-check"]  # as the fixture starts it, but for the key
    command = (
        RUN.replace("http://127.0.0.1:8080", url).replace("demo-key", key).replace("PYTHONPATH=.", "PYTHONPATH=.:$ROOT")
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "ROOT": str(ROOT), "NO_COLOR": "1"}
    done = subprocess.run(
        ["sh", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=400, check=False
    )

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
    assert _blamed()(operation_id, body) == wrongly
