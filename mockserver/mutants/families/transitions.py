"""States that follow where they must not, or do not follow where they may.

Owns: each allowed step refused, a forbidden one for each state allowed, another initial state.
Source: x-transitions; x-behaviours create-initial-state, transitions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cancelkit.mockserver.mutants import editing
from cancelkit.mockserver.mutants.maker import UPDATES, Maker
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.mockserver.mutants.naming import sampled, slug
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


def _step(maker: Maker, moves: Transitions, old: str, new: str, *, allowed: bool) -> Mutant:
    """A step between states that is allowed, or is not, against what the contract says."""
    follows = _follows(moves, old) | {new} if allowed else _follows(moves, old) - {new}
    return maker.edit(
        f"transition-{slug(old)}-{slug(new)}-{'allowed' if allowed else 'refused'}",
        f"{old} may become {new}" if allowed else f"{old} can't become {new}",
        editing.transitions(lambda right: replace(right, allowed={**right.allowed, old: follows})),
    )
