"""Every rule, wherever it comes from, carries examples that it accepts and rejects, and keeps to them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from cancelkit.contract_tests.engine.registry import chosen, every_rule, matches
from cancelkit.contract_tests.engine.rule import Rule, areas
from cancelkit.contract_tests.reports.catalogue import as_markdown
from cancelkit.spec import load

RULES = {rule.id: rule for rule in every_rule(load())}
PAGE = Path(__file__).parents[2] / "docs/rules.md"


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_judges_its_own_examples(rule: Rule):
    """Accepted examples earn no complaint; each rejected one does."""
    assert rule.rejects
    assert [list(rule.judge(example)) for example in rule.accepts] == [[] for _ in rule.accepts]
    assert all(list(rule.judge(example)) for example in rule.rejects)


def test_ids_are_unique_and_areas_known():
    """An id means one rule; each rule stands in an area of the table of contents."""
    ids = Counter(rule.id for rule in every_rule(load()))

    assert [id for id, number in ids.items() if number > 1] == []
    assert {rule.area for rule in RULES.values()} <= set(areas(load()))


def test_the_catalogue_is_current():
    """docs/rules.md is what `cancelkit verify --list --markdown` prints."""
    assert PAGE.read_text(encoding="utf-8") == as_markdown(tuple(every_rule(load())), load())


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("filters/sku/sound", True),
        ("filters/sku", True),
        ("filters/", True),
        ("filters/*/sound", True),
        ("filters/sk", False),
        ("sku", False),
    ],
)
def test_a_pattern_means_rules(pattern: str, meant: bool):
    """An id, its beginning up to a slash, or a glob."""
    assert matches("filters/sku/sound", pattern) is meant


def test_rules_and_areas_add_up():
    """--rule and --area together mean the rules of either."""
    rule = RULES["robustness/no-html"]

    assert chosen(rule, [], [])
    assert chosen(rule, ["create/*"], ["robustness"])
    assert not chosen(rule, ["create/*"], ["paging"])
