"""Actions that do something else, or act where they must not.

Owns: for each action: not kept, clears a field, does nothing, refused and allowed in the wrong states.
Source: x-action; x-behaviours reject-effect, reject-final and the like.
"""

from __future__ import annotations

from collections.abc import Iterator

from cancelkit.mockserver.mutants import editing
from cancelkit.mockserver.mutants.api import Api, Shown, showing
from cancelkit.mockserver.mutants.exchange import Exchange, with_json
from cancelkit.mockserver.mutants.maker import SHOWN, Maker, Record
from cancelkit.mockserver.mutants.mutant import Mutant, given, sent
from cancelkit.mockserver.mutants.naming import area, sampled, slug, word
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Operation, Role


def family(contract: Contract) -> Iterator[Mutant]:
    for operation in contract.actions:
        maker = Maker(contract, area(operation))
        if contract.role(Role.RETRIEVE):
            yield from _effects(maker, operation)
        yield from _states(maker, operation)


def _effects(maker: Maker, operation: Operation) -> Iterator[Mutant]:
    """What the action does to a record."""
    action, name, api = given(operation.action), word(operation), Api(maker.contract)

    def not_kept(exchange: Exchange, reply: Reply, before: Record | None, shown: Shown) -> None:
        if before is not None and exchange.called.id == operation.id:
            shown[api.id(exchange)] = {action.field: before[action.field]}

    def clears(exchange: Exchange, reply: Reply, before: Record | None, shown: Shown) -> None:
        if exchange.called.id == operation.id:
            shown[api.id(exchange)] = {cleared: None}

    async def nothing(exchange: Exchange) -> Reply:
        before = await api.record(exchange) if exchange.called.id == operation.id else None
        if before is None:
            return await exchange.reply()
        return with_json(await api.call(exchange, Role.RETRIEVE, api.id(exchange)), before)

    yield maker.around(
        f"{name}-not-kept", f"{name} leaves {action.field} as it was", SHOWN, showing(api, not_kept, later=True)
    )
    yield maker.always(f"{name}-does-nothing", f"{name} is answered, and never done", SHOWN, nothing)
    nullable = [f for f in maker.contract.resource.fields.values() if f.nullable and f.name != action.field]
    cleared = next((f.name for f in nullable if sent(maker.contract, f)), "")
    if cleared:
        yield maker.around(f"{name}-clears", f"{name} clears {cleared}", SHOWN, showing(api, clears))


def _states(maker: Maker, operation: Operation) -> Iterator[Mutant]:
    """In which states the action is allowed, and which one it sets."""
    action, name, moves = given(operation.action), word(operation), maker.contract.resource.transitions
    if moves is None or moves.field != action.field:
        return

    def promised(own: str, of_all: str) -> bool:
        """Whether the contract says in which states the action is refused, or taken: else either is right."""
        return maker.contract.promised(f"{name}-{own}", of_all) in maker.contract.behaviours

    def but(kind: str, says: str, **changes: object) -> Mutant:
        return maker.edit(f"{name}-{kind}", f"{name} {says}", editing.action(operation.id, **changes))

    if action.refused and promised("final", "action-refused"):
        yield but("always", "is allowed in every state", refused=frozenset())
    free = [state for state in moves.statuses if state not in action.refused and state != action.value]
    if not promised("which-states", "action-which-states"):
        free = []
    yield from sampled(
        (but(f"refused-{slug(s)}", f"is refused for what is {s}", refused=action.refused | {s}) for s in free), 1
    )
    others = [state for state in moves.statuses if state not in (action.value, moves.initial)]
    yield from sampled((but(f"sets-{slug(s)}", f"sets {action.field} to {s}", value=s) for s in others), 1)
