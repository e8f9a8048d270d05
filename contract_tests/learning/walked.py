"""Walking the states of a server: what follows what, on records of the run's own.

Owns: Table and `walk`: from a new record on, every update to every state and every action, wherever that leads.
Knows nothing of: overlays. What the contract says counts only where the server does otherwise: that is looked at twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.states import movers
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.observing.sending import fields, kept, with_body
from cancelkit.contract_tests.observing.writes import read
from cancelkit.contract_tests.rules.bodies.create_echo import initial
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Operation, Role, Transitions
from cancelkit.spec.refusing import REFUSED

NO_WAY = "no way leads there"
Way = tuple[tuple[Operation, str], ...]
"""Operations that lead to a state, each with the state that it leads to."""


@dataclass(slots=True)
class Table:
    """What was seen. A state whose row is not told stands in `untold`, with the reason.

    initial: None where the create body must say it. defaults: whether the other fields that no body sets began as
    the contract says. allowed: what updates may follow a state. accepted, refused: states by action (operationId).
    sets: the value that an action was seen to set.
    """

    initial: str | None = None
    defaults: bool = True
    allowed: dict[str, frozenset[str]] = field(default_factory=dict)
    accepted: dict[str, set[str]] = field(default_factory=dict)
    refused: dict[str, set[str]] = field(default_factory=dict)
    sets: dict[str, set[str]] = field(default_factory=dict)
    untold: dict[str, str] = field(default_factory=dict)
    exchanges: int = 0


def acting(contract: Contract) -> list[Operation]:
    """The actions that set the state."""
    return [o for o in contract.actions if o.action and o.action.field == contract.resource.state]


def walk(moves: Transitions, context: Context) -> Table:
    """Look at every state that can be reached.

    Raises:
        Inconclusive: a record could not be created, or a way that was open is closed now.
    """
    table, contract = Table(), context.contract
    row = _current(context, context.create())
    start = _state(moves, row)
    if moves.field not in {n for n, f in fields(contract.role(Role.CREATE)).items() if f.required}:
        table.initial = start
    table.defaults = all(row.get(n) == v for n, v in initial(contract).items() if n != moves.field and n in row)
    ways: dict[str, Way] = {start: ()}
    queue = deque([start])
    while queue:
        old = queue.popleft()
        for operation, new in _Row(context, moves, table, old, ways[old]).look():
            if new not in ways:
                ways[new] = (*ways[old], (operation, new))
                queue.append(new)
    table.untold.update({state: NO_WAY for state in moves.statuses if state not in ways})
    table.exchanges = len(context.trace)
    return table


def _current(context: Context, record: Mapping[str, Any]) -> dict[str, Any]:
    return read(context, context.id_of(record))


def _state(moves: Transitions, row: Mapping[str, Any]) -> str:
    state = row.get(moves.field)
    if state not in moves.statuses:
        raise Inconclusive(f"a record's {moves.field} is none that the contract lists")
    return str(state)


def _send(context: Context, operation: Operation, row: Mapping[str, Any], new: str) -> Answer:
    id = context.id_of(row)
    if operation.action is not None:
        return context.call(operation, id=id, **with_body(context, operation))
    body = {**kept(context, operation, row, whole=False), str(context.resource.state): new}
    return context.call(operation, id=id, body=body)


@dataclass(slots=True)
class _Row:
    """One state, with a record in it that is used until it moves."""

    context: Context
    moves: Transitions
    table: Table
    old: str
    way: Way
    row: dict[str, Any] | None = None

    def look(self) -> list[tuple[Operation, str]]:
        """Try everything; return what led to another state."""
        led, told = list[tuple[Operation, str]](), dict[str, set[str]]()
        odd: list[str] = []
        for operation in movers(self.context.contract):
            told[operation.id] = set()
            for new in sorted(set(self.moves.statuses) - {self.old}, key=self.moves.statuses.index):
                to = self._twice(operation, new, self.moves.permits(self.old, new), odd)
                if to == new:
                    told[operation.id].add(new)
                    led.append((operation, new))
        for operation in acting(self.context.contract):
            action = operation.action
            known = action is not None and self.old not in action.refused
            strange: list[str] = []
            to = self._twice(operation, str(action and action.value), known, strange)
            if to is not None:
                self.table.accepted.setdefault(operation.id, set()).add(self.old)
                self.table.sets.setdefault(operation.id, set()).add(to)
                led.append((operation, to))
            elif not strange:
                self.table.refused.setdefault(operation.id, set()).add(self.old)
        if len(rows := {frozenset(one) for one in told.values()}) > 1:
            odd.append(" and ".join(f"{id} leads to {', '.join(sorted(to)) or 'none'}" for id, to in told.items()))
        if odd:
            self.table.untold[self.old] = "; ".join(odd)
        elif rows:
            self.table.allowed[self.old] = rows.pop()
        return led

    def _twice(self, operation: Operation, new: str, known: bool, odd: list[str]) -> str | None:
        """Where it leads, None where it is refused; looked at again where the contract says otherwise."""
        to, said = self._once(operation, new, known)
        if (to == new) is not known or said:
            again, said = self._once(operation, new, known)
            if again != to:
                raise Inconclusive(f"{operation.id} from {self.old}: now {to or 'refused'}, now {again or 'refused'}")
        if said:
            odd.append(said)
            self.row = None
        return to

    def _once(self, operation: Operation, new: str, known: bool) -> tuple[str | None, str]:
        """As `_twice`, and what fits neither. An action that is answered as done and does nothing is what the contract
        says: done where it is accepted, without effect where it is refused (x-choices, action-again). If it should
        have set another state, it is refused."""
        row, acts = self.row or self._fresh(), operation.action is not None
        answer = _send(self.context, operation, row, new)
        to = _state(self.moves, after := _current(self.context, row))
        stays = after == row
        self.row = after if stays else None
        if answer.ok and (to == new or (acts and not stays)):
            return (None if acts and stays and not known else to), ""
        if to == self.old and (
            answer.status in REFUSED or (acts and answer.ok and (not known or (stays and to != new)))
        ):
            return None, ""
        return None, f"{operation.id} to {new} is answered {answer.status}, and it is {to} then"

    def _fresh(self) -> dict[str, Any]:
        self.context.give_back()
        row = self.context.create()
        for operation, state in self.way:
            _send(self.context, operation, row, state)
            row = _current(self.context, row)
            if row.get(self.moves.field) != state:
                raise Inconclusive(f"the way to {state} is closed now")
        return row if self.way else _current(self.context, row)
