"""What edits have found that no other test would hold: each kind by the smallest edit that shows it."""

from __future__ import annotations

import json

import pytest

from cancelkit import spec
from cancelkit.contract_tests.engine.registry import every_rule
from cancelkit.contract_tests.engine.verdict import Outcome
from cancelkit.mockserver.local import LocalMock
from cancelkit.mockserver.mutants import mutants
from cancelkit.mockserver.settings import Settings
from cancelkit.spec.reading import read_contract
from tests.edits.test_edits import CONTRACTS
from tests.support.verified import verified


@pytest.mark.parametrize("takes", [False, True])
def test_a_value_that_the_server_may_choose_itself_is_told_from_one_that_it_takes(takes: bool) -> None:
    """Of three possible values the server's own is sometimes the one sent; only a server that takes it shows each."""
    document = json.loads(json.dumps(spec.load(CONTRACTS["reviews"]).document))
    document["components"]["schemas"]["Review"]["properties"]["mood"] = {
        "type": "string",
        "enum": ["red", "green", "blue"],
        "readOnly": True,
    }
    contract = read_contract(document)
    (rule,) = (rule for rule in every_rule(contract) if rule.id == "create/ignores-mood")
    wrong = (mutants(contract)["create-takes-mood"],) if takes else ()
    with LocalMock(Settings(port=0), contract=contract, mutants=wrong) as mock:
        runs = [verified(contract, mock, [rule]) for _ in range(8)]

    assert {f.outcome for run in runs for f in run.findings if f.rule_id == rule.id} == {
        Outcome.FAILED if takes else Outcome.PASSED
    }
