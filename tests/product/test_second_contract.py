"""The suite on a contract that shares no word with the shipped one: nothing on a right mock, something on each mutant.

In process, so that the default set of mutants takes two minutes of one processor; `cancelkit verify --prove
--contract examples/contracts/reviews.yaml` does the same over the wire.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from cancelkit.contract_tests.engine.registry import every_rule
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.verdict import Outcome
from cancelkit.contract_tests.rules.bodies.create_ignored import unlike
from cancelkit.fixtures.world import World, generate_world
from cancelkit.mockserver.mutants import mutants
from cancelkit.spec import Contract, load
from cancelkit.spec.reading import read_contract
from tests.support.proving import failed, judged, killers

PATH = Path(__file__).parents[2] / "examples/contracts/reviews.yaml"
CONTRACT = load(PATH)
DEFAULT = [name for name, mutant in mutants(CONTRACT).items() if mutant.sample]
SIZE = 300


@pytest.fixture(scope="module")
def world() -> World:
    return generate_world(CONTRACT, size=SIZE)


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    return [rule for rule in every_rule(CONTRACT) if rule.cost == 1]


@pytest.fixture(scope="module")
def bare() -> Contract:
    """Reviews whose list has no filter and no ordering."""
    document = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    for path in document["paths"].values():
        if "parameters" in path.get("get", {}):
            path["get"]["parameters"] = [one for one in path["get"]["parameters"] if "x-paging" in one]
    return read_contract(document)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_is_wrong_with_a_right_mock(world: World, rules: list[Rule], seed: int):
    """Whatever is drawn, no rule complains, and none could not make out what it saw."""
    findings = judged(CONTRACT, world, rules, seed=seed).findings

    assert {f.rule_id: f.complaints for f in findings if failed(f)} == {}
    assert {f.rule_id: f.why for f in findings if f.outcome is Outcome.INCONCLUSIVE} == {}


@pytest.mark.parametrize("name", DEFAULT)
def test_every_mutant_is_killed(world: World, rules: list[Rule], name: str):
    assert killers(CONTRACT, world, rules, name) != []


@pytest.mark.parametrize(("name", "shown"), [("votes", 3), ("status", "hidden"), ("created", "2001-01-01T00:00:00Z")])
def test_what_a_body_must_not_set_differs_from_what_is_shown(name: str, shown: Any):
    """A field that is taken could not be told from one that stands."""
    assert unlike(CONTRACT, name, shown, {name: shown}) != shown
    assert unlike(CONTRACT, name, shown, {name: "else"}) == shown


PAGES = [
    "paging-loses-row",
    "paging-count-of-page",
    "paging-count-off",
    "paging-no-next",
    "paging-next-drops-query",
    "paging-default-limit",
    "paging-overlap",
    "paging-beyond-empty",
    "paging-page-ignored",
]


@pytest.mark.parametrize("size", [60, 2000])
def test_pages_of_a_list_without_filters_are_judged(bare: Contract, size: int):
    """Nothing narrows it, so the whole list is walked, or as much of it as a rule should."""
    world = generate_world(bare, size=size)
    paging: list[Any] = [rule for rule in every_rule(bare) if rule.area == "paging"]

    assert [f.rule_id for f in judged(bare, world, paging).findings if failed(f)] == []
    assert [name for name in PAGES if not killers(bare, world, paging, name)] == []
