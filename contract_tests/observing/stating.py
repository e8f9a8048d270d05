"""How rules are stated: from a behaviour of the contract, or from a fact that stands at an operation or a field.

Owns: filling in a Rule's area, level, source and sentence; what a contract does not promise gives no rule.
Source: x-behaviours; docs/adding-a-rule.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.spec import Contract, Level

Observe = Callable[[Context], Any]
Judge = Callable[[Any], Iterable[str]]


class Proof(NamedTuple):
    """Evidence that a judge must accept, and evidence about each of which it must complain."""

    accepts: tuple[Any, ...]
    rejects: tuple[Any, ...]


def from_behaviour(
    contract: Contract,
    behaviour: str,
    id: str,
    observe: Observe,
    judge: Judge,
    proof: Proof,
    *,
    requires: str = "",
    source: str = "",
    **more: Any,
) -> Iterator[Rule]:
    """Yield the rule, or nothing where the contract does not promise the behaviour.

    requires: the behaviour's own sentence where it is empty. more: further attributes of Rule.
    """
    found = contract.behaviour(behaviour)
    if found is not None:
        source = source or f"x-behaviours: {behaviour}"
        yield from_fact(id, found.fact.level, source, requires or found.requires, observe, judge, proof, **more)


def from_fact(
    id: str, level: Level, source: str, requires: str, observe: Observe, judge: Judge, proof: Proof, **more: Any
) -> Rule:
    """The rule for a fact that the contract says in a schema, a parameter or a response; its area begins the id."""
    area = id.partition("/")[0]
    return Rule(id, area, requires, source, level, observe, judge, proof.accepts, proof.rejects, **more)
