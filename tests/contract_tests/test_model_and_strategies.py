"""The suite's model and the fixtures' strategies read the contract each for itself, and agree."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cancelkit.contract_tests.machine.model import Model
from cancelkit.fixtures import strategies
from cancelkit.fixtures.invalid import Payload
from cancelkit.spec import load

SPEC = load()
CREATE = "createCancellationRequest"
KNOWN = {"order_items": (1, 2, 3), "reasons": (4, 5)}
REFERENCES = {"order_item": (1, 2, 3), "reason": (4, 5)}
UPDATES = [o.id for o in SPEC.operations.values() if o.body and o.id != CREATE]
FEW = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def _model(status: str) -> Model:
    """One request, 1 of channel 5, in `status`."""
    model = Model(SPEC, {(5,): REFERENCES})
    created = model.create((5,), {"order_item": 1, "reason": 4, "cancellation_type": "cancel"})
    model.made((5,), created, {"id": 1})
    model.records[(5,)][1]["status"] = status
    return model


@pytest.mark.parametrize("operation_id", [CREATE, *UPDATES])
def test_the_model_accepts_what_is_called_valid(operation_id: str):
    """Whatever the status of the request that is changed."""

    @FEW
    @given(st.data(), st.sampled_from(SPEC.transitions.statuses))
    def check(data: st.DataObject, status: str) -> None:
        body: dict[str, Any] = data.draw(strategies.valid_body(operation_id, known=KNOWN, status=status))
        model = _model(status)
        found = (
            model.create((5,), body)
            if operation_id == CREATE
            else model.update(SPEC.operations[operation_id], (5,), 1, body)
        )
        assert found.status == SPEC.operations[operation_id].success.status
        assert found.state
        assert {name: found.state[name] for name in body} == body

    check()


@pytest.mark.parametrize("operation_id", [CREATE, *UPDATES])
def test_the_model_refuses_what_is_called_invalid(operation_id: str):
    """And names the field that the label names. Wrong types are left out: the model is never asked about them."""

    @FEW
    @given(st.data(), st.sampled_from(SPEC.transitions.statuses))
    def check(data: st.DataObject, status: str) -> None:
        typed = strategies.invalid_body(operation_id, known=KNOWN, status=status).filter(
            lambda found: found.rule[:5] != "type/"
        )
        payload: Payload = data.draw(typed)
        model = _model(status)
        body = payload.body
        found = (
            model.create((5,), body)
            if operation_id == CREATE
            else model.update(SPEC.operations[operation_id], (5,), 1, body)
        )
        assert (found.status, found.names) == (payload.status, {payload.field}), payload

    check()
