"""The paper that all pages of reports are printed on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from made_verdict import verdict_of

from cancelkit.contract_tests.reports import html
from cancelkit.diff.outcome import Outcome
from cancelkit.diff.page import page
from tests.clients.running import ROOT

PAPER = (ROOT / "traffic/paper.css").read_text(encoding="utf-8")
STYLES = [ROOT / "contract_tests/reports/page.css", ROOT / "cancelkit/diff/page.css"]


@pytest.mark.parametrize("style", STYLES, ids=lambda path: path.parts[-2])
def test_a_page_adds_to_the_paper_what_it_lacks(style: Path) -> None:
    """Every colour that it names is there, and nothing is said twice."""
    own = style.read_text(encoding="utf-8")
    given = set(re.findall(r"(--[\w-]+):", PAPER + own))

    assert set(re.findall(r"var\((--[\w-]+)", PAPER + own)) - {"--mood"} <= given
    assert [line for line in PAPER.splitlines() if line in own.splitlines() and line not in (":root {", "}")] == []


def test_every_page_is_on_it() -> None:
    """Written into it, since a page loads nothing."""
    pages = [html.render(verdict_of((), repeat="x", repeat_rule=str)), page(Outcome("a", "b", (), frozenset()))]

    assert [PAPER in each for each in pages] == [True, True]
