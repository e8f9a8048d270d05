"""A server that takes one open record for each row: the mock does so, and the suite runs on it all the same."""

from __future__ import annotations

from collections import Counter
from typing import Any

import httpx
import pytest

from cancelkit.contract_tests.engine.registry import every_rule
from cancelkit.contract_tests.engine.run import execute
from cancelkit.contract_tests.engine.verdict import Outcome, Verdict
from cancelkit.fixtures.world import generate_world
from cancelkit.mockserver.local import LocalMock
from cancelkit.spec import Contract, SpecError, load, read
from cancelkit.spec.reading import read_contract
from tests.choices.dialects import asking, speaking
from tests.choices.test_learning import CONTRACTS

REFUSED = {"reference-again": "refused"}
REQUESTS = "/api/channel/5/cancellation_requests/"


def refusing() -> Contract:
    return speaking(load(), REFUSED)


def verified(contract: Contract, rules: str = "", **more: Any) -> Verdict:
    """The quick verdict on a mock that refuses, by a contract that may say otherwise."""
    with LocalMock(contract=refusing()) as mock:
        settings = asking(mock, contract, schemathesis=False, strict=True, **more)
        chosen = [rule for rule in every_rule(contract) if rule.id.startswith(rules)]
        return execute(settings, contract, rules=chosen, transport=mock.transport)


def broken(verdict: Verdict) -> list[str]:
    return [f"{one.rule_id}: {one.complaints}" for one in verdict.findings if one.outcome.broken]


def test_the_mock_takes_one_open_record_for_each_row():
    """A second one is refused naming the field, until the first is in a final state or deleted."""
    with (
        LocalMock(contract=refusing()) as mock,
        httpx.Client(base_url=mock.url, transport=mock.transport, headers={"Authorization": "Token demo"}) as client,
    ):
        open_, closed = (
            next(row for row in client.get(REQUESTS, params={"status": status}).json()["results"])
            for status in ("waiting", "rejected")
        )
        body = {"order_item": closed["order_item"], "reason": closed["reason"], "cancellation_type": "cancel"}
        taken = client.post(REQUESTS, json={**body, "order_item": open_["order_item"]})
        first = client.post(REQUESTS, json=body)
        second = client.post(REQUESTS, json=body)
        client.post(f"{REQUESTS}{first.json()['id']}/reject/")
        third = client.post(REQUESTS, json=body)
        client.delete(f"{REQUESTS}{third.json()['id']}/")
        fourth = client.post(REQUESTS, json=body)

        assert [one.status_code for one in (taken, first, second, third, fourth)] == [400, 201, 400, 201, 201]
        assert "order_item" in second.json()


@pytest.mark.parametrize("name", CONTRACTS)
def test_fixtures_hold_one_open_record_for_each_row(name: str):
    contract = speaking(read(CONTRACTS[name]), REFUSED)
    reference, moves = contract.resource.references[contract.one_each or ""], contract.resource.transitions
    rows = [record.base for record in generate_world(contract, size=150).records]
    still = [row for row in rows if not moves or row[moves.field] not in moves.final]
    named = Counter(row[reference.opened][reference.key] if reference.opened else row[reference.field] for row in still)

    assert set(named.values()) == {1}


def test_what_the_value_names_must_be_a_reference():
    chosen = {"reference-again": {"chosen": "refused", "value": "quantity", "level": "observed"}}

    with pytest.raises(SpecError, match="'quantity' is no reference of the create's body; there: order_item, reason"):
        read_contract({**load().document, "x-choices": chosen})


def test_the_suite_finds_nothing_on_a_server_that_does_as_its_contract_says():
    """Every rule finds rows for its records."""
    verdict = verified(refusing())

    assert broken(verdict) == []
    assert [(one.rule_id, one.why) for one in verdict.findings if one.outcome is Outcome.INCONCLUSIVE] == []
    assert verdict.leftovers == ()


def test_a_contract_that_promises_otherwise_is_the_only_finding():
    """The suite goes by what it sees, so that no other rule is disturbed."""
    verdict = verified(load(), "create/")

    assert [one.rule_id for one in verdict.findings if one.outcome.broken] == ["create/repeated-item"]


def test_a_server_that_takes_several_breaks_a_contract_that_refuses():
    contract = refusing()
    with LocalMock(contract=load()) as mock:
        rules = [rule for rule in every_rule(contract) if rule.id == "choices/reference-again"]
        verdict = execute(asking(mock, contract), contract, rules=rules, transport=mock.transport)

    assert [one.rule_id for one in verdict.findings if one.outcome.broken] == ["choices/reference-again"]


def test_too_few_rows_are_told_in_one_line():
    """Rules that need more are inconclusive, and say what to give; none fails."""
    with LocalMock(contract=refusing()) as mock, httpx.Client(transport=mock.transport, base_url=mock.url) as client:
        rows = client.get(
            REQUESTS, params={"status": "rejected", "limit": 9}, headers={"Authorization": "Token demo"}
        ).json()["results"]
    few = tuple(row["order_item"] for row in rows[:9])
    verdict = verified(refusing(), "create/unique", references={"order_item": few})
    whys = [one.why for one in verdict.findings if one.outcome is Outcome.INCONCLUSIVE]

    assert broken(verdict) == []
    assert len(whys) == 1
    assert "by --reference order_item=..." in whys[0]
