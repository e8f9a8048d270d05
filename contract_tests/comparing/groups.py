"""Differences by cause, each with the shortest sequence that shows it.

Owns: Group, what differences have in common, and shortening a sequence while it shows the same.
Knows nothing of: reports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from cancelkit.contract_tests.comparing.calls import Call, Kind, Shown
from cancelkit.contract_tests.comparing.days import Days
from cancelkit.contract_tests.comparing.differences import Difference, point
from cancelkit.contract_tests.comparing.playing import Step
from cancelkit.spec import Contract

Cause = tuple[str, ...]
Play = Callable[[tuple[Call, ...]], list[Step]]
MOST_SHORTENED = 20
ATTEMPTS = 10
POINT = "point"
FRACTIONS = {
    "malformed-filter": "fraction-filter",
    "limit-malformed": "paging-fraction",
    "page-malformed": "paging-fraction",
}
"""What fractions are of, where they are malformed, and where they are not."""


@dataclass(slots=True)
class Group:
    """The differences of one cause. point: the choice that they are about. steps: the shortest sequence to it."""

    cause: Cause
    point: str
    difference: Difference
    steps: list[Step]
    operations: dict[str, int] = field(default_factory=dict)
    about: dict[str, int] = field(default_factory=dict)
    calls: int = 0

    @property
    def last(self) -> Step:
        """The step that differs."""
        return self.steps[-1]


def groups(played: Sequence[list[Step]], contract: Contract) -> list[Group]:
    """The differences by cause, those of the most calls first."""
    found: dict[Cause, Group] = {}
    days = Days((step.beside for steps in played for step in steps if step.beside), contract)
    for steps in played:
        earlier: dict[tuple[str, ...], Cause] = {}
        for number, step in enumerate(steps):
            counted: set[Cause] = set()
            for one in step.differences:
                again = (*one.place[1 + ("results" in one.place) :], one.left, one.right)
                cause = earlier.setdefault(again, _cause(step, one, days))
                prefix = [s for s in steps[:number] if s.left is not None and _bears(s, step)] + [step]
                group = found.get(cause)
                if group is None:
                    told = cause[1] if cause[0] == POINT else ""
                    group = found[cause] = Group(cause, told, one, prefix)
                elif len(prefix) < len(group.steps) or (
                    len(prefix) == len(group.steps) and _rank(step) < _rank(group.last)
                ):
                    group.steps, group.difference = prefix, one
                if cause not in counted:
                    counted.add(cause)
                    group.calls += 1
                    for counts, name in ((group.operations, step.call.operation.id), (group.about, step.call.about)):
                        counts[name] = counts.get(name, 0) + 1
    _of_order(found)
    _of_malformed(found)
    return sorted(found.values(), key=lambda group: (-group.calls, group.cause))


def _of_order(found: dict[Cause, Group]) -> None:
    """Pages that hold other records because the list has another order are of its cause."""
    ordered = found.get((POINT, "list-order"))
    for cause, group in list(found.items()):
        if ordered is None or cause[0] != "records" or group.last.call.kind is not Kind.PAGING:
            continue
        if cause[1] in ordered.operations:
            ordered.calls += group.calls
            ordered.operations[cause[1]] += group.calls
            del found[cause]


def _of_malformed(found: dict[Cause, Group]) -> None:
    """Where malformed values are of another cause, so are fractions that one side takes for malformed."""
    for what, of_fractions in FRACTIONS.items():
        malformed, fractions = found.get((POINT, what)), found.get((POINT, of_fractions))
        if malformed is None or fractions is None:
            continue
        if fractions.difference.place not in (("status",), malformed.difference.place):
            continue
        malformed.calls += fractions.calls
        for name, calls in fractions.operations.items():
            malformed.operations[name] = malformed.operations.get(name, 0) + calls
        del found[POINT, of_fractions]


def _rank(step: Step) -> tuple[bool, int]:
    """What shows a cause better comes first: what a server is not free to do, and little of it."""
    return step.call.kind is Kind.OPEN, len(step.call.among) + len(step.call.query)


def _bears(earlier: Step, step: Step) -> bool:
    """Whether an earlier step can matter: it changes or makes a record that the later one is about."""
    labels = {earlier.call.record, earlier.call.makes} & step.call.records
    return bool(labels) and earlier.call.writes


def _cause(step: Step, one: Difference, days: Days) -> Cause:
    call, accepted = step.call, step.left is not None and step.left.ok
    about_days = days.point(step.beside, one) if step.beside else ""
    if told := one.point or about_days or point(call, one, step.page, accepted=accepted):
        return POINT, told
    if one.place == ("status",):
        return "status", call.topic or call.about, _status(one.left), _status(one.right)
    if one.place[-1] in ("records", "count"):
        return "records", call.operation.id, call.topic or call.about
    return (*one.place, call.topic if not accepted else "")


def _status(text: str) -> str:
    return "accepted" if text.startswith("2") else text


def shortened(group: Group, stage: Sequence[Call], play: Play) -> Group:
    """The group with a sequence from which nothing can be left out; as it was where it does not show again."""

    def shows(sequence: tuple[Call, ...]) -> tuple[list[Step], Difference] | None:
        steps = play(sequence)
        for one in steps[-1].differences:
            if one.place == group.difference.place:
                return steps, one
        return None

    needed = group.last.call.records
    filtered = any(isinstance(value, Shown) for _, value in group.last.call.query)
    about = [call for call in stage if {call.makes, call.record} & needed]
    before = [call for call in about if call.writes or filtered]
    sequence = (*before, *(step.call for step in group.steps))
    found, attempts = shows(sequence) if before else (group.steps, group.difference), 0
    if found is None:
        return group
    for smaller in _smaller(sequence):
        if attempts >= ATTEMPTS:
            break
        shorter = smaller(sequence)
        if shorter is None or shorter == sequence:
            continue
        attempts += 1
        if again := shows(shorter):
            sequence, found = shorter, again
    return replace(group, steps=found[0], difference=found[1])


Smaller = Callable[[tuple[Call, ...]], tuple[Call, ...] | None]


def _smaller(sequence: tuple[Call, ...]) -> Iterable[Smaller]:
    """Ways to a shorter sequence, the greatest first: fewer records in the list, then steps one by one."""
    last = sequence[-1]
    for label in last.among:
        yield partial(_without_record, label)
    for call in sequence[:-1][::-1]:
        yield partial(_without_call, call)


def _without_call(call: Call, now: tuple[Call, ...]) -> tuple[Call, ...] | None:
    return tuple(one for one in now if one is not call) if not call.makes and len(now) > 1 else None


def _without_record(label: str, now: tuple[Call, ...]) -> tuple[Call, ...] | None:
    last = now[-1]
    if len(last.among) < 2:
        return None
    left = replace(last, among=tuple(one for one in last.among if one != label))
    if label in left.records:
        return (*now[:-1], left)
    return (*(call for call in now[:-1] if label not in (call.makes, call.record)), left)
