"""The table of contents: every module of rules is listed once, and every area has rules."""

from __future__ import annotations

from pathlib import Path

from cancelkit import spec
from cancelkit.contract_tests import rules
from cancelkit.contract_tests.engine.rule import areas
from cancelkit.contract_tests.rules import MODULES, all_rules

SHARED = {
    "__init__",
    "arrivals",
    "askers_walk",
    "concurrency_orders",
    "evidence",
    "examples",
    "filters_found",
    "filters_open",
    "filters_plan",
    "filters_probes",
    "filters_sets",
    "filters_values",
    "newest",
    "paging_chosen",
    "paging_walks",
    "refusals_walk",
    "writes",
    "combinations_plan",
    "company",
    "crowds",
    "history_views",
    "listing",
    "names",
    "odd",
    "sending",
    "staggered",
    "stating",
    "values_plan",
    "values_walk",
}


def test_every_module_of_rules_is_listed_once():
    """A module that lies in the folder and is not listed would silently judge nothing."""
    listed = [module.__name__.rpartition(".")[2] for module in MODULES]
    files = {path.stem for path in Path(rules.__file__).parent.glob("*.py")}

    assert len(listed) == len(set(listed))
    assert set(listed) == (files - SHARED) | {"machine"}


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
