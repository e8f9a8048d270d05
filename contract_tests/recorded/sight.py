"""What one or a few recorded calls prove of a point, and what all of them prove together.

Owns: Sight, and the verdict of many: an option, or why none is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cancelkit.contract_tests.learning.observing import Lesson
from cancelkit.contract_tests.recorded.tape import Heard
from cancelkit.spec import Choice

UNSEEN = "no recorded call shows it"


@dataclass(frozen=True, slots=True)
class Sight:
    """One proof.

    option: None where the calls show that there is doubt, which `said` puts into words. value: of an option that needs
    one. calls: what it rests on. Nothing of a query or a body stands in `said`: those may be people's data.
    """

    point: str
    option: str | None
    calls: tuple[Heard, ...]
    said: str = ""
    value: str | None = None


def lesson(choice: Choice, found: Sequence[Sight]) -> Lesson:
    """What the sights of one point prove together: an option only where nothing speaks against it.

    What the contract does not say is believed when it is seen twice, as at a server that is asked.
    """
    doubts = [sight.said for sight in found if sight.option is None]
    options = Counter((sight.option, sight.value) for sight in found if sight.option is not None)
    if doubts or not options:
        return Lesson(choice, None, doubts[0] if doubts else UNSEEN)
    if len(options) > 1:
        said = ", ".join(f"{f'{option} {value}' if value else option} ({n})" for (option, value), n in options.items())
        return Lesson(choice, None, f"recorded calls contradict each other: {said}")
    ((option, value), times), *_ = options.items()
    if times < 2 and not choice.met(option, value):
        return Lesson(choice, None, f"{option} is not what the contract has, and was seen once only")
    exchanges = {call.number for sight in found for call in sight.calls}
    return Lesson(choice, option, "", len(exchanges), value)
