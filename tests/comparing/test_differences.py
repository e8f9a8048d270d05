"""What one side does otherwise is seen, named by operation, explained by a choice if one does, and shown shortly."""

from __future__ import annotations

import pytest

from cancelkit.contract_tests.comparing.calls import Kind
from cancelkit.contract_tests.comparing.telling import title, told
from cancelkit.contract_tests.learning.bounds import OPEN
from cancelkit.spec import Contract, load
from cancelkit.spec.points import POINTS
from tests.choices.dialects import speaking
from tests.choices.test_bounds_learned import taking
from tests.comparing.sides import compared
from tests.comparing.sides import told as told_all

CHOICES = {
    "page-beyond-last": "empty",
    "limit-too-large": "refused",
    "limit-malformed": "default",
    "empty-limit": "default",
    "empty-page": "not-found",
    "list-order": "descending",
    "link-to-page-1": "bare",
    "unknown-parameter": "refused",
    "malformed-filter": "ignored",
    "empty-filter": "ignored",
    "unknown-field": "refused",
    "text-as-number": "converted",
    "number-as-text": "converted",
    "text-blanks": "trimmed",
    "empty-text": "refused",
    "put-omitted": "reset",
    "empty-patch": "refused",
    "wrong-media": "read",
    "form-body": "refused",
    "faults-named": "first",
    "action-again": "conflict",
    "delete-again": "done",
    "reference-again": "refused",
    "wrong-slash": "not-found",
    "extra-slash": "not-found",
    "large-id": "refused",
    "paging-digits": "blanks",
    "fraction-filter": "truncated",
    "paging-fraction": "whole",
    "empty-text-filter": "matches-nothing",
    "head": "not-allowed",
    "key-challenge": "left-out",
    "bare-key": "refused",
    "date-offset": "number",
    "date-digits": "seconds",
    "day-as-moment": "whole",
}
MUTANTS = {
    "filter-status-ignored": "listCancellationRequests",
    "paging-count-off": "listCancellationRequests",
    "create-swaps-description": "createCancellationRequest",
    "put-ignores-quantity": "updateCancellationRequest",
    "patch-ignores-description": "partialUpdateCancellationRequest",
    "transition-rejected-waiting-allowed": "partialUpdateCancellationRequest",
    "create-takes-status": "createCancellationRequest",
    "security-list-detailed-none": "listCancellationRequestsDetailed",
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_of_the_mock_is_a_difference_of_its_operation(mutant: str):
    """Faults of every area are seen by the default run, and the group names the operation."""
    found = compared(load(), mutant=[mutant], calls=1550)

    assert found.groups
    assert any(MUTANTS[mutant] in group.operations for group in found.groups)
    assert all(title(group).split(":")[0] for group in found.groups)


@pytest.mark.parametrize("points", [list(CHOICES)[start::4] for start in range(4)], ids=lambda points: points[0])
def test_a_choice_explains_the_difference(points: list[str]):
    """Each group of two mocks that chose otherwise is explained by a point at which they did."""
    contract = load()
    other = speaking(contract, {point: CHOICES[point] for point in points})
    found = compared(contract, served=(other, contract), calls=1550)

    explained = [group for group in found.groups if group.last.call.kind is not Kind.OPEN]
    assert {group.point for group in explained} == set(points), told_all(found)
    assert set(found.learnable) == set(points)
    for group in explained:
        assert POINTS[group.point].about in found.advice(group)
        assert "cancelkit learn" in found.advice(group)


@pytest.mark.parametrize(
    ("mine", "other"),
    [
        ({"day-zone": "zone"}, {}),
        ({"day-bounds": "first-instant"}, {}),
        ({"day-as-moment": "whole"}, {"day-as-moment": "first-instant"}),
        ({"no-offset": "zone"}, {"no-offset": "utc"}),
        ({"malformed-filter": "ignored"}, {}),
        ({"malformed-filter": "ignored"}, {"malformed-filter": "matches-nothing"}),
        ({"no-offset": "utc", "day-as-moment": "whole"}, {"malformed-filter": "ignored"}),
    ],
    ids=str,
)
def test_of_days_the_point_at_which_both_read_them_otherwise_is_named(mine: dict[str, str], other: dict[str, str]):
    """Whether values are refused, or find other records; what is refused and what is ignored is another point."""
    contract = speaking(load(), other)
    target = speaking(contract, mine)
    found = compared(contract, served=(target, contract), calls=1550)

    assert {group.point for group in found.groups} == mine.keys(), told_all(found)
    assert set(found.learnable) == mine.keys() - other.keys()


def test_a_filter_on_days_that_is_wrong_in_no_zone_is_explained_by_no_point():
    """As one that compares with the wrong end of the day."""
    found = compared(load(), mutant=["filter-date-placed-date-lt-reversed"], calls=1550)

    assert found.groups
    assert {group.point for group in found.groups} == {""}, told_all(found)


def test_another_largest_integer_is_named_and_learned():
    """Until it was learned: then the target does something else than it did."""
    contract = load()
    point = "maximum CancellationRequestCreate.quantity"
    target, known = (taking(contract, CancellationRequestCreate=most, open_=OPEN) for most in (2**15 - 1, 2**31 - 1))
    found = compared(contract, served=(target, contract), calls=1550)
    again = compared(known, served=(target, known), calls=1550)

    assert [group.point for group in found.groups] == [point], told_all(found)
    assert found.learnable == [point]
    assert "How large a number may be" in found.advice(found.groups[0])
    assert "2147483647. Run `cancelkit learn`" in found.advice(found.groups[0])
    assert ([group.point for group in again.groups], again.learnable) == ([point], [])


def test_what_was_learned_is_not_advised_to_be_learned_again():
    """Where the contract has observed another option, the advice says that the target does otherwise now."""
    learned = speaking(load(), {"head": "not-allowed"})
    found = compared(learned, served=(load(), learned), calls=300)

    assert [group.point for group in found.groups] == ["head"]
    assert found.learnable == []
    assert "does something else" in found.advice(found.groups[0])


def test_between_two_servers_nothing_is_to_be_learned():
    """There a choice explains the difference, and no mock can follow."""
    found = compared(load(), served=(speaking(load(), {"head": "not-allowed"}), load()), calls=300, mocked=False)

    assert "these two do" in found.advice(found.groups[0])
    assert found.learnable == []


def test_the_shortest_sequence_is_shown():
    """A filter that is ignored needs one record and one list, not the whole stage."""
    found = compared(load(), mutant=["filter-status-ignored"], calls=500)
    steps = list(told(found.groups[0], found.id_field))

    assert len(steps) == 2
    assert all(command.startswith(("curl", "ID1=$(curl")) for step in steps for command in step.commands)
    assert [step.answers[0].method for step in steps] == ["POST", "GET"]


def test_a_field_beyond_the_contract_counts_between_servers_and_is_noted_beside_a_mock():
    """No mock can know it; of a release and its candidate it is a difference."""
    contract, more = load(), _with_a_field(load())
    beside = compared(contract, served=(more, contract), calls=100)
    between = compared(contract, served=(more, contract), calls=100, mocked=False)

    assert beside.groups == []
    assert "ticket_no" in beside.beyond[0]
    assert any(group.difference.place[-1] == "ticket_no" for group in between.groups)


def _with_a_field(contract: Contract) -> Contract:
    """The contract, whose records have one more field."""
    import json

    from cancelkit.spec.reading import read_contract

    document = json.loads(json.dumps(contract.document, default=str))
    for schema in document["components"]["schemas"].values():
        if "modified_date" in schema.get("properties", {}):
            schema["properties"]["ticket_no"] = {
                "type": "string",
                "nullable": True,
                "readOnly": True,
                "x-level": "documented",
            }
    return read_contract(document)
