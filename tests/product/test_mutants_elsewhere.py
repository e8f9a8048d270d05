"""The suite kills the mutants of contracts that it was not written beside.

All of them take some minutes for each contract (`cancelkit verify --prove --all --contract FILE`). Here: those whose
death took a mend of a rule, and of the others those whose names' hashes come first, PER_CONTRACT of each contract, so
that the file takes about a minute; the choice stands as long as the names do.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

from cancelkit.contract_tests.engine.registry import every_rule
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.fixtures.world import World, generate_world
from cancelkit.mockserver.mutants import mutants
from cancelkit.spec import Contract, load
from tests.support.proving import killers

FOLDER = Path(__file__).parents[1] / "contracts"
PER_CONTRACT = 8
MENDED = {
    "tickets": ("put-subject-optional", "put-late-state", "put-keeps-default", "filter-status-first-50"),
    "loans": ("create-fee-required", "schema-create-state-as-object"),
    "shipments": (
        "patch-lowers-reference",
        "patch-late-state",
        "create-returnto-required",
        "update-half-applied",
        "filter-state-lax-beside",
        "filter-state-first-100",
        "paging-limit-lax-beside-filter",
    ),
}


@cache
def ground(name: str) -> tuple[Contract, World, list[Rule]]:
    contract = load(FOLDER / f"{name}.yaml")
    return contract, generate_world(contract, size=300), [rule for rule in every_rule(contract) if rule.cost == 1]


def chosen(name: str) -> list[str]:
    known = mutants(load(FOLDER / f"{name}.yaml"))
    first = sorted(known, key=lambda mutant: sha256(f"{name} {mutant}".encode()).digest())[:PER_CONTRACT]
    return list(dict.fromkeys((*MENDED[name], *first)))


@pytest.mark.parametrize(("name", "mutant"), [(name, mutant) for name in MENDED for mutant in chosen(name)])
def test_a_mutant_of_any_contract_is_killed(name: str, mutant: str):
    assert killers(*ground(name), mutant) != []
