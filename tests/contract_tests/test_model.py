"""The model answers as the contract says."""

from __future__ import annotations

from typing import Any

import pytest

from cancelkit import spec
from cancelkit.contract_tests.machine.differences import Differences
from cancelkit.contract_tests.machine.model import Model
from cancelkit.contract_tests.observing import examples
from tests.choices.dialects import speaking

PATCH, PUT, REJECT = "partialUpdateCancellationRequest", "updateCancellationRequest", "rejectCancellationRequest"
OPERATIONS = spec.load().operations
BODY = {"order_item": 1, "reason": 2, "cancellation_type": "cancel", "quantity": 2}


@pytest.fixture
def model() -> Model:
    """Channel 5 with one waiting request, 1; channel 6 with none."""
    found = Model(
        spec.load(), {(5,): {"order_item": (1, 2), "reason": (2,)}, (6,): {"order_item": (3,), "reason": (2,)}}
    )
    found.made((5,), found.create((5,), BODY), {"id": 1, "uuid": "u"})
    return found


def test_a_create_starts_waiting(model: Model):
    """What the body does not offer has its initial value."""
    state = model.state((5,), 1)

    assert state is not None
    assert (state["status"], state["fully_refund_as_loyalty_money"], state["iban"], state["quantity"]) == (
        "waiting",
        False,
        None,
        2,
    )


@pytest.mark.parametrize(
    ("change", "names"),
    [({"order_item": 3}, {"order_item"}), ({"quantity": 0}, {"quantity"}), ({"reason": None}, {"reason"})],
)
def test_a_wrong_body_is_refused(model: Model, change: dict[str, Any], names: set[str]):
    """References of another channel, bounds, and null where it may not be."""
    assert model.create((5,), {**BODY, **change}).names == names
    assert model.update(OPERATIONS[PATCH], (5,), 1, change).status == 400


def test_put_resets_defaults_and_patch_does_not(model: Model):
    """The one difference between them."""
    model.settle((5,), 1, model.update(OPERATIONS[PATCH], (5,), 1, {"fully_refund_as_loyalty_money": True}))
    patched, put = (model.update(OPERATIONS[operation], (5,), 1, {"iban": "x"}).state for operation in (PATCH, PUT))

    assert patched is not None
    assert put is not None
    assert patched["fully_refund_as_loyalty_money"] is True
    assert put["fully_refund_as_loyalty_money"] is False
    assert put["quantity"] == 2


def test_rejected_is_final(model: Model):
    """By action and by update."""
    model.settle((5,), 1, model.act(OPERATIONS[REJECT], (5,), 1))

    assert model.act(OPERATIONS[REJECT], (5,), 1).status == 400
    assert model.update(OPERATIONS[PATCH], (5,), 1, {"status": "waiting"}).names == {"status"}
    assert model.update(OPERATIONS[PATCH], (5,), 1, {"status": "rejected"}).status == 200


def test_another_channel_does_not_know_it(model: Model):
    """Nor does its own, once it is deleted."""
    assert model.retrieve((6,), 1).status == 404
    assert model.ids((5,), [1], status="waiting") == [1]

    model.settle((5,), 1, model.delete((5,), 1))

    assert model.retrieve((5,), 1).status == 404
    assert model.ids((5,), [1]) == []


@pytest.mark.parametrize("later", [True, False])
def test_that_an_id_was_given_may_be_known_by_later_ones_alone(later: bool):
    """Where a second delete counts as done, 404 will do of what was the newest record."""
    contract = speaking(spec.load(), {"delete-again": "done"})
    model = Model(contract, {(5,): {"order_item": (1, 2), "reason": (2,)}})
    for id in (1, 2) if later else (1,):
        model.made((5,), model.create((5,), BODY), {"id": id, "uuid": "u"})
    model.settle((5,), 1, model.delete((5,), 1))
    again, compare = model.delete((5,), 1), Differences(contract)

    assert (again.status, again.accepted) == (204, False)
    assert not [*compare.record(again, None, examples.answer(204))]
    assert bool([*compare.record(again, None, examples.error(404))]) is later


def test_an_update_of_no_field_is_refused_where_the_contract_has_it_so():
    """A PUT of none is not: what it leaves out it keeps."""
    model = Model(speaking(spec.load(), {"empty-patch": "refused"}), {(5,): {"order_item": (1,), "reason": (2,)}})
    model.made((5,), model.create((5,), BODY), {"id": 1, "uuid": "u"})

    assert (model.update(OPERATIONS[PATCH], (5,), 1, {}).status, model.update(OPERATIONS[PUT], (5,), 1, {}).status) == (
        400,
        200,
    )
