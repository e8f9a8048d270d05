"""Every rule that there is, wherever it comes from.

Owns: putting together the rules about behaviour, about each answer, and those that Schemathesis checks; choosing some.
Knows nothing of: how they run.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from cancelkit.contract_tests.passive import passive_rules
from cancelkit.contract_tests.rule import AREAS, Rule
from cancelkit.spec import Contract


def every_rule(spec: Contract) -> tuple[Rule, ...]:
    """All rules, area by area."""
    from cancelkit.contract_tests.fuzz.rules import fuzz_rules
    from cancelkit.contract_tests.rules import all_rules

    found = (*all_rules(spec), *passive_rules(spec), *fuzz_rules(spec))
    return tuple(sorted(found, key=lambda rule: AREAS.index(rule.area)))


def matches(rule_id: str, pattern: str) -> bool:
    """Whether `pattern`, a glob or the beginning of an id up to a slash, means the rule."""
    return fnmatchcase(rule_id, pattern) or rule_id.startswith(f"{pattern.rstrip('/')}/")


def chosen(rule: Rule, rules: Sequence[str], areas: Sequence[str]) -> bool:
    """Whether --rule and --area mean the rule; without either, every rule is meant."""
    if not rules and not areas:
        return True
    return rule.area in areas or any(matches(rule.id, pattern) for pattern in rules)
