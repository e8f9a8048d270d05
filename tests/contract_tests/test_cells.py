"""The tables of what there is to try: what a run notes, and what reports show of it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from made_verdict import verdict_of
from rich.console import Console
from tiny_target import TinyTarget

from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine import run, session
from cancelkit.contract_tests.engine.cells import Cells, Table
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.verdict import Coverage, Outcome
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.reports import html, json_report, markdown, terminal
from cancelkit.contract_tests.rules import all_tables
from cancelkit.spec import Contract

TABLE = Table(
    "shapes", "a colour of a shape", ("shape", "colour"), lambda scale: [("cube", f"c{n}") for n in range(2 * scale)]
)


def _covered(scale: int = 1) -> Coverage:
    cells = Cells([TABLE])
    cells.cover("shapes", {"colour": "c0", "shape": "cube"})
    return Coverage(cells=cells.visited(scale))


def test_a_larger_scale_asks_for_more_cells():
    """What is missing depends on the profile; what was tried does not."""
    quick, deep = (_covered(scale).cells[0] for scale in (1, 3))

    assert (quick.figure, quick.missing) == ("1 of 2", [("cube", "c1")])
    assert (deep.figure, deep.visited) == ("1 of 6", [("cube", "c0")])


@pytest.mark.parametrize("cell", [{"shape": "cube"}, {"shape": "cube", "size": "small"}])
def test_a_cell_of_other_columns_is_refused(cell):
    """A misspelt column would leave a cell missing for ever."""
    with pytest.raises(ValueError, match="shapes"):
        Cells([TABLE]).cover("shapes", cell)


def test_a_rule_notes_what_it_tried(
    target: TinyTarget,
    settings: Settings,
    spec: Contract,
    make_rule: Callable[..., Rule],
    monkeypatch: pytest.MonkeyPatch,
):
    """The verdict of a run holds the cells that its rules were in."""

    def observe(context: Context) -> None:
        context.cover("shapes", shape="cube", colour="c1")

    monkeypatch.setattr(session, "every_table", lambda contract: (TABLE,))
    verdict = run.execute(settings, spec, rules=[make_rule(observe)], transport=target.transport)

    assert verdict.coverage.cells[0].visited == [("cube", "c1")]


def test_every_report_tells_what_is_missing():
    """Text, JSON, HTML and Markdown show the same table."""
    verdict = verdict_of((), coverage=_covered(), repeat="again", repeat_rule=str)
    out = io.StringIO()
    terminal.show(verdict, coverage=True, console=Console(file=out, width=120))
    cells: dict[str, Any] = json.loads(json_report.render(verdict))["coverage"]["cells"]

    assert "1 of 2" in out.getvalue()
    assert "cube c1" in out.getvalue()
    assert (cells["shapes"]["missing"], cells["shapes"]["visited"]) == ([["cube", "c1"]], [["cube", "c0"]])
    assert "cube · c1" in html.render(verdict)
    assert "| shapes | 1 of 2 | a colour of a shape |" in markdown.render(verdict)


def test_no_table_stands_twice(spec: Contract):
    """Two tables of one name would count for each other."""
    names = [table.name for table in all_tables(spec)]

    assert len(names) == len(set(names))


def test_what_rules_share_is_observed_once(
    target: TinyTarget, settings: Settings, spec: Contract, make_rule: Callable[..., Rule]
):
    """Each of them gets it, and what failed is tried again by the next."""
    made: list[int] = []

    def make(context: Context) -> int:
        made.append(len(made))
        if len(made) == 1:
            raise Inconclusive("not yet")
        return made[-1]

    def observe(context: Context) -> int:
        return context.shared("it", make)

    rules = [make_rule(observe, lambda got: [] if got == 1 else [str(got)], id=f"create/{n}") for n in range(3)]
    verdict = run.execute(settings, spec, rules=rules, transport=target.transport)

    assert [f.outcome for f in verdict.findings if f.rule_id.startswith("create/")] == [Outcome.PASSED] * 3
    assert made == [0, 1]
