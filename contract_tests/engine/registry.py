"""Every rule that there is, wherever it comes from.

Owns: putting together the rules about behaviour, about choices, about each answer, and those that Schemathesis checks;
    choosing some; the tables of what they try.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from cancelkit.contract_tests.engine.cells import Table
from cancelkit.contract_tests.engine.passive import passive_rules
from cancelkit.contract_tests.engine.rule import Rule, areas
from cancelkit.spec import Contract


def every_rule(contract: Contract) -> tuple[Rule, ...]:
    """All rules of a contract, area by area.

    Raises:
        ValueError: two rules have the same id, or a rule stands in no area.
    """
    from cancelkit.contract_tests.choices.judging import rules as choice_rules
    from cancelkit.contract_tests.fuzz.rules import fuzz_rules
    from cancelkit.contract_tests.rules import all_rules
    from cancelkit.contract_tests.wording.judging import rules as wording_rules

    found = (
        *all_rules(contract),
        *choice_rules(contract),
        *wording_rules(contract),
        *passive_rules(contract),
        *fuzz_rules(contract),
    )
    unique(found)
    order = areas(contract)
    return tuple(sorted(found, key=lambda rule: order.index(rule.area)))


def every_table(contract: Contract) -> tuple[Table, ...]:
    """The tables of what the rules of a contract try."""
    from cancelkit.contract_tests.rules import all_tables

    return all_tables(contract)


def unique(rules: Iterable[Rule]) -> None:
    """Refuse rules that share an id: one would hide what the other found.

    Raises:
        ValueError: with the ids.
    """
    if twice := [id for id, number in Counter(rule.id for rule in rules).items() if number > 1]:
        raise ValueError(f"several rules have the same id: {', '.join(twice)}")


def matches(rule_id: str, pattern: str) -> bool:
    """Whether `pattern`, a glob or the beginning of an id up to a slash, means the rule."""
    return fnmatchcase(rule_id, pattern) or rule_id.startswith(f"{pattern.rstrip('/')}/")


def chosen(rule: Rule, rules: Sequence[str], areas: Sequence[str]) -> bool:
    """Whether --rule and --area mean the rule; without either, every rule is meant."""
    if not rules and not areas:
        return True
    return rule.area in areas or any(matches(rule.id, pattern) for pattern in rules)
