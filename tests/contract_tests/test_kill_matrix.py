"""The published matrix is that of the present deviations and rules; making it takes minutes, so it is made by hand."""

from __future__ import annotations

import re
from pathlib import Path

from cancelkit.contract_tests.registry import every_rule
from cancelkit.mockserver.deviations import DEVIATIONS
from cancelkit.spec import load

TEXT = (Path(__file__).parents[2] / "docs/kill-matrix.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `([\w-]+)` \|[^|]*\| (.*?) \|", TEXT, re.MULTILINE))


def test_the_matrix_names_every_deviation() -> None:
    """After adding one: `make prove`."""
    assert set(ROWS) == set(DEVIATIONS)


def test_every_deviation_is_killed_by_rules_that_there_are() -> None:
    """None survived, and no rule in the matrix is of another time."""
    known = {rule.id for rule in every_rule(load())}
    killers = {name: set(re.findall(r"`([^`]+)`", cell)) for name, cell in ROWS.items()}

    assert [name for name, rules in killers.items() if not rules] == []
    assert set().union(*killers.values()) <= known


def test_the_matrix_tells_no_false_alarm() -> None:
    """The correct mock was judged in the same run."""
    assert f"killed {len(DEVIATIONS)} of {len(DEVIATIONS)} deviations" in TEXT
    assert "found 0 faults in the correct mock" in TEXT
