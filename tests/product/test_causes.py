"""Mutants of the mock as targets: what one fault breaks is told as one thing, led by a rule about that thing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.running import mock

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("mutant", "options", "about", "first"),
    [
        ("filter-status-ignored", ["--area", "filters"], "the parameter status", "filters/list/status/"),
        (
            "filter-customer-last-name-ignored",
            ["--area", "filters"],
            "the parameter customer_last_name",
            "/customer_last_name/",
        ),
        (
            "create-quantity-no-minimum",
            ["--area", "create", "--area", "schema"],
            "the field quantity",
            "create/refuses-minimum-quantity",
        ),
        ("error-no-code", ["--area", "create", "--area", "retrieve", "--area", "paging"], "“the … has no code”", ""),
        (
            "detailed-lacks-description",
            ["--area", "detailed", "--area", "create"],
            "the field description",
            "create/keeps-description",
        ),
    ],
)
def test_one_fault_is_one_cause(mutant: str, options: list[str], about: str, first: str) -> None:
    """The first cause is the fault's own, and explains nearly all that broke."""
    with mock("--size", "60", "--mutant", mutant) as url:
        done = subprocess.run(
            [
                sys.executable, "-m", "cancelkit", "verify", url, "--token", "key-of-the-suite", "--profile", "quick",
                "--no-schemathesis", "--json", *options,
            ],
            cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
    report = json.loads(done.stdout)
    broken = [rule["id"] for rule in report["rules"] if rule["outcome"] in ("failed", "warned")]
    cause = report["causes"][0]

    assert cause["about"] == about
    assert first in cause["rule"]
    assert 1 + len(cause["explains"]) >= 0.9 * len(broken)
