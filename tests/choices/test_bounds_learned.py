"""How large an integer a field takes, learned where the contract leaves its maximum open."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from cancelkit.contract_tests.learning import rounds
from cancelkit.contract_tests.learning.bounds import NAME, Bounds
from cancelkit.contract_tests.learning.observing import Learned
from cancelkit.contract_tests.learning.writing import Earlier, earlier, written
from cancelkit.spec import PATH, Contract, read
from cancelkit.spec.reading import read_contract
from cancelkit.spec.values import Values
from tests.choices.test_states_learned import overlaid, walked

BODIES = ("CancellationRequestCreate", "CancellationRequestUpdate")
POINTS = [f"maximum {name}.quantity" for name in BODIES]
INT32 = 2**31 - 1


def taking(contract: Contract, *, open_: str = "How much.", **maxima: int) -> Contract:
    """The contract with another largest quantity in these bodies."""
    document: Any = copy.deepcopy(contract.document)
    for name, maximum in maxima.items():
        document["components"]["schemas"][name]["properties"]["quantity"] |= {"maximum": maximum, "x-open": open_}
    return read_contract(document)


@pytest.fixture(autouse=True)
def _nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the bounds are looked at."""
    monkeypatch.setattr(rounds, "LOOKS", (Bounds,))


def told(found: Learned) -> dict[str, str | None]:
    return {one.point: one.option for topic in found.topics if topic.name == NAME for one in topic.statements}


@pytest.mark.parametrize(("create", "update"), [(2**63 - 1, 2**63 - 1), (2**32 - 1, INT32), (2**53 - 1, 2**15 - 1)])
def test_the_largest_integer_is_learned_of_each_body_and_taken_by_the_mock(
    tmp_path: Path, create: int, update: int
) -> None:
    """And a second look changes nothing; what the server takes as the contract says is not repeated."""
    contract = read(PATH)
    server = taking(contract, **dict(zip(BODIES, (create, update), strict=True)))
    found = walked(contract, server)
    text = written(found, Earlier())
    now = overlaid(contract, text, tmp_path)

    assert told(found) == dict(zip(POINTS, map(str, (create, update)), strict=True))
    assert text.count("properties'") == (create != INT32) + (update != INT32)
    for name, largest in zip(BODIES, (create, update), strict=True):
        takes = Values(now.schemas[name]["properties"]["quantity"]).admits
        assert takes(largest)
        assert not takes(largest + 1)
    assert written(walked(now, server), earlier(tmp_path / "learned.yaml")) == text


def test_the_same_bound_is_not_written() -> None:
    found = walked(read(PATH), read(PATH))

    assert told(found) == dict.fromkeys(POINTS, str(INT32))
    assert "maximum" not in written(found, Earlier())


def test_a_bound_that_is_no_usual_one_is_not_told() -> None:
    """It may depend on something else, such as how much was ordered."""
    found = walked(read(PATH), taking(read(PATH), CancellationRequestCreate=1000, CancellationRequestUpdate=3))
    whys = {one.point: one.why for topic in found.topics for one in topic.statements}

    assert told(found) == dict.fromkeys(POINTS, None)
    assert whys == {
        POINTS[0]: "it takes 256, and not the next usual bound",
        POINTS[1]: "it takes no usual bound",
    }


def test_nothing_is_tried_where_the_contract_says_how_much_is_taken() -> None:
    """A maximum that is not open is for the rules to judge, and a field without one takes anything."""
    document: Any = copy.deepcopy(read(PATH).document)
    for name in BODIES:
        del document["components"]["schemas"][name]["properties"]["quantity"]["x-open"]
    contract = read_contract(document)

    assert list(Bounds(contract).rules()) == []
    assert not told(walked(contract, contract))
