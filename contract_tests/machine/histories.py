"""What can happen to one record, one thing after the other: the table of histories, and a walk through it.

Owns: the kinds of writes about a record, which of them are possible in which state, `plan`, the table `history`.
Knows nothing of: answers.
Source: the operations by role, x-transitions, x-action.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from cancelkit.contract_tests.context.bodies import settable
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.cells import Cell, Table
from cancelkit.spec import Contract, Operation, Role

TABLE: Final = "history"
COLUMNS: Final = ("before that", "before", "then")
NONE: Final = "-"
NEW: Final = "new"
Trail = tuple[str, ...]


class Step(NamedTuple):
    """A kind of write, and the state in which it leaves the record (None where the contract has no states)."""

    kind: str
    state: str | None


def updating(contract: Contract) -> dict[str, Operation]:
    """PATCH and PUT by the names of their kinds, as far as the contract has them."""
    found = (("patch", contract.role(Role.PARTIAL_UPDATE)), ("put", contract.role(Role.UPDATE)))
    return {name: operation for name, operation in found if operation is not None}


def acting(contract: Contract) -> dict[str, Operation]:
    """The actions by the names of their kinds: those that a record's state allows or refuses."""
    return {o.action.name: o for o in contract.actions if o.action and o.action.field == contract.resource.state}


def moving(contract: Contract) -> dict[str, Operation]:
    """What may change a record's state, by the names of the kinds: updates, then actions."""
    return {**updating(contract), **acting(contract)}


def kinds(contract: Contract) -> tuple[str, ...]:
    """patch, put: of plain fields; clear: null; reference: another key; patch-state, put-state; each action;

    refused: a write that breaks the contract; again: a DELETE, and the record made anew.
    """
    found: list[str] = []
    for name, operation in updating(contract).items():
        found += [name, *([f"{name}-state"] if contract.resource.state in settable(operation) else [])]
    known = [field for operation in updating(contract).values() for field in settable(operation).values()]
    found += ["clear"] if any(f.nullable and not f.reference for f in known) else []
    found += ["reference"] if any(f.reference for f in known) else []
    found += acting(contract)
    found += ["refused"] if known or acting(contract) else []
    found += ["again"] if contract.role(Role.DESTROY) and contract.role(Role.CREATE) else []
    return tuple(found)


def follows(contract: Contract, kind: str, state: str | None) -> tuple[str | None, ...]:
    """The states in which a write of this kind may leave a record of this state; none where it is not possible."""
    moves, action = contract.resource.transitions, acting(contract).get(kind)
    if kind.endswith("-state"):
        new = moves.allowed.get(state or "", frozenset()) - {state} if moves else frozenset()
        return tuple(sorted(new, key=lambda one: (bool(moves and one in moves.final), one)))
    if kind == "refused" and not any(settable(operation) for operation in updating(contract).values()):
        refusing = [one.action for one in acting(contract).values() if one.action]
        return (state,) if any(state in one.refused for one in refusing) else ()
    if action is not None and action.action is not None:
        return () if state in action.action.refused else (action.action.value,)
    return (moves.initial if moves else None,) if kind == "again" else (state,)


def plan(contract: Contract, strength: int) -> list[Step]:
    """A walk in which every sequence of so many kinds that is possible stands, each as early as it can.

    A step of the kind NEW says that another record is taken, as it is when it is created.
    """
    every, moves = kinds(contract), contract.resource.transitions
    start: tuple[Trail, str | None] = ((), moves.initial if moves else None)
    left = set(_possible(contract, every, start, strength))
    walk: list[Step] = []
    here = start
    while left:
        way = _way(contract, every, here, strength, left)
        if not way:  # nothing more can happen to this record
            walk.append(Step(NEW, start[1]))
            here, way = start, _way(contract, every, start, strength, left)
        for step in way:
            here = _after(here, step, strength)
            walk.append(step)
        left.discard(here[0])
    return walk


def _after(here: tuple[Trail, str | None], step: Step, strength: int) -> tuple[Trail, str | None]:
    return (*here[0], step.kind)[-strength:], step.state


def _steps(contract: Contract, every: Trail, state: str | None) -> Iterator[Step]:
    for kind in every:
        yield from (Step(kind, new) for new in follows(contract, kind, state))


def _possible(contract: Contract, every: Trail, start: tuple[Trail, str | None], strength: int) -> Iterator[Trail]:
    seen, queue = {start}, deque([start])
    while queue:
        here = queue.popleft()
        if len(here[0]) == strength:
            yield here[0]
        for step in _steps(contract, every, here[1]):
            if (there := _after(here, step, strength)) not in seen:
                seen.add(there)
                queue.append(there)


def _way(
    contract: Contract, every: Trail, start: tuple[Trail, str | None], strength: int, left: set[Trail]
) -> list[Step]:
    """The fewest steps to a sequence that is left."""
    seen, queue = {start}, deque[tuple[tuple[Trail, str | None], list[Step]]]([(start, [])])
    while queue:
        here, way = queue.popleft()
        for step in _steps(contract, every, here[1]):
            there = _after(here, step, strength)
            if there[0] in left:
                return [*way, step]
            if there not in seen:
                seen.add(there)
                queue.append((there, [*way, step]))
    return []


def tables(contract: Contract) -> Iterator[Table]:
    def cells(scale: int) -> list[Cell]:
        trail = [step.kind for step in plan(contract, scale)]
        parts = [tuple(trail[end - scale : end]) for end in range(scale, len(trail) + 1)]
        return [_cell(part) for part in parts if NEW not in part]

    if kinds(contract):
        yield Table(
            TABLE, "one write about a record after others, and what every view of it shows then", COLUMNS, cells
        )


def _cell(trail: Trail) -> Cell:
    return (*(NONE,) * (len(COLUMNS) - len(trail)), *trail)


def kind_of(contract: Contract, operation: Operation, body: Mapping[str, Any] | None, refused: bool) -> str | None:
    """The kind of a write that was sent, by what it says first; None where it is none of the table's."""
    known, state = settable(operation), contract.resource.state
    if refused:
        return "refused"
    if body is None:
        return operation.action.name if operation.action and operation.action.name in acting(contract) else None
    name = next((name for name, one in updating(contract).items() if one is operation), None)
    if name is not None and state in body:
        return f"{name}-state"
    if name is not None and any(known[one].reference for one in body if one in known):
        return "reference" if name == "patch" else name
    return "clear" if name == "patch" and None in body.values() else name


def cover(context: Context, trail: Trail) -> None:
    """Note what was seen of a record that these kinds of writes happened to, the last one just now."""
    for size in range(1, min(len(trail), len(COLUMNS)) + 1):
        context.cover(TABLE, **dict(zip(COLUMNS, _cell(trail[-size:]), strict=True)))
