"""The HTML page: what a server said stays text, and both answers stand side by side."""

from __future__ import annotations

from dataclasses import replace

from cancelkit.contract_tests.comparing import html, reporting
from cancelkit.spec import load
from tests.comparing.sides import compared

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>\x1b[31m"


def test_hostile_answers_stay_text_in_every_report():
    """Nothing that a server said is markup, or steers a terminal."""
    found = compared(load(), mutant=["create-swaps-description"], calls=150)
    group = found.groups[0]
    last = group.last
    assert last.left is not None
    wrong = replace(last, left=replace(last.left, text=HOSTILE, json=None, is_json=False))
    told = replace(
        found,
        left=f"target {HOSTILE}",
        apart={HOSTILE: 1},
        groups=[replace(group, steps=[*group.steps[:-1], wrong], difference=replace(group.difference, left=HOSTILE))],
    )
    page = html.render(told)

    assert "<img" not in page
    assert "<script>alert" not in page
    assert page.count('<div class="both">') == len(group.steps)
    assert [name for name, render in reporting.RENDERERS.items() if "\x1b" in render(told)] == []
