"""The API as the contract describes it, in memory: what a call must answer, and what must stand afterwards.

Owns: Model (requests of several channels), Outcome.
Knows nothing of: HTTP, Hypothesis, and how any server is built; what the server alone decides (ids, uuids, dates) is
told to it.
Source: spec/openapi.yaml: bodies, x-transitions, x-behaviours.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from cancelkit.spec import Contract, Field

CREATE, PUT = "createCancellationRequest", "updateCancellationRequest"
GIVEN = ("id", "uuid", "created_date", "modified_date")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call must answer: `status`; for a 400, the names of which at least one must be given ("" for none).

    state: the fields that the record must have then; None where there is no record.
    """

    status: int
    names: frozenset[str] = frozenset()
    state: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Model:
    """The requests that a run knows of, by channel and id.

    references: the ids that a field may name, by channel and table (order_items, reasons).
    """

    spec: Contract
    references: Mapping[int, Mapping[str, Collection[int]]]
    requests: dict[int, dict[int, dict[str, Any]]] = field(default_factory=dict)

    def create(self, channel: int, body: Mapping[str, Any]) -> Outcome:
        """What a create must answer; `made` tells the model of its success."""
        known = self._fields(CREATE)
        wrong = {name for name, f in known.items() if f.required and name not in body}
        wrong |= self._wrong(channel, body, known)
        if wrong:
            return Outcome(400, frozenset(wrong))
        answered = self.spec.fields("CancellationRequest")
        state: dict[str, Any] = {name: f.default for name, f in answered.items() if f.has_default}
        state |= {name: None for name, f in known.items() if f.nullable}
        state |= {"status": self.spec.transitions.initial, "easy_return": None}
        return Outcome(201, state={**state, **{name: body[name] for name in known if name in body}})

    def made(self, channel: int, outcome: Outcome, answered: Mapping[str, Any]) -> None:
        """Note a record that was created; what the server alone decides is taken from its answer."""
        given = {name: answered[name] for name in GIVEN if name in answered}
        self.requests.setdefault(channel, {})[answered["id"]] = {**given, **(outcome.state or {})}

    def update(self, operation_id: str, channel: int, id: int, body: Mapping[str, Any]) -> Outcome:
        """What a PUT or PATCH must answer."""
        state = self.state(channel, id)
        if state is None:
            return Outcome(404)
        known = self._fields(operation_id)
        wrong = self._wrong(channel, body, known)
        moves = self.spec.transitions
        if "status" in body and "status" not in wrong and not moves.permits(state["status"], body["status"]):
            wrong.add("status")
        if wrong:
            return Outcome(400, frozenset(wrong), state)
        put = self.spec.operations[operation_id].method == "PUT"
        resets = {name: f.default for name, f in known.items() if put and f.has_default}
        return Outcome(200, state={**state, **resets, **{name: body[name] for name in known if name in body}})

    def act(self, operation_id: str, channel: int, id: int) -> Outcome:
        """What an action such as reject must answer."""
        state, moves = self.state(channel, id), self.spec.transitions
        if state is None:
            return Outcome(404)
        if state["status"] in moves.final:
            return Outcome(400, state=state)
        return Outcome(200, state={**state, "status": moves.actions[operation_id]})

    def delete(self, channel: int, id: int) -> Outcome:
        """What a delete must answer."""
        return Outcome(404 if self.state(channel, id) is None else 204)

    def retrieve(self, channel: int, id: int) -> Outcome:
        """What a retrieve must answer."""
        state = self.state(channel, id)
        return Outcome(404) if state is None else Outcome(200, state=state)

    def ids(self, channel: int, among: Collection[int], **values: Any) -> list[int]:
        """The ids `among` these that the channel's lists must show, where these fields have these values."""
        rows = self.requests.get(channel, {})
        return sorted(id for id in among if id in rows and all(rows[id].get(k) == v for k, v in values.items()))

    def settle(self, channel: int, id: int, outcome: Outcome) -> None:
        """Take over what a call that was answered as it must be has changed."""
        if outcome.status == 204:
            del self.requests[channel][id]
        elif outcome.status == 200 and outcome.state is not None:
            self.requests[channel][id] = dict(outcome.state)

    def state(self, channel: int, id: int) -> dict[str, Any] | None:
        """The record, if it stands in the channel."""
        return self.requests.get(channel, {}).get(id)

    def _fields(self, operation_id: str) -> dict[str, Field]:
        body = self.spec.operations[operation_id].body
        return {name: f for name, f in body.fields.items() if not f.read_only} if body else {}

    def _wrong(self, channel: int, body: Mapping[str, Any], known: Mapping[str, Field]) -> set[str]:
        return {name for name, f in known.items() if name in body and not self._valid(channel, f, body[name])}

    def _valid(self, channel: int, known: Field, value: Any) -> bool:
        if value is None:
            return known.nullable
        if known.reference:
            return value in self.references[channel][known.reference]
        if known.enum:
            return value in known.enum
        return not ("minimum" in known.schema and value < known.schema["minimum"])
