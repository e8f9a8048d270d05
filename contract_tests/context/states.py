"""Bringing a record to a state, by updates and actions that the contract permits.

Owns: the shortest way to a state, and one step on it.
Source: x-transitions, x-action.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Operation, Role

if TYPE_CHECKING:
    from cancelkit.contract_tests.context.context import Context
    from cancelkit.contract_tests.context.ground import Scope


def way(contract: Contract, state: str) -> tuple[str, ...]:
    """The states that lead from the initial one to `state`, by the fewest steps.

    Raises:
        Skip: the contract has no states, or none lead there.
    """
    moves = contract.resource.transitions
    if moves is None:
        raise Skip("the contract's records have no states")
    queue: deque[tuple[str, ...]] = deque([(moves.initial,)])
    seen = {moves.initial}
    while queue:
        path = queue.popleft()
        if path[-1] == state:
            return path[1:]
        for follower in sorted(_followers(contract, path[-1]), key=moves.statuses.index):
            if follower not in seen:
                seen.add(follower)
                queue.append((*path, follower))
    raise Skip(f"no permitted way leads to the {moves.field} {state}")


def reachable(contract: Contract) -> tuple[str, ...]:
    """The states that some way leads to; none where records have no states."""
    found = []
    for state in contract.resource.transitions.statuses if contract.resource.transitions else ():
        with suppress(Skip):
            way(contract, state)
            found.append(state)
    return tuple(found)


def ready(contract: Contract, operation: Operation) -> tuple[str, ...]:
    """The states that lead from the initial one to the nearest in which the operation is accepted.

    Raises:
        Skip: none leads to such a state.
    """
    moves, action = contract.resource.transitions, operation.action
    if moves is None or action is None or action.field != moves.field or moves.initial not in action.refused:
        return ()
    ways = []
    for state in moves.statuses:
        if state not in action.refused:
            with suppress(Skip):
                ways.append(way(contract, state))
    if not ways:
        raise Skip(f"no permitted way leads to a {moves.field} in which {operation.id} is accepted")
    return min(ways, key=len)


def movers(contract: Contract) -> list[Operation]:
    """The updates that may set the state."""
    found = [contract.role(role) for role in (Role.PARTIAL_UPDATE, Role.UPDATE)]
    return [o for o in found if o is not None and o.body is not None and contract.resource.state in o.body.fields]


def _followers(contract: Contract, old: str) -> set[str]:
    found: set[str] = set()
    if (moves := contract.resource.transitions) is not None and movers(contract):
        found |= moves.allowed.get(old, frozenset())
    for operation in contract.actions:
        action = operation.action
        if action is not None and action.field == contract.resource.state and old not in action.refused:
            found.add(action.value)
    return found


def step(context: Context, record: Mapping[str, Any], scope: Scope | None, state: str) -> dict[str, Any]:
    """Bring a record to a state that may follow its own; return it as answered.

    Raises:
        Inconclusive: the target refused.
    """
    contract, id = context.contract, context.id_of(record)
    field, old = str(contract.resource.state), context.state_of(record)
    answer: Answer | None = None
    for operation in movers(contract):
        body = context.update_body(operation, record, scope=scope, **{field: state})
        answer = context.call(operation, scope=scope, id=id, body=body)
        if answer.ok and isinstance(answer.json, dict) and answer.json.get(field) == state:
            return dict(answer.json)
    for operation in contract.actions:
        action = operation.action
        if action and action.field == field and action.value == state and old not in action.refused:
            answer = context.call(operation, scope=scope, id=id)
            if answer.ok and isinstance(answer.json, dict) and answer.json.get(field) == state:
                return dict(answer.json)
    raise Inconclusive(f"a record could not be brought to the {field} {state}: {answer.brief() if answer else ''}")
