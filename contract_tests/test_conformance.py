"""One test for each rule, for those who would rather run pytest than `cancelkit verify`.

Owns: how a finding becomes a test's outcome.
Knows nothing of: what the rules are about.
"""

from __future__ import annotations

import warnings
from datetime import date

import pytest

from cancelkit.contract_tests.commands import repeat_command
from cancelkit.contract_tests.passive import PassiveWatch, passive_rules
from cancelkit.contract_tests.registry import every_rule
from cancelkit.contract_tests.reports.story import story
from cancelkit.contract_tests.rule import Rule
from cancelkit.contract_tests.run import graded
from cancelkit.contract_tests.runner import Runner
from cancelkit.contract_tests.verdict import Finding, Outcome
from cancelkit.spec import load

PASSIVE = {rule.id: rule for rule in passive_rules(load())}
ACTIVE = {rule.id: rule for rule in every_rule(load()) if rule.id not in PASSIVE}


@pytest.mark.parametrize("rule", ACTIVE.values(), ids=ACTIVE)
def test_rule(rule: Rule, runner: Runner) -> None:
    """The target keeps the rule."""
    finding = runner.findings[rule.id] if runner.passed_over(rule) else runner.observe(rule)
    _end(finding, runner)


@pytest.mark.parametrize("rule", PASSIVE.values(), ids=PASSIVE)
def test_answers(rule: Rule, runner: Runner, watch: PassiveWatch) -> None:
    """Every answer seen so far keeps the rule."""
    _end(runner.conclude(rule, watch), runner)


def _end(finding: Finding, runner: Runner) -> None:
    finding = graded(finding, runner.session.settings, date.today())
    text = story(finding, repeat_command(runner.session.settings, finding.rule_id))
    if finding.outcome is Outcome.FAILED:
        pytest.fail(text, pytrace=False)
    if finding.outcome is Outcome.EXPECTED:
        pytest.xfail(finding.why)
    if finding.outcome in (Outcome.SKIPPED, Outcome.INCONCLUSIVE):
        pytest.skip(f"{finding.outcome.value}: {finding.why}")
    if finding.outcome is Outcome.WARNED:
        warnings.warn(text, stacklevel=1)
