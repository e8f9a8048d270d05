"""States that follow where they must not, or do not follow where they may.

Owns: each allowed step refused, a forbidden one for each state allowed, another initial state; fields that can't be
changed once a record came to a state by a way.
Source: x-transitions; x-behaviours create-initial-state, transitions, patch-partial.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from cancelkit.mockserver.mutants import editing
from cancelkit.mockserver.mutants.api import Api
from cancelkit.mockserver.mutants.exchange import Around, Exchange
from cancelkit.mockserver.mutants.maker import UPDATES, Maker
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.mockserver.mutants.naming import sampled, slug
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Role, Transitions


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of the state field, if there is one."""
    moves, maker = contract.resource.transitions, Maker(contract, "transitions")
    if moves is None:
        return
    if contract.role(Role.CREATE) and contract.behaviour("create-initial-state"):
        wrong = (state for state in moves.statuses if state != moves.initial)
        yield from sampled((_initial(Maker(contract, "create"), state) for state in wrong), 1)
    if moves.fact.open is not None or not _settable(contract, moves):
        return
    steps = [(old, new) for old in moves.statuses for new in sorted(_follows(moves, old))]
    yield from sampled((_step(maker, moves, old, new, allowed=False) for old, new in steps), 2)
    if contract.role(Role.RETRIEVE) and contract.behaviour("patch-partial"):
        yield from sampled(_frozen(maker, moves, [step for step in steps if moves.initial not in step]), 1)
    for old in moves.statuses:  # of the forbidden steps from each state the farthest one is the sample
        forbidden = [new for new in moves.statuses if new != old and new not in _follows(moves, old)]
        yield from sampled((_step(maker, moves, old, new, allowed=True) for new in forbidden), 1)


def _follows(moves: Transitions, old: str) -> frozenset[str]:
    return moves.allowed.get(old, frozenset())


def _settable(contract: Contract, moves: Transitions) -> bool:
    updates = [contract.role(role) for role in UPDATES]
    return any(one and one.body and moves.field in one.body.fields for one in updates)


def _initial(maker: Maker, state: str) -> Mutant:
    edit = editing.transitions(lambda right: replace(right, initial=state))
    return maker.edit(f"create-initial-{slug(state)}", f"a new record is {state}", edit)


def _frozen(maker: Maker, moves: Transitions, steps: list[tuple[str, str]]) -> Iterator[Mutant]:
    """A record that made this step keeps one of its fields, whatever is sent."""
    api, operation = Api(maker.contract), maker.contract.role(Role.PARTIAL_UPDATE)
    fields = operation.body.fields.values() if operation and operation.body else ()
    names = [f.name for f in fields if f.nullable and f.name in maker.contract.resource.fields and not f.reference]

    def freezing(old: str, new: str) -> Around:
        frozen: set[str] = set()

        async def one(exchange: Exchange) -> Reply:
            body, id = exchange.fields, api.id(exchange)
            if body is not None and id in frozen:
                exchange = exchange.with_fields({key: value for key, value in body.items() if key != names[-1]})
            before = await api.record(exchange) if body and body.get(moves.field) == new else None
            reply = await exchange.reply()
            if before is not None and before.get(moves.field) == old and reply.status < 300:
                frozen.add(id)
            return reply

        return one

    for old, new in steps if names else ():
        says = f"{names[-1]} can't be changed once a record came from {old} to {new}"
        yield maker.around(f"transition-{slug(old)}-{slug(new)}-freezes", says, UPDATES, partial(freezing, old, new))


def _step(maker: Maker, moves: Transitions, old: str, new: str, *, allowed: bool) -> Mutant:
    """A step between states that is allowed, or is not, against what the contract says."""
    follows = _follows(moves, old) | {new} if allowed else _follows(moves, old) - {new}
    return maker.edit(
        f"transition-{slug(old)}-{slug(new)}-{'allowed' if allowed else 'refused'}",
        f"{old} may become {new}" if allowed else f"{old} can't become {new}",
        editing.transitions(lambda right: replace(right, allowed={**right.allowed, old: follows})),
    )
