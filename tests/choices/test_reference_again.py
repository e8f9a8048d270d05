"""A server that takes one open record for each row: the mock does so, and the suite runs on it all the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from cancelkit.contract_tests.choices.judging import rules
from cancelkit.contract_tests.comparing.others import SIZE, free_keys
from cancelkit.contract_tests.engine.preflight import probe
from cancelkit.contract_tests.engine.registry import every_rule
from cancelkit.contract_tests.engine.run import execute
from cancelkit.contract_tests.engine.verdict import Outcome, Verdict
from cancelkit.contract_tests.errors import CouldNotRun
from cancelkit.contract_tests.learning.observing import Learned, learn
from cancelkit.contract_tests.learning.writing import Earlier, changes, earlier, written
from cancelkit.contract_tests.target.client import Target
from cancelkit.contract_tests.target.ledger import Ledger
from cancelkit.contract_tests.wording.probes import probes
from cancelkit.fixtures.world import generate_world
from cancelkit.mockserver.local import LocalMock
from cancelkit.spec import Contract, SpecError, load, read
from cancelkit.spec.reading import read_contract
from cancelkit.spec.wording import NON_FIELD
from tests.choices.dialects import asking, speaking
from tests.choices.test_learning import CONTRACTS
from tests.choices.test_states_learned import altered, overlaid
from tests.comparing.sides import compared, told

ONE_EACH = "reference-again"
REFUSED = {ONE_EACH: "refused"}
REQUESTS = "/api/channel/5/cancellation_requests/"


def refusing() -> Contract:
    return speaking(load(), REFUSED)


def closing(contract: Contract, *closed: str) -> Contract:
    """The contract with one open record for each row, where a record in these states is not open."""
    choice = {"chosen": "refused", "value": "order_item", "closed": [*closed], "level": "observed"}
    return read_contract({**contract.document, "x-choices": {**contract.document["x-choices"], ONE_EACH: choice}})


def moving_freely(contract: Contract) -> Contract:
    """The contract with states that may each follow each other, so that none is final."""
    every = contract.transitions.statuses
    table = {"allowed": {one: [other for other in every if other != one] for one in every}, "final": []}
    return altered(contract, table, {}, "assumed")


def naming_no_field(contract: Contract) -> Contract:
    """The contract with a refusal that does not name the field, as of Django REST Framework's validators of several."""
    words = {"text": "There is an open one.", "code": "taken", "under": NON_FIELD, "level": "observed"}
    stated = {**contract.document.get("x-errors", {}), "open-record": words}
    return read_contract({**contract.document, "x-errors": stated})


def known(contract: Contract, server: Contract, **more: Any) -> Learned:
    """What is learned of a mock that keeps another contract."""
    with LocalMock(contract=server) as mock:
        return learn(asking(mock, contract, **more), contract, transport=mock.transport)


@contextmanager
def calling(contract: Contract) -> Iterator[httpx.Client]:
    """A client of a mock of the contract."""
    with (
        LocalMock(contract=contract) as mock,
        httpx.Client(base_url=mock.url, transport=mock.transport, headers={"Authorization": "Token demo"}) as client,
    ):
        yield client


def shown(client: httpx.Client, status: str) -> Any:
    """The first record in that state."""
    return client.get(REQUESTS, params={"status": status}).json()["results"][0]


def named_by(row: Any) -> dict[str, Any]:
    """A body for another record with the references of one."""
    return {"order_item": row["order_item"], "reason": row["reason"], "cancellation_type": "cancel"}


def verified(contract: Contract, rules: str = "", served: Contract | None = None, **more: Any) -> Verdict:
    """The quick verdict on a mock that refuses, by a contract that may say otherwise."""
    with LocalMock(contract=served or refusing()) as mock:
        settings = asking(mock, contract, schemathesis=False, strict=True, **more)
        chosen = [rule for rule in every_rule(contract) if rule.id.startswith(rules)]
        return execute(settings, contract, rules=chosen, transport=mock.transport)


def broken(verdict: Verdict) -> list[str]:
    return [f"{one.rule_id}: {one.complaints}" for one in verdict.findings if one.outcome.broken]


def test_the_mock_takes_one_open_record_for_each_row():
    """A second one is refused naming the field, until the first is in a final state or deleted."""
    with calling(refusing()) as client:
        open_, body = shown(client, "waiting"), named_by(shown(client, "rejected"))
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
    still = [row for row in rows if not moves or row[moves.field] not in contract.closing]
    named = Counter(row[reference.opened][reference.key] if reference.opened else row[reference.field] for row in still)

    assert set(named.values()) == {1}


def test_what_the_value_names_must_be_a_reference():
    chosen = {"reference-again": {"chosen": "refused", "value": "quantity", "level": "observed"}}

    with pytest.raises(SpecError, match="'quantity' is no reference of the create's body; there: order_item, reason"):
        read_contract({**load().document, "x-choices": chosen})


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"chosen": "refused", "value": "order_item", "closed": ["gone"]}, "'gone' is no state; there: waiting, "),
        ({"chosen": "refused", "value": "order_item", "closed": "rejected"}, "must be a list of states"),
        ({"chosen": "accepted", "closed": ["rejected"]}, "beside reference-again: refused"),
    ],
)
def test_what_is_closed_must_be_states(choice: dict[str, Any], said: str):
    with pytest.raises(SpecError, match=said):
        read_contract({**load().document, "x-choices": {ONE_EACH: {**choice, "level": "observed"}}})


def test_the_mock_counts_as_open_what_is_not_closed():
    """Whether a state is final is another matter."""
    with calling(closing(load(), "completed", "approved")) as client:
        bodies = [named_by(shown(client, status)) for status in ("approved", "completed", "rejected")]
        found = [client.post(REQUESTS, json=body).status_code for body in bodies]

    assert found == [201, 201, 400]


def test_states_that_free_a_row_are_learned_where_none_is_final(tmp_path: Path):
    """The mock and the suite do so then, and a second learning changes nothing."""
    contract, server = load(), closing(moving_freely(load()), "rejected", "completed")
    text = written(known(contract, server), Earlier())
    now = overlaid(contract, text, tmp_path)

    assert now.transitions.final == frozenset()
    assert (now.one_each, now.closing) == ("order_item", frozenset({"rejected", "completed"}))
    assert written(known(contract, server), earlier(tmp_path / "learned.yaml")) == text
    with calling(now) as client:
        found = [client.post(REQUESTS, json=named_by(shown(client, s))).status_code for s in ("rejected", "waiting")]
    assert found == [201, 400]
    about = [rule.id for rule in rules(now) if ONE_EACH in rule.id]
    assert about == ["choices/reference-again"]
    assert broken(verified(now, about[0], server)) == []
    assert len(broken(verified(now, about[0], closing(server, "rejected")))) == 1


def test_other_states_are_learned_in_place_of_those_that_the_contract_lists(tmp_path: Path):
    """Lists of an overlay are added to those of a contract, and values stay: the choice is removed before."""
    contract, server = closing(load(), "completed", "approved"), closing(load(), "rejected")
    with calling(server) as client:
        rejected = client.get(REQUESTS, params={"status": "rejected", "limit": 30}).json()["results"]
    one = known(contract, server, references={"order_item": tuple(row["order_item"] for row in rejected)})
    several = known(contract, load())
    now = overlaid(contract, written(one, Earlier()), tmp_path)

    assert now.closing == frozenset({"rejected"})
    assert [str(change) for change in changes(several, earlier(tmp_path / "learned.yaml"))][:1] == [
        "reference-again: was refused order_item, but for what is rejected, is accepted now"
    ]
    assert overlaid(contract, written(several, Earlier()), tmp_path).one_each is None


def test_a_refusal_that_names_no_field_is_told_and_said(tmp_path: Path):
    """The mock of what was learned refuses as the server does; compare finds them alike, and verify nothing."""
    contract, server = load(), naming_no_field(refusing())
    now = overlaid(contract, written(known(contract, server), Earlier()), tmp_path)

    assert (now.one_each, now.closing) == ("order_item", frozenset({"rejected", "completed"}))
    said = now.wordings["open-record"]
    assert (said.text, said.code, said.under) == ("There is an open one.", "taken", NON_FIELD)
    with calling(now) as client:
        refused = client.post(REQUESTS, json=named_by(shown(client, "waiting")))
    assert refused.json() == {NON_FIELD: ["There is an open one."], "code": "taken"}
    assert told(compared(now, served=(server, now))) == []
    for id, other in (("choices/reference-again", load()), ("choices/error-open-record", refusing())):
        assert broken(verified(now, id, server)) == []
        assert len(broken(verified(now, id, other))) == 1


def test_compare_tells_that_other_states_free_a_row():
    contract, other = closing(load(), "rejected", "completed"), closing(load(), "rejected", "approved")
    worlds = generate_world(other, size=300), generate_world(contract, size=300, seed=7)
    found = compared(contract, served=(other, contract), worlds=worlds, calls=800)

    assert {group.point for group in found.groups} == {ONE_EACH}
    assert sorted(about for group in found.groups for about in group.about) == [
        "the references of a approved record",
        "the references of a completed record",
    ]


def test_what_is_said_of_an_open_record_is_asked_where_a_row_has_one():
    assert "open-record" in probes(refusing())
    assert "open-record" not in probes(load())


def test_rows_are_found_where_no_refusal_names_the_field():
    """Not even one create is accepted with the keys that lists show first."""
    verdict = verified(load(), "create/unique", naming_no_field(refusing()))

    assert broken(verdict) == []
    assert [one.why for one in verdict.findings if one.outcome is Outcome.INCONCLUSIVE] == []


def test_the_rows_that_no_open_record_names_are_known_of_a_mock():
    """Also where its records show none that is free."""
    contract = closing(load())
    keys = free_keys(contract, (5,))
    with LocalMock(world=generate_world(contract, size=SIZE), contract=contract) as mock:

        def found(**more: Any) -> Any:
            target = Target(asking(mock, contract, **more), contract, Ledger(), transport=mock.transport)
            return probe(target, "").references

        with pytest.raises(CouldNotRun, match="Give --reference order_item"):
            found()
        ground = found(references=keys, other_references=free_keys(contract, (6,)))

    assert len(keys["order_item"]) > 10
    assert set(ground["order_item"]) == set(keys["order_item"])


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
