"""What was learned of states, as statements and as actions of an overlay.

Owns: the topics of x-transitions and of each x-action, and the levels of the behaviours about them.
Source: docs/spec-extensions.md, "What may follow what" and "What an action does".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.states import movers
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.verdict import Finding
from cancelkit.contract_tests.learning.looking import failed, looking
from cancelkit.contract_tests.learning.topic import (
    WHY,
    Node,
    Statement,
    Topic,
    earlier_value,
    places,
    replaced,
    target,
)
from cancelkit.contract_tests.learning.walked import NO_WAY, Table, acting, walk
from cancelkit.contract_tests.observing.names import short
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Level, Operation, Role, Transitions

NAME = "What may follow what"
INITIAL = "create-initial-state"
BEGINS = ("create/initial-state",)


class States:
    """The look at the states of a contract's records."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.table: Table | None = None

    def rules(self) -> Iterator[Rule]:
        if self.contract.resource.transitions and self.contract.role(Role.CREATE):
            yield looking("states", self._look)

    def watch(self, answer: Answer) -> None:
        """Nothing: it asks for itself."""

    def _look(self, context: Context) -> None:
        self.table = walk(self.contract.transitions, context)

    def topics(self, findings: Mapping[str, Finding]) -> Iterator[Topic]:
        """What is to be said of them."""
        if not list(self.rules()):
            return
        why, moves = failed(findings, "states"), self.contract.transitions
        table = self.table if self.table and not why else Table(untold=dict.fromkeys(moves.statuses, why))
        yield _Moves(self.contract, moves, table, why).topic()
        for operation in acting(self.contract):
            yield _Acts(self.contract, moves, table, why, operation).topic()


def final(moves: Transitions, table: Table) -> frozenset[str]:
    """The states that nothing follows: as the contract says, but for those that were seen to be otherwise."""
    leaves = {old for id, states in table.accepted.items() for old in states if table.sets[id] != {old}}
    found = set(moves.final) - leaves
    for old, to in table.allowed.items():
        if to:
            found.discard(old)
        elif moves.allowed.get(old, frozenset()) - {old} and old not in leaves:
            found.add(old)
    return frozenset(found)


def raised(contract: Contract, seen: Node, id: str, sentence: str, *, reworded: bool = False) -> Node:
    """What says that a behaviour was observed. sentence: where the contract does not promise it, or otherwise."""
    there = contract.behaviour(id) is not None and not reworded
    return {id: {**({} if there else {"requires": sentence}), "level": "observed", "why": WHY, "seen": seen}}


def worth(contract: Contract, id: str) -> bool:
    """Whether the contract is not sure of a behaviour."""
    found = contract.behaviour(id)
    return found is None or found.fact.level is Level.ASSUMED


def listed(moves: Transitions, states: Collection[str]) -> str:
    return ", ".join(state for state in moves.statuses if state in states) or "nothing"


@dataclass(frozen=True, slots=True)
class _Moves:
    contract: Contract
    moves: Transitions
    table: Table
    why: str

    def topic(self) -> Topic:
        moves, level = self.moves, self.moves.fact.level
        untold = self.why or "the create body must say it"
        begins = self.contract.level("create-initial-state", level)
        said = [Statement("initial-state", self.table.initial, moves.initial, begins, untold, BEGINS)]
        for old in moves.statuses if movers(self.contract) else ():
            to = self.table.allowed.get(old)
            seen = None if to is None else listed(moves, to)
            why = self.table.untold.get(old, "")
            known = listed(moves, moves.allowed.get(old, frozenset()) - {old})
            said.append(Statement(f"after-{old}", seen, known, moves.level(old), why, (f"transitions/*/from-{old}",)))
        return Topic(NAME, tuple(said), partial(self.build, said), self.table.exchanges)

    def build(self, said: Sequence[Statement], seen: Node, accept: bool, before: Sequence[Node]) -> list[Node]:
        told = [one for one in said if one.option is not None and (accept or not one.contradicts)]
        rows = [one for one in told if one is not said[0]]
        fact = self.moves.fact
        node, unseen = self._node(told, earlier_value(before, "x-transitions") or {})
        how: dict[str, Any] = {"level": fact.level.value, **({"why": fact.why} if fact.why else {})}
        surer = bool(rows) and (fact.level is Level.ASSUMED or not all(one.confirms for one in rows))
        if surer:
            how = {"level": Level.OBSERVED.value, "why": WHY, "seen": seen, **({"unseen": unseen} if unseen else {})}
        made: list[Node] = []
        for place in self._places() if surer or node != self._as_read() else ():
            if node != self._as_read() or self.moves.unseen:
                made += replaced(place, "x-transitions", {**node, **how}, there=True)
            else:
                made.append({"target": target(place), "update": {"x-transitions": how}})
        return [*made, *self._behaviours(said, told, seen)]

    def _behaviours(self, said: Sequence[Statement], told: Sequence[Statement], seen: Node) -> Iterator[Node]:
        first, *rows = said
        contract, sure = self.contract, dict[str, Any]()
        reached = [one for one in rows if one.why != NO_WAY]
        if contract.behaviour("transitions") and worth(contract, "transitions") and reached:
            sure |= raised(contract, seen, "transitions", "") if all(one in told for one in reached) else {}
        if first in told and self.table.defaults and (worth(contract, INITIAL) or not first.confirms):
            sentence = f"A new record has the {self.moves.field} {self.table.initial}."
            sure |= raised(contract, seen, INITIAL, sentence)
        if sure:
            yield {"target": "$", "update": {"x-behaviours": sure}}

    def _places(self) -> list[tuple[str | int, ...]]:
        """Where it stands; a schema that is composed may repeat it."""
        found = places(self.contract.document, "x-transitions")
        return [place for place, node in found if self._read(node) == self._as_read()]

    def _read(self, node: Any) -> Any:
        try:
            return self._written(node["initial"], node["allowed"] or {}, node["final"] or [])
        except (KeyError, TypeError):
            return None

    def _as_read(self) -> dict[str, Any]:
        return self._written(self.moves.initial, self.moves.allowed, self.moves.final)

    def _node(self, told: Sequence[Statement], old: Node) -> tuple[dict[str, Any], list[str]]:
        """The table as seen, and the states that nobody saw: those are as they were learned before, else as the
        contract has them."""
        points = {one.point for one in told}
        known = {state: frozenset(to) for state, to in old.get("allowed", {}).items()} if old else self.moves.allowed
        allowed, unseen = dict[str, frozenset[str]](), list[str]()
        for state in self.moves.statuses:
            seen = f"after-{state}" in points
            allowed[state] = self.table.allowed[state] if seen else known.get(state, frozenset())
            unseen += [state] if not seen and (not old or state in old.get("unseen", ())) else []
        begins = str(self.table.initial) if "initial-state" in points else old.get("initial", self.moves.initial)
        ends = {state for state in final(self.moves, self.table) if not allowed[state]}
        return self._written(begins, allowed, ends), unseen

    def _written(self, begins: str, allowed: Mapping[str, Collection[str]], ends: Collection[str]) -> dict[str, Any]:
        order = [*self.moves.statuses]
        rows = {old: [new for new in order if new in allowed.get(old, ()) and new != old] for old in order}
        node: dict[str, Any] = {"initial": begins, "allowed": {old: new for old, new in rows.items() if new}}
        node["final"] = [state for state in order if state in ends]
        return node | ({"actions": dict(self.moves.actions)} if self.moves.actions else {})


@dataclass(frozen=True, slots=True)
class _Acts:
    contract: Contract
    moves: Transitions
    table: Table
    why: str
    operation: Operation

    @property
    def told(self) -> frozenset[str]:
        id = self.operation.id
        return frozenset(self.table.accepted.get(id, set()) | self.table.refused.get(id, set()))

    @property
    def value(self) -> str | None:
        """What it sets, where that is one state."""
        sets = self.table.sets.get(self.operation.id, set())
        return next(iter(sets)) if len(sets) == 1 else None

    def topic(self) -> Topic:
        action = self.operation.action
        name, said = short(self.operation), list[Statement]()
        refused = action.refused if action else frozenset()
        level = {
            False: self._level("which-states", "action-which-states"),
            True: self._level("final", "action-refused"),
        }
        for old in self.moves.statuses:
            was, seen = old in refused, None
            if old in self.told:
                seen = "accepted" if old in self.table.accepted.get(self.operation.id, ()) else "refused"
            why = self.table.untold.get(old, "") or self.why or "neither accepted nor refused"
            judging = (f"{name}/final-{old}", f"{name}/from-{old}", f"{name}/twice")
            said.append(Statement(f"{name}-in-{old}", seen, "refused" if was else "accepted", level[was], why, judging))
        value = str(action.value) if action else None
        effect = self._level("effect", "action-effect")
        said.append(
            Statement(f"{name}-sets", self.value, value, effect, self.why or "it sets none, or several", (f"{name}/*",))
        )
        return Topic(f"When {name} is accepted", tuple(said), partial(self.build, said), self.table.exchanges)

    def _level(self, kind: str, general: str) -> Level | None:
        id = self.contract.promised(f"{short(self.operation)}-{kind}", general)
        found = self.contract.behaviour(id)
        return found.fact.level if found else None

    def build(self, said: Sequence[Statement], seen: Node, accept: bool, before: Sequence[Node]) -> list[Node]:
        action = self.operation.action
        if action is None:
            return []
        told = {one.point: one for one in said if one.option is not None and (accept or not one.contradicts)}
        name = short(self.operation)
        old = earlier_value(before, "x-action")
        known = frozenset(old["refused"]) if old else action.refused
        refused = [
            state
            for state in self.moves.statuses
            if (one.option == "refused" if (one := told.get(f"{name}-in-{state}")) else state in known)
        ]
        value = self.value if f"{name}-sets" in told else old["value"] if old else action.value
        made: list[Node] = []
        differs = (frozenset(refused), value) != (action.refused, action.value)
        implied = self.operation_node().get("x-action", {}).get("refused") is None
        if differs or (implied and frozenset(refused) != final(self.moves, self.table)):
            node = {"field": action.field, "value": value, "refused": refused}
            there = "x-action" in self.operation_node()
            made += replaced(self.place(), "x-action", node, there)
        accepting = [one for one in said if one.known == "accepted" or one.option == "accepted"]
        reachable = [one for one in accepting if one.why != NO_WAY]
        id, own = "action-which-states", f"{name}-which-states"
        sentence = "An action is accepted in every state in which x-action does not refuse it."
        if self.contract.behaviour(own):
            states = listed(self.moves, refused)
            id, sentence = own, f"{name} is refused in the {action.field} {states}, and accepted in any other."
        if reachable and all(one.point in told for one in reachable) and (differs or worth(self.contract, id)):
            sure = raised(self.contract, seen, id, sentence, reworded=differs and id == own)
            made.append({"target": "$", "update": {"x-behaviours": sure}})
        return made

    def place(self) -> tuple[str, ...]:
        return ("paths", self.operation.path, self.operation.method.lower())

    def operation_node(self) -> Node:
        node: Any = self.contract.document
        for key in self.place():
            node = node.get(key, {}) if isinstance(node, Mapping) else {}
        return node if isinstance(node, Mapping) else {}
