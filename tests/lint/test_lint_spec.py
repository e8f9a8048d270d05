"""The contract file passes the linters that its readers will run over it.

Owns: running openapi-spec-validator, Redocly and Spectral over spec/openapi.yaml, and proving that they would complain.
Knows nothing of: the rules; those switched off stand, each with its reason, in redocly.yaml and spectral.yaml.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cancelkit.spec import PATH
from tests.clients import node

Lint = Callable[[Path], subprocess.CompletedProcess[str]]


def _validator(file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "openapi_spec_validator", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def _redocly(file: Path) -> subprocess.CompletedProcess[str]:
    return node.run(node.LINT, "redocly", file, timeout=120)


def _spectral(file: Path) -> subprocess.CompletedProcess[str]:
    return node.run(node.LINT, "spectral", file, timeout=120)


LINTERS = pytest.mark.parametrize("lint", [_validator, _redocly, _spectral], ids=["validator", "redocly", "spectral"])


@LINTERS
def test_the_contract_passes_the_linter(lint: Lint) -> None:
    """No error and no warning is reported on the contract as it stands."""
    done = lint(PATH)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in (done.stdout + done.stderr).lower()


@LINTERS
def test_the_linter_would_refuse_a_broken_contract(lint: Lint, tmp_path: Path) -> None:
    """A path parameter that no path has is noticed, so that a pass means something."""
    broken = tmp_path / "openapi.yaml"
    broken.write_text(PATH.read_text(encoding="utf-8").replace("name: channel_id", "name: shop_id"), encoding="utf-8")

    assert lint(broken).returncode != 0


@pytest.mark.parametrize("name", ["redocly.yaml", "spectral.yaml"])
def test_a_rule_that_is_switched_off_says_why(name: str) -> None:
    """Every rule set to `off` follows a comment line that begins with its reason."""
    lines = (node.LINT / name).read_text(encoding="utf-8").splitlines()
    off = [number for number, line in enumerate(lines) if line.endswith(": off")]

    assert off
    assert all(lines[number - 1].lstrip().startswith("# Off: ") for number in off)
