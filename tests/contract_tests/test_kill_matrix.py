"""The published matrix is that of the present mutants and rules; making it takes minutes, so it is made by hand."""

from __future__ import annotations

import re
from pathlib import Path

from cancelkit.contract_tests.engine.registry import every_rule
from cancelkit.contract_tests.prove.matrix import fingerprint
from cancelkit.contract_tests.prove.proving import Mutant
from cancelkit.mockserver.mutants import mutants
from cancelkit.spec import load

TEXT = (Path(__file__).parents[2] / "docs/kill-matrix.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `([\w-]+)` \|[^|]*\| (.*?) \|", TEXT, re.MULTILINE))
RENEW = "docs/kill-matrix.md is of other rules or mutants: `make prove` writes it anew (some minutes), then commit it"


def test_the_matrix_is_of_todays_rules_and_mutants() -> None:
    """By its fingerprint, so that a mutant or a rule that was added is proved, too."""
    contract = load()
    today = [Mutant(m.name, m.area, True, m.summary) for m in mutants(contract).values() if m.sample]
    mark = fingerprint((rule.id for rule in every_rule(contract)), today)

    assert set(ROWS) == {mutant.name for mutant in today}, RENEW
    assert f"`{mark}`" in TEXT, RENEW


def test_every_mutant_is_killed_by_rules_that_there_are() -> None:
    """None survived, and no rule in the matrix is of another time."""
    known = {rule.id for rule in every_rule(load())}
    killers = {name: set(re.findall(r"`([^`]+)`", cell)) for name, cell in ROWS.items()}

    assert [name for name, rules in killers.items() if not rules] == []
    assert set().union(*killers.values()) <= known, RENEW


def test_the_matrix_tells_no_false_alarm() -> None:
    """The correct mock was judged in the same run."""
    assert f"killed {len(ROWS)} of {len(ROWS)} mutants" in TEXT
    assert "found 0 faults in the correct mock" in TEXT
