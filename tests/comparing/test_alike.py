"""Servers that do the same are alike, whatever records they hold; what can't be aligned is counted apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cancelkit.contract_tests.comparing.aligning import Query
from cancelkit.contract_tests.comparing.calls import Call
from cancelkit.contract_tests.comparing.playing import Verdict
from cancelkit.contract_tests.comparing.queries import shown_value
from cancelkit.contract_tests.comparing.sides import Names, Side
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.fixtures.world import generate_world
from cancelkit.spec import PATH, Role, load, read
from tests.choices.dialects import dialects, speaking
from tests.comparing.sides import compared, told

ROOT = Path(__file__).parents[2]
CONTRACTS = {
    path.stem: path
    for path in (PATH, *sorted((ROOT / "tests/contracts").glob("*.yaml")), ROOT / "examples/contracts/reviews.yaml")
}


@pytest.mark.parametrize("name", CONTRACTS)
def test_mocks_of_one_contract_are_alike(name: str):
    """Other ids, other rows behind references, other counts: nothing of that is a difference."""
    found = compared(read(CONTRACTS[name]), seed=2)

    assert told(found) == []
    assert found.total.compared > 300
    assert found.exit_code == 0


def test_the_whole_run_is_alike():
    """The default number of calls: every kind has its share of at least 1,500 that are compared."""
    found = compared(load(), calls=1550, seed=3)

    assert told(found) == []
    assert found.total.compared >= 1500
    assert min(share.compared for share in found.kinds.values()) > 15


@pytest.mark.parametrize("turn", range(4))
def test_mocks_that_made_the_same_choices_are_alike(turn: int):
    """Whatever option they chose at each point."""
    contract = load()
    chosen = speaking(contract, list(dialects(contract))[turn])

    assert told(compared(chosen, calls=500)) == []


def test_a_write_that_one_side_only_was_sent_ends_its_sequence(monkeypatch: pytest.MonkeyPatch):
    """What follows would compare a record that was written with one that was not."""
    send = Side.send

    def asked(self: Side, call: Call, names: Names, query: Query) -> Answer:
        if self.name == "mock" and call.operation.role is Role.PARTIAL_UPDATE:
            raise Inconclusive("no row is free")
        return send(self, call, names, query)

    monkeypatch.setattr(Side, "send", asked)
    found = compared(load(), calls=300)

    assert told(found) == []
    assert found.operations["partialUpdateCancellationRequest"].compared == 0
    assert found.total.compared > 100


def test_nothing_is_left_behind():
    """All that was created is removed on both sides."""
    found = compared(load(), calls=200)

    assert found.leftovers == ()


def test_without_writes_rows_of_others_are_compared_by_their_shape():
    """Under --read-only nothing is created, and only GET, HEAD and OPTIONS are sent."""
    found = compared(load(), read_only=True, calls=200)

    assert told(found) == []
    assert found.total.compared > 100
    assert {step.call.verb for group in found.groups for step in group.steps} <= {"GET", "HEAD"}
    assert found.operations.keys() == {o.id for o in load().operations.values() if o.method == "GET"}


def test_shared_records_are_compared_by_what_they_show():
    """With the same records on both sides a row behind a reference is compared, too."""
    contract = load()
    world = generate_world(contract, size=60)
    other = generate_world(contract, size=60, seed=5)

    assert told(compared(contract, worlds=(world, world), shared=True)) == []
    shown = compared(contract, worlds=(world, other), shared=True)
    assert any("order_item" in group.difference.place for group in shown.groups)


def test_what_can_not_be_aligned_is_counted_apart_and_never_as_alike():
    """A list of everybody's records has a reason, and stands in no share."""
    found = compared(read(CONTRACTS["reviews"]), worlds=None, calls=400)
    apart = sum(found.apart.values())

    assert apart == found.total.apart > 0
    assert all(found.apart)
    assert found.total.alike + found.total.different == found.total.compared


def test_the_same_seed_makes_the_same_calls():
    """And another seed others."""
    contract = load()
    first, again, other = (compared(contract, calls=120, seed=seed) for seed in (4, 4, 5))

    assert (first.total, first.operations) == (again.total, again.operations)
    assert first.operations != other.operations


def test_verdicts_of_a_sequence_end_where_the_sides_part():
    """After a write that one side only accepts, what follows is not comparable."""
    contract = load()
    lenient = speaking(contract, {"text-as-number": "converted"})
    found = compared(contract, served=(lenient, contract), calls=600)

    assert {group.point for group in found.groups} == {"text-as-number"}
    assert any("not made on both sides" in why for why in found.apart)
    assert all(group.last.verdict is Verdict.DIFFERENT for group in found.groups)


def test_the_exit_code_follows_the_wanted_share():
    """0 at or above --fail-under, 1 below it, 2 where nothing was compared."""
    found = compared(load(), served=(speaking(load(), {"date-offset": "number"}), load()), calls=60)

    assert found.exit_code == 0
    assert replace(found, fail_under=99.0).exit_code == 1
    assert replace(found, fail_under=found.total.percent).exit_code == 0
    assert replace(found, ended="It was interrupted.").exit_code == 2


def test_which_of_several_wrong_fields_is_named_alone_is_each_sides_own(monkeypatch: pytest.MonkeyPatch):
    """One looks at the fields in another order than the other."""
    send, contract = Side.send, speaking(load(), {"faults-named": "first"})
    turned = []

    def asked(self: Side, call: Call, names: Names, query: Query) -> Answer:
        answer = send(self, call, names, query)
        body = answer.json
        if self.name == "mock" and call.point == "faults-named" and isinstance(call.body, dict) and not answer.ok:
            last = list(call.body)[-1] if call.body else "reason"
            turned.append(last)
            answer = replace(answer, json={last: ["Wrong."], "code": body["code"]})
        return answer

    monkeypatch.setattr(Side, "send", asked)

    assert told(compared(contract, calls=1000)) == []
    assert turned


@pytest.mark.parametrize("how", ["half", "inside"])
def test_a_text_of_a_format_is_not_cut(how: str):
    """Servers differ in what is left of an e-mail address."""
    parameter = load().operations["listCancellationRequests"].parameter("customer_email")
    assert parameter is not None
    assert parameter.filter is not None
    row = {"order_item": {"order": {"customer": {"email": "somebody@shop.example"}}}}

    assert shown_value(parameter, parameter.filter, row, "other case")
    assert shown_value(parameter, parameter.filter, row, how) is None
