"""What came of comparing two servers, as plain data.

Owns: Comparison: shares by operation and by kind, what could not be compared and why, the differences by cause.
Knows nothing of: how it is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cancelkit.contract_tests.comparing.groups import Group
from cancelkit.contract_tests.comparing.playing import Step, Verdict
from cancelkit.contract_tests.errors import CONFORMS, COULD_NOT_RUN, VIOLATIONS
from cancelkit.contract_tests.learning import bounds
from cancelkit.spec import Choice, Level
from cancelkit.spec.wording import ERROR, Wording


@dataclass(frozen=True, slots=True)
class Share:
    """How many calls were answered alike, differently, or could not be compared."""

    alike: int = 0
    different: int = 0
    apart: int = 0

    @property
    def compared(self) -> int:
        return self.alike + self.different

    @property
    def percent(self) -> float:
        """Of the compared calls, in percent; 100 where there are none."""
        return 100 * self.alike / self.compared if self.compared else 100.0

    @property
    def shown(self) -> str:
        """The percentage, cut and never rounded up: 100 % means all of them."""
        return f"{int(self.percent * 100) / 100:.2f}".rstrip("0").rstrip(".") + " %"


def share(steps: Iterable[Step]) -> Share:
    counted = Counter(step.verdict for step in steps)
    return Share(counted[Verdict.ALIKE], counted[Verdict.DIFFERENT], counted[Verdict.NOT])


@dataclass(frozen=True, slots=True)
class Comparison:
    """left, right: the servers, as reports call them. mocked: whether the right one is a mock of the contract.

    operations, kinds: the shares by operationId and by kind of call. apart: how many calls could not be compared, by
    reason. beyond: the fields that the contract does not have and one side shows, by side. reworded: refusals that
    both sides make in other words or codes, of which the contract says nothing. maxima: the fields whose maximum the
    contract leaves open, by point. repeat: the command that does it again. ended: why it ended early.
    """

    left: str
    right: str
    mocked: bool
    contract: str
    seed: int
    total: Share
    operations: Mapping[str, Share]
    kinds: Mapping[str, Share]
    apart: Mapping[str, int]
    groups: Sequence[Group]
    choices: Mapping[str, Choice] = field(repr=False)
    wordings: Mapping[str, Wording] = field(repr=False)
    maxima: Mapping[str, bounds.Bounded] = field(repr=False)
    beyond: tuple[frozenset[str], frozenset[str]]
    reworded: int
    requests: tuple[int, int]
    seconds: float
    leftovers: tuple[str, ...]
    id_field: str
    repeat: str
    fail_under: float | None = None
    ended: str = ""

    @property
    def exit_code(self) -> int:
        if self.ended or not self.total.compared:
            return COULD_NOT_RUN
        wanted = self.fail_under
        return VIOLATIONS if wanted is not None and self.total.percent < wanted else CONFORMS

    @property
    def sentence(self) -> str:
        total = self.total
        causes = f", {len(self.groups)} cause{'s' * (len(self.groups) != 1)}" if self.groups else ""
        return f"{total.shown} of {total.compared} calls are answered alike{causes}"

    @property
    def effort(self) -> str:
        ours, theirs = self.requests
        return f"{ours} + {theirs} requests, {self.seconds:.1f} s, seed {self.seed}"

    @property
    def learnable(self) -> list[str]:
        """The points, kinds of errors and maxima that `cancelkit learn` would tell."""
        return [group.point for group in self.groups if self.explains(group)]

    def explains(self, group: Group) -> bool:
        """Whether learning what the target does would make the mock do the same."""
        told = self._told(group.point)
        return self.mocked and told is not None and not told.learned

    def advice(self, group: Group) -> str:
        """What a group says of choices and errors; empty where it is about none."""
        told = self._told(group.point)
        if told is None:
            return ""
        about = f"{told.about} ({group.point}): right servers differ there"
        if not self.mocked:
            return f"{about}, and these two do."
        if self.explains(group):
            return f"{about}, and the mock does what the contract says: {told.says}. Run `cancelkit learn`."
        return f"{about}; the contract has learned {told.says}, and the target does something else here."

    def _told(self, point: str) -> _Told | None:
        """What the contract says of a point."""
        if choice := self.choices.get(point):
            return _Told(choice.point.about, choice.chosen, choice.binding and choice.fact.level is Level.OBSERVED)
        wording = self.wordings.get(point.removeprefix(ERROR)) if point.startswith(ERROR) else None
        if wording is not None:
            return _Told(f"What is said of {wording.kind.about}", wording.said, wording.fact.level is Level.OBSERVED)
        if one := self.maxima.get(point):
            return _Told(bounds.NAME, str(one.maximum), one.learned)
        return None


@dataclass(frozen=True, slots=True)
class _Told:
    about: str
    says: str
    learned: bool


def by(steps: Iterable[Step], name: Callable[[Step], str]) -> dict[str, Share]:
    """The shares of the steps by what `name` says of each."""
    found: dict[str, list[Step]] = {}
    for step in steps:
        found.setdefault(name(step), []).append(step)
    return {key: share(some) for key, some in found.items()}
