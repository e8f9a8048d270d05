"""Running the detectors on a target.

Owns: Lesson, Learned, and `learn`: everything is looked at once, and again by what was learned.
Knows nothing of: overlays and files (writing.py), the command line.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

import httpx

from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.engine.runner import Progress, Runner
from cancelkit.contract_tests.engine.session import open_session
from cancelkit.contract_tests.engine.verdict import Outcome
from cancelkit.contract_tests.learning.rounds import Looks
from cancelkit.contract_tests.learning.topic import KNOWN, Statement, Topic
from cancelkit.spec import Choice, Contract, Level


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learned of one point.

    option: which the target does; None where that could not be told. why: it could not, or what stays open of it.
    exchanges: how many requests it took. value, closed: as of Seen.
    """

    choice: Choice
    option: str | None
    why: str = ""
    exchanges: int = 0
    value: str | None = None
    closed: frozenset[str] | None = None

    @property
    def point(self) -> str:
        return self.choice.point.id

    @property
    def confirms(self) -> bool:
        """Whether the target does what the contract says."""
        return self.choice.met(self.option, self.value, self.closed)

    @property
    def contradicts(self) -> bool:
        """Whether the target does not do what is documented."""
        known = self.choice.binding and self.choice.fact.level in KNOWN
        return known and self.option is not None and not self.confirms

    @property
    def known(self) -> str | None:
        """What the contract says; None where it says nothing."""
        return self.choice.chosen if self.choice.stated else None

    @property
    def level(self) -> Level | None:
        return self.choice.fact.level if self.choice.binding else None

    @property
    def says(self) -> str:
        """What the contract says, for people."""
        return f"{self.known} ({self.level or 'open'})" if self.known else "nothing"

    @property
    def wanted(self) -> str:
        return self.choice.requires


@dataclass(frozen=True, slots=True)
class Learned:
    """lessons: in the order of the detectors. host: of the target. leftovers: what could not be removed.

    topics: what was learned beyond the points.
    """

    lessons: tuple[Lesson, ...]
    host: str
    day: date
    requests: int
    seconds: float
    leftovers: tuple[str, ...] = ()
    interrupted: bool = False
    topics: tuple[Topic, ...] = ()

    @property
    def statements(self) -> tuple[Lesson | Statement, ...]:
        """Everything that was looked at, points first."""
        return (*self.lessons, *(one for topic in self.topics for one in topic.statements))


def learn(
    settings: Settings,
    contract: Contract,
    progress: Progress = lambda finding, rule_id: None,
    *,
    transport: httpx.BaseTransport | None = None,
    points: Collection[str] | None = None,
    contradictions: bool = False,
) -> Learned:
    """Look at every point of the contract; whatever happens, remove what was created.

    Args:
        points: those to look at; None for all of them.
        contradictions: what contradicts documented facts counts as learned, for what is looked at after it.
        transport: in place of the network, for tests.
    Raises:
        CouldNotRun: the target can't be used.
    """
    begun, interrupted = time.monotonic(), False
    looks = Looks(contract, None if points is None else frozenset(points), contradictions=contradictions)
    rules = looks.points()
    with open_session(settings, contract, looks.watch, transport) as session:
        session.keep_rows()
        runner = Runner(session, progress)
        try:
            runner.run(looks.rules())
            while more := looks.again(runner.findings):
                session.contract, known = more
                runner.run(known)
        except KeyboardInterrupt:
            interrupted = True
            session.target.stop.set()
    lessons = []
    for point, rule in rules.items():
        choice, finding = contract.choices[point], runner.findings.get(rule.id)
        if finding is None or finding.outcome is not Outcome.PASSED:
            lessons.append(Lesson(choice, None, finding.why if finding else "it was interrupted"))
            continue
        seen, exchanges = looks.found[point]
        why = seen.note if seen.option else f"it does none of the known options: {seen.said}"
        lessons.append(Lesson(choice, seen.option, why, exchanges, seen.value, seen.closed))
    return Learned(
        tuple(lessons),
        urlsplit(settings.url).netloc,
        date.today(),
        session.target.traffic.requests,
        time.monotonic() - begun,
        session.leftovers,
        interrupted,
        tuple(looks.topics(runner.findings)),
    )
