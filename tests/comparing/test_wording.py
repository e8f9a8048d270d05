"""Texts and codes of refusals are compared where the contract says them, and counted where it does not."""

from __future__ import annotations

from typing import Any

import pytest

from cancelkit.contract_tests.comparing.refusals import named, words
from cancelkit.contract_tests.comparing.signs import WORDS
from cancelkit.contract_tests.comparing.telling import notes
from cancelkit.contract_tests.comparing.wording import Spoken, spoken
from cancelkit.spec import load
from cancelkit.spec.wording import wordings
from tests.choices.test_errors_learned import saying, with_errors
from tests.comparing.sides import compared, told

REQUIRED = {"text": "Needed.", "code": "needed", "level": "observed"}
LIMIT = {
    "text": "At least {limit}.",
    "code": "small",
    "level": "observed",
    "at": {"listThings.page": {"text": "Which page?"}},
}
CHOICE = {"text": "{value} is none of them.", "level": "observed"}
STATED = {"required": REQUIRED, "minimum": LIMIT, "choice": CHOICE, "not-found": {"code": "gone", "level": "observed"}}


def of(left: Any, right: Any, **more: Any) -> Spoken:
    return spoken(wordings({"x-errors": STATED}, ("listThings",)), words(left), words(right), **more)


@pytest.mark.parametrize("change", [{"text": "Nothing is here."}, {"code": "nothing"}])
@pytest.mark.parametrize(("level", "learn"), [("observed", False), ("documented", True)])
def test_a_text_or_code_that_the_contract_says_is_a_difference(change: dict[str, str], level: str, learn: bool) -> None:
    """The kind of the error explains it, and `learn` is advised unless it was learned."""
    contract = saying(load(), level=level)
    before = dict(contract.document["x-errors"]["not-found"])
    server = with_errors(contract, **{"not-found": {**before, **change}})
    found = compared(contract, served=(server, contract), calls=300)

    assert {group.point for group in found.groups} == {"error-not-found"}, told(found)
    assert next(iter(change.values())) in found.groups[0].difference.left
    assert found.learnable == (["error-not-found"] if learn else [])
    assert ("cancelkit learn" in found.advice(found.groups[0])) is learn
    assert before["code"] in found.advice(found.groups[0])


def test_words_of_which_the_contract_says_nothing_are_counted_and_alike() -> None:
    """Of two servers nothing is advised; a mock could learn them."""
    contract = load()
    found = compared(contract, served=(saying(contract), contract), calls=300)

    assert told(found) == []
    assert found.reworded > 10
    assert any("cancelkit learn" in text for text in notes(found))
    assert not any("cancelkit learn" in text for text in notes(compared(contract, calls=60, mocked=False)))


def test_what_a_text_shows_is_compared_unless_it_may_be_one_sides_own() -> None:
    """A limit is everybody's; a value that was sent may be a key of one side's rows."""
    assert not of({"a": ["At least 1."]}, {"a": ["At least 1."]}).differences
    assert [one.point for one in of({"a": ["At least 1."]}, {"a": ["At least 2."]}).differences] == ["error-minimum"]
    assert not of({"a": ["4 is none of them."]}, {"a": ["9 is none of them."]}).differences


def test_at_each_place_the_words_of_that_place_are_compared() -> None:
    """What is said of one parameter of one operation is no difference there, and is one elsewhere."""
    left, right = {"page": ["Which page?"], "code": "small"}, {"page": ["At least 1."], "code": "small"}

    assert not of(left, left, operation="listThings").differences
    assert [one.point for one in of(left, right, operation="listThings").differences] == ["error-minimum"]
    assert [one.point for one in of(left, right, operation="listOthers").differences] == ["error-minimum"]


def test_a_fault_of_which_the_contract_says_nothing_is_no_difference() -> None:
    """Even where the other side means one of which it speaks."""
    assert of({"a": ["Needed."]}, {"a": ["Must be a valid boolean."]}) == Spoken([], True)
    assert of({"a": ["Needed."]}, {"a": ["Something of its own."]}).differences


def test_the_code_of_several_faults_may_be_of_any_of_them() -> None:
    """But it is one of theirs; a code alone is compared by the kind that the text shows."""
    faults = {"a": ["Needed."], "b": ["At least 1."]}

    assert not of({**faults, "code": "needed"}, {**faults, "code": "small"}).differences
    assert of({**faults, "code": "other"}, {**faults, "code": "small"}).differences
    told = of({"detail": "Weg.", "code": "away"}, {"detail": "Not found.", "code": "gone"})
    assert [(one.left, one.right, one.point) for one in told.differences] == [('"away"', '"gone"', "error-not-found")]
    assert told.reworded


def test_which_fault_a_value_is_that_the_contract_leaves_open_is_open_too() -> None:
    """Two refusals of it for two reasons are counted; two of one reason in other words differ."""
    left, right = {"a": ["Needed."], "code": "needed"}, {"a": ["At least 1."], "code": "small"}

    assert of(left, right).differences
    assert of(left, right, left_open=True) == Spoken([], True)
    assert of({"a": ["Needed."], "code": "no"}, {"a": ["Needed."], "code": "needed"}, left_open=True).differences


def test_which_fields_a_refusal_names_and_how_deep_is_compared() -> None:
    """Only the words are taken out of it."""
    one = {"a": ["no"], "b": {"0": ["no", "never"]}, "code": "invalid"}

    assert named(one) == named({"a": ["nein"], "b": {"0": ["nein"]}, "code": "falsch"})
    assert named(one) == {"a": WORDS, "b": {"0": WORDS}, "code": WORDS}
    assert named(one) != named({"c": ["no"], "b": {"0": ["no"]}, "code": "invalid"})
    assert named({"a": [{"b": ["no"]}]}) != named({"a": ["no"]})
    assert words(one) == {("a",): ("no",), ("b", "0"): ("no", "never"), ("code",): ("invalid",)}
