"""What a rule is: one testable sentence of the contract, how to observe it, and how to judge what was observed.

Owns: Rule, and the areas that rules stand in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cancelkit.spec import Contract, Level

if TYPE_CHECKING:
    from cancelkit.contract_tests.context.context import Context

Evidence = Any

ACTIONS = "actions"
"""Stands in AREAS where each action of the contract has an area of its own, called as the action is."""

AREAS = (
    "schema",
    "status",
    "security",
    "create",
    "retrieve",
    "patch",
    "put",
    ACTIONS,
    "transitions",
    "delete",
    "history",
    "isolation",
    "paging",
    "filters",
    "detailed",
    "choices",
    "robustness",
    "concurrency",
    "machine",
)


def areas(contract: Contract) -> tuple[str, ...]:
    """The areas of a contract's rules, in the order in which reports show them."""
    names = tuple(dict.fromkeys(o.action.name for o in contract.actions if o.action and o.action.name not in AREAS))
    at = AREAS.index(ACTIONS)
    return (*AREAS[:at], *names, *AREAS[at + 1 :])


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence that a server must keep.

    id: area and name, such as "filters/customer-last-name/sound"; never changes once published.
    observe: talks to the target through a Context and returns plain data. May raise Inconclusive or Skip.
    judge: pure; yields one text for each thing that is wrong with the evidence, nothing where all is well.
    accepts, rejects: evidence that `judge` must pass, and must complain about (at least one).
    writes: False where only GET, HEAD and OPTIONS are sent: the rule then runs under --read-only.
    needs_other: the rule needs a second scope.
    cost: 1 runs in every profile, 2 in standard and deep, 3 in deep only.
    once: a complaint stands without a second observation, since the fact can't be repeated.
    quiet: no other rule of this run may write meanwhile (lists and counts are judged while writing).
    long: it sends many requests in a row, so it is started before the others.
    """

    id: str
    area: str
    requires: str
    source: str
    level: Level
    observe: Callable[[Context], Evidence]
    judge: Callable[[Evidence], Iterable[str]]
    accepts: tuple[Evidence, ...]
    rejects: tuple[Evidence, ...]
    writes: bool = True
    needs_other: bool = False
    cost: int = 1
    once: bool = False
    quiet: bool = False
    long: bool = False
