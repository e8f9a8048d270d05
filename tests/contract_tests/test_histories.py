"""The walk through what can happen to a record visits all of it, and nothing that a contract forbids."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from cancelkit.contract_tests.machine.histories import NEW, follows, kinds, plan, tables
from cancelkit.spec import Contract, load

FOLDER = Path(__file__).parents[1] / "contracts"


@pytest.fixture(params=["", "loans", "shipments", "tickets"])
def contract(request: pytest.FixtureRequest) -> Contract:
    return load(FOLDER / f"{request.param}.yaml") if request.param else load()


@pytest.mark.parametrize("strength", [1, 2, 3])
def test_each_step_is_possible_in_the_state_before_it(contract: Contract, strength: int):
    """From the state of a new record on."""
    state = contract.resource.transitions.initial if contract.resource.transitions else None

    for step in plan(contract, strength):
        assert step.kind == NEW or step.state in follows(contract, step.kind, state)
        state = step.state


def test_every_pair_that_can_follow_is_visited(contract: Contract):
    """Found by trying all pairs in every state, without the walk's own search."""
    moves = contract.resource.transitions
    states = {moves.initial if moves else None}
    while more := {new for s in states for kind in kinds(contract) for new in follows(contract, kind, s)} - states:
        states |= more
    pairs = {
        (one, other)
        for state in states
        for one in kinds(contract)
        for between in follows(contract, one, state)
        for other in kinds(contract)
        if follows(contract, other, between)
    }
    trail = [step.kind for step in plan(contract, 2)]

    assert set(pairwise(trail)) >= pairs
    assert {cell[1:] for table in tables(contract) for cell in table.cells(2)} >= pairs
