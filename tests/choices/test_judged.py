"""The suite takes a server at its word where the contract has its choices."""

from __future__ import annotations

import pytest

from cancelkit.contract_tests.engine.registry import every_rule
from cancelkit.contract_tests.engine.verdict import Outcome
from cancelkit.contract_tests.fuzz.tame import never_valid_query
from cancelkit.contract_tests.observing.filters_malformed import malformed
from cancelkit.mockserver.local import LocalMock
from cancelkit.spec import load
from tests.choices.dialects import Dialect, speaking
from tests.support.verified import verified


@pytest.mark.parametrize(
    ("rule_id", "dialect"),
    [
        ("history/every-view", {"action-again": "conflict"}),
        ("transitions/ways-to-approved", {"action-again": "conflict"}),
        ("transitions/ways-to-rejected", {"action-again": "conflict"}),
        ("schemathesis/partialUpdateCancellationRequest/positive", {"empty-patch": "refused"}),
        ("choices/large-id", {"large-id": "no-path"}),
        ("robustness/odd-path/retrieve", {"large-id": "refused"}),
        ("choices/fraction-filter", {"fraction-filter": "compared", "malformed-filter": "matches-nothing"}),
        ("robustness/odd-query/list", {"fraction-filter": "compared"}),
        ("choices/empty-text-filter", {"empty-text-filter": "matches-nothing"}),
        ("choices/extra-slash", {"extra-slash": "not-found"}),
    ],
)
def test_a_choice_of_the_contract_is_no_finding(rule_id: str, dialect: Dialect) -> None:
    contract = speaking(load(), dialect)
    with LocalMock(contract=contract) as mock:
        found = verified(contract, mock, [rule for rule in every_rule(contract) if rule.id == rule_id], keep=False)

    assert {one.rule_id: one.outcome for one in found.findings}[rule_id] is Outcome.PASSED


def test_a_fraction_is_not_malformed_where_a_filter_takes_integers() -> None:
    """Django's filters on numbers compare it, and find nothing; other numbers in a text of several are malformed."""
    one, many = {"type": "integer"}, {"type": "array", "items": {"type": "integer"}, "minItems": 1}

    assert "1.5" not in malformed(one) + malformed(many)
    assert malformed(one)
    assert malformed(many)
    assert any("," in value for value in malformed(one))


@pytest.mark.parametrize(
    ("point", "option", "query"),
    [
        ("malformed-filter", "ignored", {"status": "no such"}),
        ("malformed-filter", "matches-nothing", {"order_id": "many"}),
        ("limit-malformed", "default", {"limit": "many"}),
    ],
)
def test_what_does_not_parse_need_not_be_refused_where_the_contract_has_it_so(
    point: str, option: str, query: dict[str, str]
) -> None:
    contract = load()
    listing = contract.operations["listCancellationRequests"]

    assert never_valid_query(query, listing, contract)
    assert not never_valid_query(query, listing, speaking(contract, {point: option}))
