"""What follows what, learned from mocks whose states go otherwise than the contract says."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cancelkit.contract_tests.context.states import movers
from cancelkit.contract_tests.engine.registry import every_rule
from cancelkit.contract_tests.learning.formats import NAME as FORMATS
from cancelkit.contract_tests.learning.observing import Learned, learn
from cancelkit.contract_tests.learning.saying import NAME as ERRORS
from cancelkit.contract_tests.learning.topic import places
from cancelkit.contract_tests.learning.writing import Earlier, changes, earlier, written
from cancelkit.contract_tests.observing.names import short
from cancelkit.mockserver.local import LocalMock
from cancelkit.spec import PATH, Contract, Level, read
from cancelkit.spec.reading import read_contract
from tests.choices.dialects import asking
from tests.support.verified import verified

OTHERWISE: Mapping[str, tuple[Path, dict[str, Any], dict[str, dict[str, Any]]]] = {
    "cancellations": (
        PATH,
        {
            "initial": "waiting_approval",
            "allowed": {"waiting_approval": ["waiting", "rejected"], "waiting": ["approved"], "approved": ["waiting"]},
            "final": ["rejected"],
        },
        {"rejectCancellationRequest": {"field": "status", "value": "rejected", "refused": ["approved", "rejected"]}},
    ),
    "reviews": (
        Path("examples/contracts/reviews.yaml"),
        {"initial": "hidden", "allowed": {"hidden": ["pending"]}, "final": []},
        {},
    ),
    "loans": (
        Path("tests/contracts/loans.yaml"),
        {"initial": "reserved", "allowed": {}, "final": ["returned"]},
        {
            "loans_hand_over": {"field": "state", "value": "lent", "refused": ["lent", "returned"]},
            "loans_lose": {"field": "state", "value": "returned", "refused": ["returned"]},
        },
    ),
    "shipments": (
        Path("tests/contracts/shipments.yaml"),
        {"initial": "PLANNED", "allowed": {"PLANNED": ["SHIPPED"], "SHIPPED": ["PACKED"]}, "final": ["CANCELLED"]},
        {},
    ),
}
"""Contracts with another table, and other actions by operationId."""


def altered(contract: Contract, table: Mapping[str, Any], actions: Mapping[str, Any], level: str) -> Contract:
    """The contract with this table and these actions, at this level and with no behaviour more certain."""
    document: Any = copy.deepcopy(contract.document)
    for place, _ in places(document, "x-transitions"):
        holder = document
        for key in place:
            holder = holder[key]
        holder["x-transitions"] = {**holder["x-transitions"], **table, "level": level, "why": "so"}
    for item in document["paths"].values():
        for node in item.values():
            if isinstance(node, dict) and node.get("operationId") in actions:
                node["x-action"] = actions[node["operationId"]]
    for behaviour in document["x-behaviours"].values():
        behaviour.update(level=level, why="so")
    return read_contract(document)


def walked(contract: Contract, server: Contract, points: Collection[str] = (), **more: Any) -> Learned:
    """What is learned, beside these points, by somebody who knows one contract, of a server that keeps another."""
    with LocalMock(contract=server) as mock:
        settings = asking(mock, contract, **more)
        return learn(settings, contract, transport=mock.transport, points=points)


def overlaid(contract: Contract, text: str, folder: Path) -> Contract:
    """The contract as a document of its own, with the overlay on it."""
    import json

    file, base = folder / "learned.yaml", folder / "contract.json"
    file.write_text(text, encoding="utf-8")
    base.write_text(json.dumps(contract.document), encoding="utf-8")
    return read(base, [file])


@pytest.mark.parametrize("name", OTHERWISE)
def test_another_table_is_learned_and_kept(name: str, tmp_path: Path) -> None:
    """The overlay says what the server does, the suite finds nothing at it then, and a second learn changes nothing."""
    path, table, actions = OTHERWISE[name]
    contract = altered(read(path), {}, {}, "assumed")
    server = altered(read(path), table, actions, "assumed")
    found = walked(contract, server)
    text = written(found, Earlier())
    now = overlaid(contract, text, tmp_path)

    moves, theirs = now.transitions, server.transitions
    said = [one for topic in found.topics if topic.name != ERRORS for one in topic.statements]
    untold = {one.point.rpartition("-")[2] for one in said if one.option is None}
    assert moves.initial == theirs.initial
    assert {old: to for old, to in moves.allowed.items() if old not in untold and to} == {
        old: to - {old} for old, to in theirs.allowed.items() if old not in untold and to
    }
    for ours, other in zip(now.actions, server.actions, strict=True):
        assert ours.action
        assert other.action
        assert ours.action.value == other.action.value
        assert ours.action.refused - untold == other.action.refused - untold
    assert moves.fact.level is (Level.OBSERVED if movers(contract) else Level.ASSUMED)
    assert moves.unseen == (untold if movers(contract) else set())
    assert all(moves.level(old) is Level.ASSUMED for old in untold)
    again = written(walked(contract, server), earlier(tmp_path / "learned.yaml"))
    assert again == text
    areas = {"transitions", "create", *(short(operation) for operation in contract.actions)}
    with LocalMock(contract=server) as mock:
        judged = verified(now, mock, [rule for rule in every_rule(now) if rule.area in areas], keep=False)
    assert [f.rule_id for f in judged.findings if f.outcome.broken] == []
    assert {f.area for f in judged.findings} >= {rule.area for rule in every_rule(now)} & areas


def test_a_changed_table_is_told_and_dated(tmp_path: Path) -> None:
    path, table, actions = OTHERWISE["shipments"]
    contract = altered(read(path), {}, {}, "assumed")
    file = tmp_path / "learned.yaml"
    file.write_text(written(walked(contract, contract), Earlier()).replace(date.today().isoformat(), "2026-01-02"))
    found = walked(contract, altered(read(path), table, actions, "assumed"))

    told = [str(one) for one in changes(found, earlier(file))]
    assert "What may follow what: was learned otherwise, is as the overlay says now" in told
    assert date.today().isoformat() in written(found, earlier(file))


def test_the_suite_holds_a_server_to_what_was_learned(tmp_path: Path) -> None:
    """A server that goes its old ways breaks what was observed of the new ones."""
    path, table, actions = OTHERWISE["cancellations"]
    contract = altered(read(path), {}, {}, "assumed")
    found = walked(contract, altered(read(path), table, actions, "assumed"))
    now = overlaid(contract, written(found, Earlier()), tmp_path)
    wanted = ("transitions/patch/from-waiting", "reject/final-approved", "create/initial-state")
    with LocalMock(contract=contract) as mock:
        judged = verified(now, mock, [rule for rule in every_rule(now) if rule.id in wanted], keep=False)

    broken = {f.rule_id: f.level for f in judged.findings if f.outcome.broken}
    assert broken.keys() >= {"transitions/patch/from-waiting", "create/initial-state"}
    assert broken["transitions/patch/from-waiting"] is Level.OBSERVED


def test_what_is_confirmed_only_becomes_more_certain(tmp_path: Path) -> None:
    contract = read(PATH)
    text = written(walked(contract, contract), Earlier())
    now = overlaid(contract, text, tmp_path)

    assert "remove" not in text
    assert "allowed:" not in text
    assert now.transitions.allowed == contract.transitions.allowed
    levels = [now.transitions.fact.level]
    levels += [now.level(id) for id in ("transitions", "create-initial-state", "reject-which-states")]
    assert levels == [Level.OBSERVED] * 4


def test_a_documented_table_stays_unless_it_is_accepted(tmp_path: Path) -> None:
    path, table, actions = OTHERWISE["reviews"]
    contract, server = read(path), altered(read(path), table, actions, "documented")
    found = walked(contract, server)

    assert {one.point for one in found.statements if one.contradicts} == {
        "initial-state",
        "after-pending",
        "after-published",
    }
    assert "x-transitions" not in written(found, Earlier())
    now = overlaid(contract, written(found, Earlier(), contradictions=True), tmp_path)
    assert now.transitions.initial == "hidden"


def test_states_that_nothing_leads_to_stand_with_the_reason(tmp_path: Path) -> None:
    path, table, actions = OTHERWISE["cancellations"]
    contract = altered(read(path), {}, {}, "assumed")
    text = written(walked(contract, altered(read(path), table, actions, "assumed")), Earlier())
    now = overlaid(contract, text, tmp_path)

    assert "#   after-confirmed, after-completed: no way leads there\n" in text
    assert now.transitions.unseen == {"confirmed", "completed"}
    assert now.transitions.allowed["confirmed"] == contract.transitions.allowed["confirmed"]


def test_reading_alone_walks_nothing(tmp_path: Path) -> None:
    """What was learned before stands as it did."""
    contract = read(PATH)
    text = written(walked(contract, contract), Earlier())
    file = tmp_path / "learned.yaml"
    file.write_text(text, encoding="utf-8")
    looked = walked(contract, contract, read_only=True)

    states = [one for topic in looked.topics if topic.name not in (ERRORS, FORMATS) for one in topic.statements]
    assert {one.why for one in states} == {"it writes, and --read-only is given"}
    again, before = (one.partition("# Not told")[0] for one in (written(looked, earlier(file)), text))
    assert again == before
