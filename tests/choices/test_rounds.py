"""What could not be told by the contract's states is told by those that were walked."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import httpx
import pytest

from cancelkit.contract_tests.learning.observing import Learned, learn
from cancelkit.contract_tests.learning.writing import Earlier, earlier, written
from cancelkit.mockserver.local import LocalMock
from cancelkit.spec import PATH, Contract, read
from cancelkit.spec.reading import read_contract
from tests.choices.dialects import asking, speaking
from tests.choices.test_states_learned import OTHERWISE, altered, overlaid

POINTS = {"action-again", "head"}
BEYOND = "received"
"""A status that the contract does not list."""


def told(server: Contract, *, contradictions: bool = False, points: set[str] = POINTS) -> Learned:
    """What somebody who knows the packaged contract learns of a mock of another."""
    contract = read(PATH)
    with LocalMock(contract=server) as mock:
        settings = asking(mock, contract)
        return learn(settings, contract, transport=mock.transport, points=points, contradictions=contradictions)


def options(found: Learned) -> dict[str, str | None]:
    return {one.point: one.option for one in found.statements}


def beginning_beyond() -> Contract:
    """A contract whose records begin with a status that the packaged one does not list, and end with `approved`."""
    document: Any = copy.deepcopy(read(PATH).document)
    document["components"]["schemas"]["Status"]["enum"].append(BEYOND)
    table = {"initial": BEYOND, "allowed": {BEYOND: ["waiting", "approved"]}, "final": ["approved"]}
    actions = {"rejectCancellationRequest": {"field": "status", "value": "rejected", "refused": ["approved"]}}
    return altered(read_contract(document), table, actions, "assumed")


def test_an_action_is_looked_at_in_a_state_that_the_server_has() -> None:
    """The contract's way to a state in which it is refused is closed here."""
    _, table, actions = OTHERWISE["cancellations"]
    server = speaking(altered(read(PATH), table, actions, "assumed"), {"action-again": "conflict"})
    found = options(told(server))

    assert found["action-again"] == "conflict"
    assert found["error-action"] is not None


def test_states_that_begin_beyond_the_contract_are_walked_where_they_may_be_written(tmp_path: Path) -> None:
    server = beginning_beyond()
    found = told(server, contradictions=True)
    text = written(found, Earlier(), contradictions=True)
    now = overlaid(read(PATH), text, tmp_path)

    assert options(found)["initial-state"] == BEYOND
    assert (now.transitions.initial, now.transitions.allowed[BEYOND]) == (BEYOND, {"waiting", "approved"})
    assert options(found)["action-again"] == "refused"
    again = told(server, contradictions=True)
    assert written(again, earlier(tmp_path / "learned.yaml"), contradictions=True) == text


def test_states_that_begin_beyond_a_published_enum_stay_untold(tmp_path: Path) -> None:
    """Unless it is accepted: a table with a status that the enum lacks can't be read."""
    found = told(beginning_beyond())
    now = overlaid(read(PATH), written(found, Earlier()), tmp_path)

    assert options(found)["initial-state"] is None
    assert now.transitions.initial == read(PATH).transitions.initial


def test_a_state_beyond_the_contract_is_tried_once_it_was_seen() -> None:
    """Though the walk was told without it: records of others show it."""
    document: Any = copy.deepcopy(read(PATH).document)
    document["components"]["schemas"]["Status"]["enum"].append(BEYOND)
    table = {"allowed": {**read(PATH).transitions.allowed, "waiting": ["approved", BEYOND], BEYOND: ["completed"]}}
    server = altered(
        read_contract(document), {"allowed": {s: sorted(t) for s, t in table["allowed"].items()}}, {}, "assumed"
    )
    found = options(told(server, contradictions=True))

    assert found["after-waiting"] == f"approved, {BEYOND}"
    assert found[f"after-{BEYOND}"] == "completed"


@pytest.mark.parametrize("contradictions", [True, False])
def test_a_server_of_the_contracts_states_is_asked_no_more(contradictions: bool) -> None:
    """What came to nothing for another reason would come to nothing again."""
    server = speaking(read(PATH), {"empty-patch": "unchanged"})
    one, other = (told(server, contradictions=contradictions, points=points) for points in (POINTS, {"head"}))

    assert one.requests - other.requests < 20


def test_reasons_are_the_same_each_time(tmp_path: Path) -> None:
    """A record's address stands in none of them."""
    server = altered(read(PATH), {"initial": "approved", "allowed": {}, "final": []}, {}, "assumed")
    text = written(told(server), Earlier())
    (tmp_path / "learned.yaml").write_text(text)

    assert "http://" not in text
    assert written(told(server), earlier(tmp_path / "learned.yaml")) == text


def test_an_action_that_does_nothing_where_it_should_is_refused_without_effect() -> None:
    """The answer is 200, and the record as before."""
    refused = ["approved", "completed", "rejected"]
    actions = {"rejectCancellationRequest": {"field": "status", "value": "rejected", "refused": refused}}
    server = speaking(altered(read(PATH), {}, actions, "assumed"), {"action-again": "without-effect"})
    found = options(told(server))

    assert found["reject-in-approved"] == "refused"
    assert found["action-again"] == "without-effect"


def test_an_empty_filter_that_finds_nothing_is_not_compared_where_texts_are_sought_within() -> None:
    """Every text contains the empty one."""
    points = {"empty-text-filter"}
    known = {
        lookup: told(speaking(read(PATH), {"text-filter": lookup, "empty-text-filter": "compared"}), points=points)
        for lookup in ("equal", "contains")
    }

    assert options(known["equal"])["empty-text-filter"] == "compared"
    assert options(known["contains"])["empty-text-filter"] != "compared"


def test_a_second_delete_is_looked_at_while_a_later_record_stands() -> None:
    """A server may know by the newest id that it has which ones were given."""
    made, gone = list[str](), set[str]()
    contract = read(PATH)

    with LocalMock(contract=speaking(contract, {"delete-again": "done"})) as mock:

        def passed(request: httpx.Request) -> httpx.Response:
            id = request.url.path.rstrip("/").rpartition("/")[2]
            newest = max((int(one) for one in made if one not in gone), default=0)
            if request.method == "DELETE" and id in gone and int(id) > newest:
                return httpx.Response(404, json={"detail": "Not found.", "code": "not_found"})
            answer = mock.transport.handle_request(request)
            answer.read()
            if request.method == "POST" and answer.status_code == 201:
                made.append(str(answer.json()["id"]))
            if request.method == "DELETE" and answer.status_code == 204:
                gone.add(id)
            return answer

        found = learn(asking(mock, contract), contract, transport=httpx.MockTransport(passed), points={"delete-again"})

    assert options(found)["delete-again"] == "done"
