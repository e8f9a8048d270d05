"""Every option of every point is imitated by the mock and told by its detector, alone among many others."""

from __future__ import annotations

from pathlib import Path

import pytest

from cancelkit.spec import PATH, Contract, read
from tests.choices.dialects import Dialect, dialects, learned

CONTRACTS = {
    path.stem: path
    for path in (PATH, *sorted(Path("tests/contracts").glob("*.yaml")), Path("examples/contracts/reviews.yaml"))
}


@pytest.mark.parametrize("turn", range(6))
@pytest.mark.parametrize("name", CONTRACTS)
def test_each_option_is_learned(name: str, turn: int) -> None:
    contract = read(CONTRACTS[name])
    dialect = list(dialects(contract))[turn % 6] if turn < len(list(dialects(contract))) else {}

    told, untold = _compared(contract, dialect)

    if name in SAME:
        told = {point: SAME[name].get((point, option), option) for point, option in told.items()}
        dialect = {point: SAME[name].get((point, option), option) for point, option in dialect.items()}
    assert told == {point: option for point, option in dialect.items() if point in told}
    assert untold <= KNOWN.get(name, set()), untold


SAME = {"tickets": {("action-again", "conflict"): "refused", ("day-as-moment", "whole"): "first-instant"}}
"""Options that come to the same: the action's only refusal is 409, the only filter on date-times is gte."""
KNOWN = {
    "reviews": {"letter-case", "letter-forms"},
    "tickets": {"faults-named"},
    "loans": set(),
    "shipments": set(),
}
"""What the records of these contracts can't show: letters beyond ASCII, a second field that can be wrong."""


def _compared(contract: Contract, dialect: Dialect) -> tuple[dict[str, str], set[str]]:
    lessons = learned(contract, dialect).lessons
    return {one.point: one.option for one in lessons if one.option}, {one.point for one in lessons if not one.option}
