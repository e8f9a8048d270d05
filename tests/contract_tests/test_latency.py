"""How long answers took: what is measured, what is told, and what a budget makes of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pytest
from click.testing import CliRunner
from made_verdict import verdict_of
from rich.console import Console
from tiny_target import TOKEN, TinyTarget, served

from cancelkit.contract_tests.cli import verify
from cancelkit.contract_tests.configuration.options import read_settings
from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.latency import FEWEST, LatencyLog, budget_rules
from cancelkit.contract_tests.engine.run import execute
from cancelkit.contract_tests.engine.verdict import Latency, Outcome, Verdict
from cancelkit.contract_tests.errors import Cause, CouldNotRun
from cancelkit.contract_tests.reports import html, json_report, junit, markdown, terminal
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Role

RUN = {"repeat": "again", "repeat_rule": lambda id: f"again {id}"}
TOOK = Latency(480, 1.5, 12.25, 31.5, 444.75)


@pytest.fixture
def listing(spec: Contract) -> str:
    operation = spec.role(Role.LIST)
    assert operation is not None
    return operation.id


@pytest.fixture
def run(target: TinyTarget, settings: Settings, spec: Contract, make_rule) -> Callable[..., Verdict]:
    """A run whose one rule reads a list so many times."""

    def run(times: int, **changes: object) -> Verdict:
        def observe(context: Context) -> None:
            for _ in range(times):
                context.call(Role.LIST)

        chosen = replace(settings, rules=("create/test",), **changes)
        return execute(chosen, spec, rules=[make_rule(observe, area="status")], transport=target.transport)

    return run


def slow(seconds: float) -> Callable[[httpx.Request], None]:
    """Every list waits so long for its answer."""

    def fault(request: httpx.Request) -> None:
        if request.method == "GET" and request.url.path.endswith("/cancellation_requests/"):
            time.sleep(seconds)

    return fault


def test_percentiles_are_those_of_the_nearest_rank():
    """Each is a time that was measured, in milliseconds."""
    assert Latency.of([n / 1000 for n in range(100, 0, -1)]) == Latency(100, 50, 95, 99, 100)
    assert Latency.of([0.25]) == Latency(1, 250, 250, 250, 250)


def test_answers_are_counted_by_operation(spec: Contract, listing: str):
    """Refused ones too; not those of unknown paths, nor those whose time is not known."""
    log = LatencyLog(spec)
    for status, id, seconds in ((200, listing, 0.25), (400, listing, 0.5), (404, None, 1.0), (200, listing, 0.0)):
        log.watch(Answer(status, operation_id=id, elapsed=seconds))

    assert log.latency() == {listing: Latency(2, 250, 500, 500, 500)}


def test_the_time_is_that_of_the_answer_alone(target: TinyTarget, run, listing: str):
    """Neither what a dropped connection or a rate limit cost, nor our own limit on requests, is held against it."""
    number = count()

    def fault(request: httpx.Request) -> httpx.Response | None:
        turn = next(number)
        if turn % 7 == 3:
            raise httpx.ReadError("dropped")
        return httpx.Response(429, headers={"retry-after": "0.2"}) if turn % 7 == 5 else None

    target.fault = fault
    took = run(8, rps=40.0).latency[listing]

    assert took.count >= 8
    assert took.p50 < 25  # a turn at 40 a second alone takes as long
    assert took.max < 200  # and what a 429 asks to wait


@pytest.mark.parametrize(
    ("budgets", "outcome"),
    [({"*": 5.0}, Outcome.FAILED), ({"*": 500.0}, Outcome.PASSED), ({"*": 1.0, "OWN": 500.0}, Outcome.PASSED)],
)
def test_a_budget_is_a_rule_of_its_own(target: TinyTarget, run, listing: str, budgets, outcome: Outcome):
    """An operation's own goes before that of each; a broken one names operation, p95, calls and budget."""
    target.fault = slow(0.02)
    verdict = run(FEWEST, max_p95={listing if id == "OWN" else id: ms for id, ms in budgets.items()})

    found = next(f for f in verdict.findings if f.rule_id == f"latency/{listing}/p95")
    assert found.outcome is outcome
    assert verdict.exit_code == (1 if outcome is Outcome.FAILED else 0)
    if outcome is Outcome.FAILED:
        took = verdict.latency[listing]
        assert found.complaints == (f"{listing}: p95 is {took.p95:.1f} ms over {took.count} calls; the budget is 5 ms",)
        assert "--max-p95 '*=5'" in verdict.repeat_rule(found.rule_id)
        assert "--rule latency" not in verdict.repeat_rule(found.rule_id)


def test_too_few_calls_are_no_measure(target: TinyTarget, run, listing: str, spec: Contract):
    """Each operation that was called too seldom is skipped and says so; the run is not failed by it."""
    target.fault = slow(0.02)
    verdict = run(2, max_p95={"*": 0.001})

    found = {f.rule_id: f for f in verdict.findings if f.area == "latency"}
    calls = verdict.latency[listing].count
    assert set(found) == {f"latency/{id}/p95" for id in spec.operations}
    assert {f.outcome for f in found.values()} == {Outcome.SKIPPED}
    assert found[f"latency/{listing}/p95"].why == f"{calls} calls of {listing} are too few for a p95: it needs {FEWEST}"
    assert verdict.exit_code == 0


def test_a_budget_rule_carries_what_it_accepts_and_rejects(spec: Contract):
    """As every rule does."""
    rules = list(budget_rules(spec, {"*": 200.0}, LatencyLog(spec)))

    assert len(rules) == len(spec.operations)
    for rule in rules:
        assert [list(rule.judge(evidence)) for evidence in rule.accepts] == [[]]
        assert all(list(rule.judge(evidence)) for evidence in rule.rejects)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("listNothing=200",), "no operation 'listNothing'; it has "),
        (("200",), "OPERATION=MS"),
        (("*=fast",), "'fast' for * is not a number of milliseconds"),
        (("*=0",), "milliseconds above 0"),
        (("*=-1",), "milliseconds above 0"),
        (("*=nan",), "milliseconds above 0"),
        (("*=inf",), "milliseconds above 0"),
        ({"*": True}, "milliseconds above 0"),
        ({"*": [1]}, "milliseconds above 0"),
        (5, "OPERATION=MS"),
    ],
)
def test_a_budget_that_cannot_be_meant_is_refused(given: object, words: str, spec: Contract):
    """In one line."""
    with pytest.raises(CouldNotRun) as caught:
        read_settings({"url": "http://127.0.0.1:1", "max_p95": given}, contract=spec)

    assert caught.value.cause is Cause.OPTIONS
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_budgets_come_from_options_or_the_file(tmp_path: Path, spec: Contract, listing: str):
    """Options win over the file."""
    path = tmp_path / "a.toml"
    path.write_text(f'[verify]\nmax_p95 = {{ "*" = 500, {listing} = 80.5 }}\n')
    url = "http://127.0.0.1:1"
    from_file = read_settings({"url": url}, path, contract=spec)
    from_options = read_settings({"url": url, "max_p95": (f"{listing}=20", "*=40")}, path, contract=spec)

    assert from_file.max_p95 == {"*": 500, listing: 80.5}
    assert from_options.max_p95 == {"*": 40, listing: 20}


@pytest.mark.parametrize(
    ("render", "told"),
    [
        (markdown.render, "| `op` | 480 | 1.5 | 12.2 | 31.5 | 444.8 |"),
        (html.render, "<td><code>op</code></td><td>480</td><td>1.5</td><td>12.2</td><td>31.5</td><td>444.8</td>"),
    ],
)
def test_pages_show_the_times(render: Callable[[Verdict], str], told: str):
    """By operation; nothing where no time is known."""
    assert told in render(verdict_of((), **RUN, latency={"op": TOOK}))
    assert "Milliseconds" not in render(verdict_of((), **RUN))


def test_data_show_the_times():
    """JSON and JUnit: by operation and name."""
    data = json.loads(json_report.render(verdict_of((), **RUN, latency={"op": TOOK})))
    root = ET.fromstring(junit.render(verdict_of((), **RUN, latency={"op": TOOK})))

    values = {node.get("name"): node.get("value") for node in root.iter("property")}
    assert data["latency"] == {"op": {"count": 480, "p50_ms": 1.5, "p95_ms": 12.25, "p99_ms": 31.5, "max_ms": 444.75}}
    assert values["latency.op.count"] == "480"
    assert values["latency.op.p95_ms"] == "12.25"


@pytest.mark.parametrize(
    ("verbose", "told"),
    [
        (False, "slowest operation: op, p95 12.2 ms of 480 calls (all of them: --verbose)"),
        (True, "op 480 1.5 12.2 31.5 444.8"),
    ],
)
def test_the_console_tells_the_slowest_or_all(verbose: bool, told: str):
    """One line, or with --verbose a table."""
    console = Console(record=True, width=120)
    quick = Latency(3, 1, 2, 3, 4)

    terminal.show(verdict_of((), **RUN, latency={"other": quick, "op": TOOK}), verbose=verbose, console=console)

    text = " ".join(console.export_text().split())
    assert told in text
    assert ("other 3" in text) is verbose


def test_the_command_takes_budgets(target: TinyTarget, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, listing: str):
    """Exit code 1 and a finding where one is exceeded; 2 and one line where it can't be meant."""
    monkeypatch.setenv("CANCELKIT_TOKEN", TOKEN)
    monkeypatch.chdir(tmp_path)
    with served(target) as url:
        options = (url, "--rule", "filters/list/*/refuses", "--profile", "quick")
        broken = CliRunner().invoke(verify, [*options, "--max-p95", f"{listing}=0.001", "--report-md", "a.md"])
    wrong = CliRunner().invoke(verify, ["http://127.0.0.1:9", "--max-p95", "nothing=1"])

    assert f"FAILED latency/{listing}/p95" in broken.stdout
    assert broken.exit_code == 1
    assert (
        "````"
        not in (tmp_path / "a.md").read_text().partition(f"`latency/{listing}/p95`")[2].partition("</details>")[0]
    )
    assert wrong.exit_code == 2
    assert len(wrong.stderr.splitlines()) == 1
