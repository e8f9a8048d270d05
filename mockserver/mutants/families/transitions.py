"""States that follow where they must not, or do not follow where they may.

Owns: each allowed step refused, a forbidden one for each state allowed, another initial state.
Source: x-transitions; x-behaviours create-initial-state, transitions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cancelkit.mockserver.mutants import editing
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.mockserver.mutants.naming import sampled, slug
from cancelkit.spec import Contract, Role, Transitions

AREA = "transitions"


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of the state field, if there is one."""
    moves = contract.resource.transitions
    if moves is None:
        return
    if contract.role(Role.CREATE) and contract.behaviour("create-initial-state"):
        wrong = [state for state in moves.statuses if state != moves.initial]
        made = (
            Mutant(
                f"create-initial-{slug(state)}",
                f"a new record is {state}",
                "create",
                edit=editing.transitions(lambda right, state=state: replace(right, initial=state)),  # type: ignore[misc]
            )
            for state in wrong
        )
        yield from sampled(made, 1)
    if moves.fact.open is not None or not _settable(contract, moves):
        return
    yield from sampled(_refused(moves), 2)
    yield from _allowed(moves)


def _settable(contract: Contract, moves: Transitions) -> bool:
    updates = (contract.role(Role.UPDATE), contract.role(Role.PARTIAL_UPDATE))
    return any(one and one.body and moves.field in one.body.fields for one in updates)


def step(old: str, follows: frozenset[str]) -> editing.Edit:
    """What may follow `old`."""
    return editing.transitions(lambda right: replace(right, allowed={**right.allowed, old: follows}))


def _refused(moves: Transitions) -> Iterator[Mutant]:
    for old in moves.statuses:
        follows = moves.allowed.get(old, frozenset())
        for new in sorted(follows):
            yield Mutant(
                f"transition-{slug(old)}-{slug(new)}-refused",
                f"{old} can't become {new}",
                AREA,
                edit=step(old, follows - {new}),
            )


def _allowed(moves: Transitions) -> Iterator[Mutant]:
    """For each state the forbidden steps; the farthest one is the sample."""
    for old in moves.statuses:
        follows = moves.allowed.get(old, frozenset())
        forbidden = [new for new in moves.statuses if new != old and new not in follows]
        made = (
            Mutant(
                f"transition-{slug(old)}-{slug(new)}-allowed",
                f"{old} may become {new}",
                AREA,
                edit=step(old, follows | {new}),
            )
            for new in forbidden
        )
        yield from sampled(made, 1)
