"""A right server that takes no more of a number than another row allows, as the contract leaves open: quantities."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from cancelkit.contract_tests.engine.registry import every_rule
from cancelkit.contract_tests.engine.verdict import Outcome, Verdict
from cancelkit.fixtures.world import generate_world
from cancelkit.mockserver.local import LocalMock
from cancelkit.mockserver.mutants import mutants
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import Contract, load
from tests.support.verified import TOKEN, verified

MOST = 4
"""An order item has from 1 to so many pieces."""
ACCUSED = (
    "create/keeps-all",
    "create/combines",
    "patch/changes-quantity",
    "patch/neighbours",
    "put/changes-quantity",
    "put/sets-",
    "transitions/ways-to-rejected",
    "concurrency/creates",
    "concurrency/updates",
    "concurrency/puts",
    "concurrency/apart-put",
    "concurrency/at-once/put-and-put",
    "machine/one-channel",
)
"""Rules that send larger quantities, or keep them beside another order item."""


class Ordered(httpx.BaseTransport):
    """A mock whose requests may name no more pieces than were ordered, however they come to be about that item."""

    def __init__(self, mock: LocalMock) -> None:
        self.mock, self.refused = mock.transport, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        row = self._row(request) if request.method in ("POST", "PUT", "PATCH") else {}
        item, quantity = row.get("order_item"), row.get("quantity")
        if type(item) is int and type(quantity) is int and quantity > (most := 1 + item % MOST):
            self.refused += 1
            return httpx.Response(400, json={"quantity": [f"Only {most} were ordered."], "code": "too_many"})
        return self.mock.handle_request(request)

    def _row(self, request: httpx.Request) -> Mapping[str, Any]:
        """The record as it would be; nothing for a call that is refused anyway."""
        try:
            body = json.loads(request.content)
        except ValueError:
            return {}
        if not isinstance(body, dict) or request.headers.get("authorization") != f"Token {TOKEN}":
            return {}
        if request.method == "POST":
            return body
        told = self.mock.handle_request(httpx.Request("GET", request.url, headers=request.headers))
        return {**json.loads(told.read()), **body} if told.status_code == 200 else {}


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load()


def verdict(contract: Contract, *names: str, about: tuple[str, ...] = ACCUSED) -> tuple[Verdict, Ordered]:
    wrong = [mutants(contract)[name] for name in names]
    rules = [rule for rule in every_rule(contract) if rule.cost == 1 and rule.id.startswith(about)]
    with LocalMock(Settings(port=0), generate_world(contract, size=100), contract=contract, mutants=wrong) as mock:
        mock.transport = ordered = Ordered(mock)  # type: ignore[assignment]
        return verified(contract, mock, rules), ordered


def broken(found: Verdict) -> list[str]:
    return [f"{one.rule_id}: {one.complaints[:1]}" for one in found.findings if one.outcome is Outcome.FAILED]


def test_no_rule_accuses_it(contract: Contract) -> None:
    """Larger quantities are tried, and refused; no rule fails for that, and none is left unclear."""
    found, ordered = verdict(contract)

    assert broken(found) == []
    assert [one.rule_id for one in found.findings if one.outcome is Outcome.INCONCLUSIVE] == []
    assert ordered.refused
    assert any("the least quantity" in one.note for one in found.findings)


@pytest.mark.parametrize("name", ["create-increments-quantity", "put-ignores-quantity", "patch-increments-quantity"])
def test_what_it_does_wrong_with_a_quantity_is_still_seen(contract: Contract, name: str) -> None:
    """Of what such a server takes, each must be stored as it was sent."""
    area = name.partition("-")[0]
    rules = [f"{area}/{'keeps' if area == 'create' else 'sets'}-quantity"]

    found, _ = verdict(contract, name, about=tuple(rules))

    assert [one.partition(":")[0] for one in broken(found)] == rules
