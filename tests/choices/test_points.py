"""The catalogue of points, how a contract chooses, and how choices and behaviours go together."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from cancelkit.contract_tests.choices import detectors
from cancelkit.spec import Level, SpecError, load, read
from cancelkit.spec.points import POINTS
from cancelkit.spec.reading import read_contract
from tests.choices.test_learning import CONTRACTS

LEARN = Path("docs/learn.md")


def chosen(**nodes: Any) -> Any:
    """The packaged document with these choices alone."""
    return {**load().document, "x-choices": {name.replace("_", "-"): node for name, node in nodes.items()}}


def test_the_table_in_the_documents_is_current() -> None:
    text = LEARN.read_text(encoding="utf-8")

    for point in POINTS.values():
        options = "<br>".join(f"`{option}`: {says}" for option, says in point.options.items())
        assert f"| `{point.id}` | {point.about} | {options} |" in text


def test_the_readme_counts_the_points() -> None:
    said = re.search(r"looks at (\d+) such points", Path("README.md").read_text(encoding="utf-8"))

    assert said
    assert int(said[1]) == len(POINTS)


def test_every_point_has_a_detector() -> None:
    """In one of the contracts: the packaged one has no filter on a boolean."""
    assert {detector.point for contract in map(read, CONTRACTS.values()) for detector in detectors(contract)} == set(
        POINTS
    )


def test_the_packaged_contract_says_something_of_every_point_that_it_has() -> None:
    contract = load()

    assert all(contract.choices[detector.point].stated for detector in detectors(contract))


def test_without_a_word_the_usual_option_holds() -> None:
    contract = read_contract(chosen())

    assert {id: c.chosen for id, c in contract.choices.items()} == {id: p.usual for id, p in POINTS.items()}
    assert contract.behaviour("page-beyond-last") is None


def test_a_behaviour_chooses_the_option_that_keeps_it() -> None:
    promised = {"limit-capped": {"requires": "It is cut.", "level": "documented"}}
    contract = read_contract({**chosen(), "x-behaviours": promised})

    choice = contract.choices["limit-too-large"]
    assert (choice.chosen, choice.stated, choice.fact.level) == ("cut", True, Level.DOCUMENTED)


def test_a_choice_gives_up_the_behaviour_that_says_otherwise() -> None:
    promised = {"limit-capped": {"requires": "It is cut.", "level": "documented"}}
    document = {**chosen(limit_too_large={"chosen": "refused", "level": "observed"}), "x-behaviours": promised}

    assert read_contract(document).behaviour("limit-capped") is None


def test_a_behaviour_of_two_points_needs_both() -> None:
    refused, default = {"chosen": "refused", "level": "documented"}, {"chosen": "default", "level": "observed"}

    assert read_contract(chosen(limit_malformed=refused, page_malformed=refused)).behaviour("paging-bounds")
    assert read_contract(chosen(limit_malformed=refused, page_malformed=default)).behaviour("paging-bounds") is None


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ("empty", "must be a mapping"),
        ({"chosen": "gone", "level": "assumed", "why": "so"}, "'gone' is not one of not-found, empty, empty-to-last"),
        ({"chosen": "empty"}, "needs `level`"),
        ({"chosen": "empty", "level": "sure"}, "'sure' is not one of"),
        ({"chosen": "empty", "level": "assumed"}, "must say why"),
        ({"chosen": "empty", "level": "observed", "sen": {}}, "unknown key; known are chosen"),
    ],
)
def test_what_is_wrong_is_said(node: Any, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        read_contract(chosen(page_beyond_last=node))


def test_an_unknown_point_is_said() -> None:
    with pytest.raises(SpecError, match="unknown point; known are action-again"):
        read_contract(chosen(page_after_last={"chosen": "empty", "level": "observed"}))
