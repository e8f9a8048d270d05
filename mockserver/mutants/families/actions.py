"""Actions that do something else, or act where they must not.

Owns: for each action: not kept, clears a field, does nothing, refused and allowed in the wrong states.
Source: x-action; x-behaviours reject-effect, reject-final and the like.
"""

from __future__ import annotations

from collections.abc import Iterator

from cancelkit.mockserver.mutants import editing, layers
from cancelkit.mockserver.mutants.api import Api, Record, Shown, showing
from cancelkit.mockserver.mutants.exchange import Exchange, with_json
from cancelkit.mockserver.mutants.layers import ITEM, LISTS
from cancelkit.mockserver.mutants.mutant import Mutant, given, sent
from cancelkit.mockserver.mutants.naming import area, sampled, slug, word
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Operation, Role

SHOWN = ITEM | LISTS | {Role.CREATE}


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of each action."""
    for operation in contract.actions:
        if operation.action is not None:
            yield from _mutants(contract, operation)


def _mutants(contract: Contract, operation: Operation) -> Iterator[Mutant]:
    action, name, about = given(operation.action), word(operation), area(operation)
    api, moves = Api(contract), contract.resource.transitions

    def mine(exchange: Exchange) -> bool:
        return exchange.operation is not None and exchange.operation.id == operation.id

    if contract.role(Role.RETRIEVE):

        def not_kept(exchange: Exchange, reply: Reply, before: Record | None, shown: Shown) -> None:
            if before is not None and mine(exchange):
                shown[api.id(exchange)] = {action.field: before[action.field]}

        def answered(exchange: Exchange, reply: Reply, before: Record | None, shown: Shown) -> None:
            if mine(exchange):
                shown[api.id(exchange)] = {cleared: None}

        async def nothing(exchange: Exchange) -> Reply:
            if not mine(exchange):
                return await exchange.reply()
            before = await api.record(exchange)
            return (
                await exchange.reply()
                if before is None
                else with_json(await api.call(exchange, Role.RETRIEVE, api.id(exchange)), before)
            )

        yield Mutant(
            f"{name}-not-kept",
            f"{name} leaves {action.field} as it was",
            about,
            layer=layers.around(contract, SHOWN, showing(api, not_kept, later=True)),
        )
        yield Mutant(
            f"{name}-does-nothing",
            f"{name} is answered, and never done",
            about,
            layer=layers.around(contract, SHOWN, lambda: nothing),
        )
        nullable = [f for f in contract.resource.fields.values() if f.nullable and f.name != action.field]
        cleared = next((f.name for f in sorted(nullable, key=lambda f: not sent(contract, f))), "")
        if cleared:
            yield Mutant(
                f"{name}-clears",
                f"{name} clears {cleared}",
                about,
                layer=layers.around(contract, SHOWN, showing(api, answered)),
            )
    if moves is None or moves.field != action.field:
        return
    if action.refused and _promised(contract, name, "final", "action-refused"):
        yield Mutant(
            f"{name}-always", f"{name} is allowed in every state", about, edit=_refused(operation, frozenset())
        )
    free = [state for state in moves.statuses if state not in action.refused and state != action.value]
    if not _promised(contract, name, "which-states", "action-which-states"):
        free = []
    yield from sampled(
        (
            Mutant(
                f"{name}-refused-{slug(state)}",
                f"{name} is refused for what is {state}",
                about,
                edit=_refused(operation, action.refused | {state}),
            )
            for state in free
        ),
        1,
    )
    others = [state for state in moves.statuses if state not in (action.value, moves.initial)]
    yield from sampled(
        (
            Mutant(
                f"{name}-sets-{slug(state)}",
                f"{name} sets {action.field} to {state}",
                about,
                edit=editing.action(operation.id, value=state),
            )
            for state in others
        ),
        1,
    )


def _promised(contract: Contract, name: str, own: str, of_all: str) -> bool:
    """Whether the contract says in which states the action is refused, or taken: else either is right."""
    return contract.promised(f"{name}-{own}", of_all) in contract.behaviours


def _refused(operation: Operation, states: frozenset[object]) -> editing.Edit:
    return editing.action(operation.id, refused=states)
