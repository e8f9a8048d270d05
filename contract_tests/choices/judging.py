"""The rules that hold a target to what the contract chooses.

Owns: choices/<point>, for what no behaviour's rules judge already.
Source: x-choices.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from cancelkit.contract_tests.choices import detectors
from cancelkit.contract_tests.choices.detector import Seen
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.spec import Choice, Contract

AREA = "choices"


def judge(choice: Choice, seen: Seen) -> Iterator[str]:
    """The target must do what is chosen."""
    if not choice.met(seen.option, seen.value, seen.closed):
        said = f" ({seen.said})" if seen.said else ""
        yield f"seen: {seen.option or 'none of the known options'}{said}; wanted: {choice.requires}"


def judged(contract: Contract, choice: Choice) -> bool:
    """Whether a rule of its own holds a target to the choice."""
    if not choice.binding:
        return False
    keeps = [name for name, option in choice.point.keeps.items() if option == choice.chosen]
    return not any(contract.behaviour(name) for name in keeps)


def rules(contract: Contract) -> Iterator[Rule]:
    for detector in detectors(contract):
        choice = contract.choices[detector.point]
        if not judged(contract, choice):
            continue
        others = tuple(Seen(option) for option in choice.point.options if option != choice.chosen)
        yield Rule(
            id=f"{AREA}/{detector.point}",
            area=AREA,
            requires=choice.requires,
            source=f"x-choices: {detector.point}",
            level=choice.fact.level,
            observe=detector.look,
            judge=partial(judge, choice),
            accepts=(Seen(choice.chosen, value=choice.value, closed=choice.closed),),
            rejects=(*others, Seen(None, "answered 500")),
            writes=detector.writes,
            needs_other=detector.needs_other,
            quiet=detector.quiet,
        )
