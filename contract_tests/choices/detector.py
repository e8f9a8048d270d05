"""What tells which option of a point a target does: one observation, one option.

Owns: Detector, Seen, and the words for what fits no option.
Source: spec/points/. A detector says nothing where it can't tell (Skip, Inconclusive); it never guesses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.target.answer import Answer

REFUSALS = (400, 422)


@dataclass(frozen=True, slots=True)
class Seen:
    """option: which the target does; None where it does none. said: what it did, in a few words.

    value: of an option that needs one. note: what stays open of it. closed: of reference-again, the states in which a
    record is not open; None where it has none.
    """

    option: str | None
    said: str = ""
    value: str | None = None
    note: str = ""
    closed: frozenset[str] | None = None


Look = Callable[[Context], Seen]


@dataclass(frozen=True, slots=True)
class Detector:
    """Tells one point by looking at a target.

    writes, needs_other, quiet: as of a Rule.
    """

    point: str
    look: Look
    writes: bool = True
    needs_other: bool = False
    quiet: bool = False


def is_refusal(answer: Answer) -> bool:
    """Whether the target calls what was sent wrong."""
    return answer.status in REFUSALS or answer.status in answer.refusals


def status(answer: Answer) -> str:
    return f"answered {answer.status}"


def preferred(context: Context, point: str, fits: Sequence[str]) -> str | None:
    """Of options that come to the same on what can be seen, the one that the contract has; else the first."""
    has = context.contract.chosen(point)
    return has if has in fits else next(iter(fits), None)


def agreed(found: dict[str, Seen]) -> Seen:
    """What several looks at the same point say together, by what each looked at.

    Raises:
        Inconclusive: there were none.
    """
    if not found:
        raise Inconclusive("nothing to look at")
    options = {seen.option for seen in found.values()}
    if len(options) == 1 and None not in options:
        return next(iter(found.values()))
    return Seen(None, "; ".join(f"{what}: {seen.option or seen.said}" for what, seen in found.items()))
