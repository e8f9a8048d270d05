"""Any edit of a contract is followed by all three tools: a search through random edits, and sequences of edits."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest

from cancelkit import spec
from cancelkit.spec import Contract
from cancelkit.spec.reading import read_contract
from tests.edits.edits import Edit, draw
from tests.edits.trial import tried

ROOT = Path(__file__).parents[2]
CONTRACTS = {"shipped": spec.PATH, "reviews": ROOT / "examples" / "contracts" / "reviews.yaml"}
EDITS = int(os.environ.get("CANCELKIT_EDITS", "45"))
"""How many edits of each contract are tried: forty-five here, thousands by `make edits`."""
FIRST = int(os.environ.get("CANCELKIT_EDITS_FIRST", "0"))
EACH = 5
KNOWN: dict[tuple[str, int], str] = {}
"""Edits that are not followed yet, and why: to be mended, not to be forgotten."""
LONGEST = 3


def drawn(contract: Contract, random: Random) -> Edit:
    """One edit, or up to three on top of each other where the contract in between can be read."""
    edit = draw(contract, random)
    for _ in range(random.choice((0, 0, 1, LONGEST - 1))):
        try:
            between = read_contract(edit.document)
        except spec.SpecError:
            return edit
        more = draw(between, random)
        edit = Edit(f"{edit.what}; {more.what}", (*edit.about, *more.about), more.document)
    return edit


@pytest.mark.parametrize("first", range(FIRST, FIRST + EDITS, EACH))
@pytest.mark.parametrize("name", CONTRACTS)
def test_every_edit_is_followed(name: str, first: int):
    """The mock serves it and conforms, the suite sees it, a mutant about it is killed, the fixtures are valid."""
    contract = spec.load(CONTRACTS[name])
    wrong: dict[str, tuple[str, ...]] = {}
    for seed in range(first, first + EACH):
        random = Random(f"{name}/{seed}")
        edit = drawn(contract, random)
        try:
            trial = tried(edit, random)
        except Exception as error:
            if (name, seed) in KNOWN:
                continue
            wrong[f"{seed}: {edit.what}"] = (f"{type(error).__name__}: {error}",)
        else:
            if trial.problems and (name, seed) not in KNOWN:
                wrong[f"{seed}: {edit.what}"] = trial.problems

    assert wrong == {}
