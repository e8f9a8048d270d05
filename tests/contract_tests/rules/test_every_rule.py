"""Every rule about behaviour proves itself: its judge passes what is right and complains about what is not."""

from collections import Counter

import pytest

import spec
from contract_tests.rule import AREAS, Rule
from contract_tests.rules import MODULES, all_rules

RULES = all_rules(spec.load())


def by_id(rule: Rule) -> str:
    return rule.id


@pytest.mark.parametrize("rule", RULES, ids=by_id)
def test_a_rule_accepts_its_examples(rule: Rule) -> None:
    """Nothing is complained about in evidence of a right server."""
    complaints = [list(rule.judge(evidence)) for evidence in rule.accepts]

    assert rule.accepts
    assert complaints == [[]] * len(rule.accepts)


@pytest.mark.parametrize("rule", RULES, ids=by_id)
def test_a_rule_rejects_its_examples(rule: Rule) -> None:
    """Each piece of evidence of a wrong server is complained about, in words."""
    complaints = [list(rule.judge(evidence)) for evidence in rule.rejects]

    assert rule.rejects
    assert all(texts and all(isinstance(text, str) and text for text in texts) for texts in complaints), complaints


def test_ids_are_unique() -> None:
    """No two rules share an id."""
    twice = [id for id, times in Counter(rule.id for rule in RULES).items() if times > 1]

    assert twice == []


def test_every_rule_is_described() -> None:
    """Each has a known area, a sentence that ends as one, and a source."""
    wrong = [r.id for r in RULES if r.area not in AREAS or not r.requires.endswith((".", ".)")) or not r.source]

    assert wrong == []


def test_every_area_has_rules() -> None:
    """No area but the schema one, whose rules look at every answer, is left to others."""
    missing = {*AREAS, "schema"} - {rule.area for rule in RULES} - {"schema"}

    assert missing == set()


def test_modules_are_listed_once() -> None:
    """The table of contents names each module once, and each gives rules."""
    found = [[*module.rules(spec.load())] for module in MODULES]

    assert len({module.__name__ for module in MODULES}) == len(MODULES)
    assert all(found)
