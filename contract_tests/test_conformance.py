"""One test for each rule, for those who would rather run pytest than `cancelkit verify`.

Owns: how a finding becomes a test's outcome.
"""

from __future__ import annotations

import warnings
from datetime import date

import pytest

from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.run import graded, repeat_rule
from cancelkit.contract_tests.engine.runner import Runner
from cancelkit.contract_tests.engine.verdict import Finding, Outcome
from cancelkit.contract_tests.engine.watch import PassiveWatch
from cancelkit.contract_tests.reports.story import story


def test_rule(active: Rule, runner: Runner) -> None:
    """The target keeps the rule."""
    finding = runner.findings[active.id] if runner.passed_over(active) else runner.observe(active)
    _end(finding, runner)


def test_answers(passive: Rule, runner: Runner, watch: PassiveWatch) -> None:
    """Every answer seen so far keeps the rule."""
    _end(runner.conclude(passive, watch), runner)


def test_latency(budgets: list[Rule], runner: Runner) -> None:
    """The answers seen so far were as quick as `max_p95` in cancelkit.toml demands."""
    if not budgets:
        pytest.skip("max_p95 sets no budget")
    for budget in budgets:
        runner.settle(budget)
    order = list(Outcome)
    _end(min((runner.findings[rule.id] for rule in budgets), key=lambda found: order.index(found.outcome)), runner)


def _end(finding: Finding, runner: Runner) -> None:
    contract = runner.session.contract
    finding = graded(finding, runner.session.settings, date.today())
    text = story(finding, repeat_rule(runner.session.settings, contract, finding.rule_id), contract.resource.id_field)
    if finding.outcome is Outcome.FAILED:
        pytest.fail(text, pytrace=False)
    if finding.outcome is Outcome.EXPECTED:
        pytest.xfail(finding.why)
    if finding.outcome in (Outcome.SKIPPED, Outcome.INCONCLUSIVE):
        pytest.skip(f"{finding.outcome.value}: {finding.why}")
    if finding.outcome is Outcome.WARNED:
        warnings.warn(text, stacklevel=1)
