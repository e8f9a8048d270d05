"""The API as the contract describes it, in memory: what a call must answer, and what must stand afterwards.

Owns: Model (records of several scopes), Outcome. What the server alone decides (ids, times) is taken from its answers.
Source: the contract: bodies, actions, x-transitions, x-behaviours.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cancelkit.contract_tests.context.bodies import settable, values_of
from cancelkit.contract_tests.context.ground import Keys, Scope
from cancelkit.contract_tests.oracles.omitted import resets
from cancelkit.contract_tests.oracles.statuses import acted_again, deleted_again, foreign
from cancelkit.spec import Contract, Field, Operation, Role

REFUSED: Final = 400
"""Stands for every status with which the called operation may refuse what is sent."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call must answer: `status`; for a refused body, the names of which at least one must be given.

    state: the fields that the record must have then; None where there is no record. accepted: the call takes effect.
    beside: another status that will do.
    """

    status: int
    names: frozenset[str] = frozenset()
    state: Mapping[str, Any] | None = None
    accepted: bool = False
    beside: int | None = None


@dataclass(slots=True)
class Model:
    """The records that a run knows of, by scope and id.

    references: the keys that a field may name, by scope and body field.
    """

    contract: Contract
    references: Mapping[Scope, Keys]
    records: dict[Scope, dict[Any, dict[str, Any]]] = field(default_factory=dict)

    @property
    def given(self) -> tuple[str, ...]:
        """The fields whose values the server alone decides."""
        resource, operations = self.contract.resource, self.contract.operations.values()
        sent = {name for operation in operations for name in settable(operation)}
        free = (n for n, f in resource.judged.items() if n not in sent and not f.has_default and not f.nullable)
        own = (resource.id_field, *resource.set_on("create"), *resource.set_on("change"), *free)
        return tuple(dict.fromkeys(name for name in own if name != resource.state))

    def create(self, scope: Scope, body: Mapping[str, Any]) -> Outcome:
        """What a create must answer; `made` tells the model of its success."""
        operation, resource = self._operation(Role.CREATE), self.contract.resource
        known = settable(operation)
        wrong = {name for name, f in known.items() if f.required and name not in body}
        wrong |= self._wrong(scope, body, known)
        if wrong:
            return Outcome(REFUSED, frozenset(wrong))
        state: dict[str, Any] = {name: f.default for name, f in resource.judged.items() if f.has_default}
        free = (n for n, f in resource.judged.items() if f.nullable and not f.has_default and n not in self.given)
        state |= dict.fromkeys(free)
        state |= {
            name: f.default if f.has_default else None for name, f in known.items() if f.has_default or f.nullable
        }
        if resource.transitions is not None:
            state[resource.transitions.field] = resource.transitions.initial
        state |= {name: body[name] for name in known if name in body}
        return Outcome(operation.success.status, state=self._shown(state), accepted=True)

    def made(self, scope: Scope, outcome: Outcome, answered: Mapping[str, Any]) -> None:
        """Note a record that was created; what the server alone decides is taken from its answer."""
        given = {name: answered[name] for name in self.given if name in answered}
        id = answered[self.contract.resource.id_field]
        self.records.setdefault(scope, {})[id] = {**given, **(outcome.state or {})}

    def update(self, operation: Operation, scope: Scope, id: Any, body: Mapping[str, Any]) -> Outcome:
        """What a PUT or PATCH must answer."""
        state = self.state(scope, id)
        if state is None:
            return self._absent(scope, id)
        known = settable(operation)
        wrong = {name for name, f in known.items() if f.required and name not in body}
        wrong |= self._wrong(scope, body, known)
        moves = self.contract.resource.transitions
        if moves is not None and moves.field in body and moves.field not in wrong:
            wrong |= set() if moves.permits(state[moves.field], body[moves.field]) else {moves.field}
        partial = operation.role is Role.PARTIAL_UPDATE
        least = int(partial and self.contract.chosen("empty-patch") == "refused")
        if operation.body is not None:
            least = max(least, operation.body.schema.get("minProperties", 0))
        if wrong or len(body) < least:
            return Outcome(REFUSED, frozenset(wrong), state)
        reset = resets(self.contract, operation, known)
        new = {**state, **reset, **{name: body[name] for name in known if name in body}}
        return Outcome(operation.success.status, state=self._shown(new), accepted=True)

    def act(self, operation: Operation, scope: Scope, id: Any) -> Outcome:
        """What an action must answer."""
        state, action = self.state(scope, id), operation.action
        if state is None or action is None:
            return self._absent(scope, id)
        if state.get(action.field) in action.refused:
            return Outcome(acted_again(self.contract, operation), state=state)
        return Outcome(operation.success.status, state={**state, action.field: action.value}, accepted=True)

    def delete(self, scope: Scope, id: Any) -> Outcome:
        """What a delete must answer. That an id was given a server may know by later ones alone."""
        operation = self._operation(Role.DESTROY)
        if self.state(scope, id) is None:
            if self._elsewhere(id):
                return self._absent(scope, id)
            later = any(other > id for rows in self.records.values() for other in rows if type(other) is type(id))
            return Outcome(deleted_again(self.contract, operation), beside=None if later else 404)
        return Outcome(operation.success.status, accepted=True)

    def retrieve(self, scope: Scope, id: Any) -> Outcome:
        """What a retrieve must answer."""
        state = self.state(scope, id)
        return self._absent(scope, id) if state is None else Outcome(200, state=state)

    def ids(self, scope: Scope, among: Collection[Any], **values: Any) -> list[Any]:
        """The ids `among` these that the scope's lists must show, where these fields have these values."""
        rows = self.records.get(scope, {})
        found = [id for id in among if id in rows and all(rows[id].get(k) == v for k, v in values.items())]
        if not self.contract.resource.numbered:
            return found
        return sorted(found, reverse=self.contract.chosen("list-order") == "descending")

    def settle(self, scope: Scope, id: Any, outcome: Outcome) -> None:
        """Take over what a call that was answered as it must be has changed."""
        if outcome.accepted and outcome.state is None:
            del self.records[scope][id]
        elif outcome.accepted and outcome.state is not None:
            self.records[scope][id] = dict(outcome.state)

    def state(self, scope: Scope, id: Any) -> dict[str, Any] | None:
        """The record, if it stands in the scope."""
        return self.records.get(scope, {}).get(id)

    def _elsewhere(self, id: Any) -> bool:
        return any(id in rows for rows in self.records.values())

    def _absent(self, scope: Scope, id: Any) -> Outcome:
        """What a call about a record must answer that the scope does not have."""
        return Outcome(foreign(self.contract) if self._elsewhere(id) else 404)

    def _operation(self, role: Role) -> Operation:
        found = self.contract.role(role)
        if found is None:
            raise LookupError(f"the contract has no operation {role}")
        return found

    def _shown(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """The state without fields that are never answered."""
        resource = self.contract.resource
        return {name: v for name, v in state.items() if name in resource.fields or name in resource.references}

    def _wrong(self, scope: Scope, body: Mapping[str, Any], known: Mapping[str, Field]) -> set[str]:
        return {name for name, f in known.items() if name in body and not self._valid(scope, f, body[name])}

    def _valid(self, scope: Scope, known: Field, value: Any) -> bool:
        if value is None:
            return known.nullable
        if known.reference:
            return value in self.references[scope].get(known.name, ())
        return values_of(known).admits(value)
