"""The outcome as every report tells it: texts that steer nothing, commands that can be pasted.

Owns: Told and `told`: the steps of a group with both commands and both answers.
Knows nothing of: formats.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cancelkit.contract_tests.comparing.comparison import Comparison
from cancelkit.contract_tests.comparing.groups import Group
from cancelkit.contract_tests.reports.presenting import steps
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec.showing import visible


@dataclass(frozen=True, slots=True)
class Told:
    """One step: what it tries, and for each side the command and the answer."""

    about: str
    commands: tuple[str, str]
    answers: tuple[Answer, Answer]


def told(group: Group, id_field: str) -> Iterator[Told]:
    """The steps of a group that both sides answered."""
    answered = [(step, step.left, step.right) for step in group.steps if step.left and step.right]
    ours = steps([left for _, left, _ in answered], id_field)
    theirs = steps([right for _, _, right in answered], id_field)
    for (step, _, _), (command, left), (other, right) in zip(answered, ours, theirs, strict=True):
        yield Told(visible(step.call.about), (command, other), (left, right))


def title(group: Group) -> str:
    """The group's name, by the operations that it is about."""
    names = list(group.operations)
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}: {visible(group.difference.where)}"


def sentence(group: Group, comparison: Comparison) -> str:
    """What stands on each side, and after what."""
    one = group.difference
    ours, theirs = comparison.left.partition(" ")[0], comparison.right.partition(" ")[0]
    tried = list(group.about)
    more = f" and {len(tried) - 3} more" if len(tried) > 3 else ""
    where = f"{ours}: {one.left}, {theirs}: {one.right}"
    number = f"{group.calls} call{'s' * (group.calls != 1)}"
    return visible(f"{where} ({number}: {', '.join(tried[:3])}{more})")


def notes(comparison: Comparison) -> list[str]:
    """What is no difference, and worth knowing."""
    found = []
    for name, fields in zip((comparison.left, comparison.right), comparison.beyond, strict=True):
        if fields and comparison.mocked:
            listed = ", ".join(sorted(fields))
            found.append(f"{name.partition(' ')[0]} shows fields that the contract does not have: {listed}")
    if comparison.reworded:
        unlearned = comparison.mocked and not comparison.wordings
        learn = ": `cancelkit learn` tells the mock most of them" if unlearned else ""
        found.append(f"{comparison.reworded} refusals have words or codes of which the contract says nothing{learn}")
    found += [f"left behind: {text}" for text in comparison.leftovers]
    return [visible(text) for text in found]
