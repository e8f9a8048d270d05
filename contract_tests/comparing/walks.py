"""Random sequences of calls over one record, each write followed by a look at it.

Owns: which write follows which, and its body.
Source: the kinds of writes of machine/histories.py, x-transitions, x-action.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any

from cancelkit.contract_tests.choices.records import required
from cancelkit.contract_tests.comparing.bodies import Bodies
from cancelkit.contract_tests.comparing.calls import Call, Kind, Sent, Sequence
from cancelkit.contract_tests.context.bodies import settable
from cancelkit.contract_tests.context.states import movers, reachable, way
from cancelkit.contract_tests.machine.histories import acting, follows, kinds, updating
from cancelkit.contract_tests.target.answer import UNSET
from cancelkit.spec import Operation, Role
from cancelkit.spec.choices import ONE_EACH
from cancelkit.spec.values import NoValue

RECORD, LATER = "1", "2"
STEPS = 5


class Walks:
    """Walks over records of one contract."""

    def __init__(self, bodies: Bodies) -> None:
        self.bodies, self.contract = bodies, bodies.contract
        self.views = [o for r in (Role.RETRIEVE, Role.RETRIEVE_DETAILED) if (o := self.contract.role(r)) is not None]
        self.lists = [o for r in (Role.LIST, Role.LIST_DETAILED) if (o := self.contract.role(r)) is not None]

    def made(self, random: Random, kind: Kind = Kind.SEQUENCE) -> Call:
        """The creation of the record.

        Raises:
            NoValue: no body for it is known.
        """
        create = self.contract.role(Role.CREATE)
        assert create is not None
        return Call(create, kind, "a valid body", body=self.bodies.some(create, random), makes=RECORD)

    def again(self, random: Random) -> Iterator[Sequence]:
        """Two records with the same references, where a create must name one; where each row has one open record, also
        with the first in each other state."""
        create = self.contract.role(Role.CREATE)
        same = {name: Sent(RECORD, name) for name in required(create)} if create else {}
        with suppress(NoValue):
            if same:
                first, second = self.made(random), self.made(random)
                body, about = {**second.body, **same}, "the references of an open record"
                again = replace(second, about=about, point=ONE_EACH, body=body, makes=LATER)
                yield first, again
                frees = self.contract.one_each and self.contract.role(Role.DESTROY)
                moved = reachable(self.contract) if frees else ()
                for state in [one for one in moved if one != self.contract.transitions.initial]:
                    yield (*self.brought(state, random), replace(again, about=f"the references of a {state} record"))

    def walk(self, random: Random) -> Sequence:
        """One walk.

        Raises:
            NoValue: no body for a step is known.
        """
        calls = [self.made(random)]
        moves = self.contract.resource.transitions
        state = moves.initial if moves else None
        possible = [kind for kind in kinds(self.contract) if kind != "again"]
        for _ in range(STEPS):
            if not possible:
                break
            step, state = self._step(random.choice(possible), state, random)
            if step is not None:
                calls += [step, *self._look(random)]
        return (*calls, *self._end(random))

    def _look(self, random: Random) -> Iterator[Call]:
        seen = [*self.views, *self.lists]
        if seen:
            operation = random.choice(seen)
            alone = {"among": (RECORD,)} if operation in self.lists else {"record": RECORD}
            yield Call(operation, Kind.SEQUENCE, "after a write", **alone)

    def _end(self, random: Random) -> Iterator[Call]:
        destroy = self.contract.role(Role.DESTROY)
        if destroy is None or random.random() < 0.5:
            return
        delete = Call(destroy, Kind.SEQUENCE, "a delete", record=RECORD)
        yield delete
        yield from (replace(look, about="after a delete") for look in self._look(random))
        yield replace(self.made(random), makes=LATER)  # what is deleted again is not the newest
        yield replace(delete, about="a second delete", point="delete-again")
        for operation in updating(self.contract).values():
            body = self.bodies.some(operation, random)
            yield Call(operation, Kind.SEQUENCE, "a change after a delete", record=RECORD, body=body)

    def _step(self, kind: str, state: Any, random: Random) -> tuple[Call | None, Any]:
        if kind in (names := acting(self.contract)):
            return self.action(names[kind], state)
        if kind == "refused":
            return self._refused(state, random), state
        name = kind.partition("-")[0]
        operation = updating(self.contract).get(name) or next(iter(updating(self.contract).values()))
        if kind.endswith("-state"):
            after = follows(self.contract, kind, state)
            if not after:
                return None, state
            new = str(random.choice(after))
            return self.into(operation, new, random), new
        known = settable(operation)
        if kind == "clear":
            nullable = [n for n, f in known.items() if f.nullable and not f.reference]
            return self._update(operation, {random.choice(nullable): None}, "null", random) if nullable else None, state
        if kind == "reference":
            names_ = [n for n, f in known.items() if f.reference and self.bodies.keys.get(n)]
            if not names_:
                return None, state
            field = random.choice(names_)
            return self._update(
                operation, {field: self.bodies.value(field, known[field], random)}, "another key", random
            ), state
        if operation.role is Role.UPDATE:
            whole = random.random() < 0.5
            body = self.bodies.some(operation, random, whole=whole)
            if self.contract.resource.state in body:
                body[self.contract.resource.state] = state
            about, point = ("every field", "") if whole else ("some fields left out", "put-omitted")
            return Call(operation, Kind.SEQUENCE, about, point=point, record=RECORD, body=body), state
        body = self.bodies.some(operation, random, most=3)
        return Call(operation, Kind.SEQUENCE, "some fields", record=RECORD, body=body), state

    def _update(self, operation: Operation, fields: dict[str, Any], about: str, random: Random) -> Call:
        needed = self.bodies.least(operation, random)
        left_out = operation.role is Role.UPDATE
        topic, point = next(iter(fields)), "put-omitted" if left_out else ""
        return Call(operation, Kind.SEQUENCE, about, topic, point, record=RECORD, body={**needed, **fields})

    def brought(self, state: str, random: Random) -> Iterator[Call]:
        """The creation of the record, and the steps that bring it to a state."""
        yield self.made(random)
        for new in way(self.contract, state):
            able = movers(self.contract)
            action = next((o for o in acting(self.contract).values() if o.action and o.action.value == new), None)
            if able:
                yield self.into(able[0], new, random)
            elif action is not None:
                yield self.action(action, None)[0]

    def into(self, operation: Operation, state: str, random: Random) -> Call:
        """An update that sets the state."""
        return self._update(operation, {str(self.contract.resource.state): state}, f"into {state}", random)

    def views_of(self, label: str) -> list[Call]:
        """A look at the record."""
        return [Call(view, Kind.SEQUENCE, "after a write", record=label) for view in self.views[:1]]

    def action(self, operation: Operation, state: Any) -> tuple[Call, Any]:
        """An action, and the state after it."""
        action = operation.action
        refused = action is not None and state in action.refused
        body: Any = {} if operation.body is not None and operation.body.required else UNSET
        about, point = ("an action that its state refuses", "action-again") if refused else ("an action", "")
        after = state if refused or action is None else action.value
        return Call(operation, Kind.SEQUENCE, about, operation.id, point, record=RECORD, body=body), after

    def _refused(self, state: Any, random: Random) -> Call | None:
        """A state that may not follow."""
        moves, resource = self.contract.resource.transitions, self.contract.resource
        able = [o for o in updating(self.contract).values() if resource.state in settable(o)]
        wrong = [one for one in moves.statuses if not moves.permits(state, one)] if moves else []
        if not able or not wrong:
            return None
        new = random.choice(sorted(wrong))
        return self._update(random.choice(able), {str(resource.state): new}, "a state that may not follow", random)


def walks(bodies: Bodies, random: Random) -> Iterator[Sequence]:
    """Walks without end; none where nothing can be created."""
    if bodies.contract.role(Role.CREATE) is None:
        return
    made = Walks(bodies)
    while True:
        try:
            yield made.walk(random)
        except NoValue:
            return


def moves(bodies: Bodies, random: Random) -> Iterator[Sequence]:
    """A record in each state that can be reached, and then each other state and each action, allowed or not."""
    contract = bodies.contract
    transitions, able = contract.resource.transitions, movers(contract)
    if transitions is None or contract.role(Role.CREATE) is None:
        return
    made = Walks(bodies)
    for state in reachable(contract):
        for new in transitions.statuses if able else ():
            with suppress(NoValue):
                last = made.into(random.choice(able), new, random)
                yield (*made.brought(state, random), last, *made.views_of(RECORD))
        for operation in acting(contract).values():
            with suppress(NoValue):
                yield (*made.brought(state, random), made.action(operation, state)[0], *made.views_of(RECORD))
