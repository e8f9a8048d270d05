"""The classifier is as right as the documents say: hundreds of edits, each held against a judge of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cancelkit.diff.rules import every_rule
from tests.diff.measuring import DIRECTIONS, GROUPS

DOCUMENT = Path(__file__).parents[2] / "docs" / "diff.md"


@pytest.mark.parametrize("name", GROUPS)
def test_precision_and_recall_are_as_documented(name: str):
    """No edit goes unnoticed, every rule is a listed one, and both shares reach those in docs/diff.md."""
    figures, text = GROUPS[name](), DOCUMENT.read_text(encoding="utf-8")
    promised = {}
    for direction in DIRECTIONS:
        print(figures.row(name, direction))
        row = re.search(rf"^\| {name}, {direction}s \|.*\| (\S+) \| (\S+) \|$", text, re.MULTILINE)
        promised[direction] = tuple(map(float, row.groups())) if row else (1.0, 1.0)
    print(*figures.disagreed, sep="\n")

    assert figures.silent == []
    assert figures.rules <= set(every_rule())
    for direction, (precision, recall) in promised.items():
        assert round(figures.precision(direction), 3) >= precision
        assert round(figures.recall(direction), 3) >= recall
