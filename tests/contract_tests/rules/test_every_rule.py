"""The table of contents: every module of rules is listed once, and every area has rules."""

from __future__ import annotations

import re
from pathlib import Path

from cancelkit import spec
from cancelkit.contract_tests import rules
from cancelkit.contract_tests.engine.rule import areas
from cancelkit.contract_tests.machine import machine
from cancelkit.contract_tests.rules import MODULES, all_rules

FOLDER = Path(rules.__file__).parent


def test_every_module_with_rules_is_listed_once():
    """A module that lies in the folder and is not listed would silently judge nothing."""
    listed = [module.__name__.removeprefix(f"{rules.__name__}.") for module in MODULES]
    found = {
        ".".join(path.relative_to(FOLDER).with_suffix("").parts)
        for path in FOLDER.glob("*/*.py")
        if "\ndef rules(" in path.read_text()
    }

    assert len(listed) == len(set(listed))
    assert set(listed) == found | {machine.__name__}


def test_rooms_of_rules_know_nothing_of_each_other():
    """What two of them need lies in observing/, which imports no rule."""
    package = rules.__name__
    wrong = [
        f"{path.relative_to(FOLDER.parent)}: {found}"
        for path in (*FOLDER.glob("*/*.py"), *(FOLDER.parent / "observing").glob("*.py"))
        for found in re.findall(rf"^from {re.escape(package)}\.(\w+)", path.read_text(), re.MULTILINE)
        if found != path.parent.name
    ]

    assert wrong == []


def test_every_area_has_rules():
    """The schema area is left to the rules that look at each answer, that of choices to their own rules."""
    found = {rule.area for rule in all_rules(spec.load())}

    assert found == set(areas(spec.load())) - {"schema", "choices"}


def test_every_filter_has_all_three_oracles():
    """What is found, what is refused, and how queries relate, on each list that has the parameter."""
    ids = {rule.id for rule in all_rules(spec.load())}
    lists = {"list": "listCancellationRequests", "list-detailed": "listCancellationRequestsDetailed"}
    filters = {
        (key, name)
        for key, operation in lists.items()
        for name, found in spec.load().operations[operation].filters.items()
        if found.lookup != "in" and name != "cancellation_type"
    }

    assert {f"filters/{key}/{name.replace('__', '-')}/matches" for key, name in filters} <= ids


def test_what_is_left_open_has_no_filter_rule():
    """cancellation_type may be ignored as a parameter that a server does not know."""
    assert [rule.id for rule in all_rules(spec.load()) if "/cancellation_type/" in rule.id] == []
