"""Which sequences of calls are sent, so that each kind has its share.

Owns: the stage (records that lists are asked for), and the mix of kinds up to the wanted number of calls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random

from cancelkit.contract_tests.comparing import protocol, queries, tries
from cancelkit.contract_tests.comparing.bodies import Bodies
from cancelkit.contract_tests.comparing.calls import Call, Kind, Sequence
from cancelkit.contract_tests.comparing.walks import Walks, moves, walks
from cancelkit.spec import Contract, Role
from cancelkit.spec.values import NoValue

STAGE = 6
"""So many records stand while lists are asked for them."""


@dataclass(frozen=True)
class Plan:
    """The calls of one run. read_only: no write is sent. elsewhere: there is a second scope."""

    contract: Contract
    bodies: Bodies
    seed: int
    calls: int
    read_only: bool = False
    elsewhere: bool = False

    @property
    def writes(self) -> bool:
        return not self.read_only and self.contract.role(Role.CREATE) is not None

    def stage(self) -> Sequence:
        """The records that lists are asked for: created, brought to different states, and each looked at."""
        if not self.writes:
            return ()
        random, steps, looks = self._random("stage"), list[Call](), list[Call]()
        create, walks_ = self.contract.role(Role.CREATE), Walks(self.bodies)
        assert create is not None
        labels = self.labels
        for number, label in enumerate(labels):
            try:
                body = self.bodies.some(create, random, whole=bool(number % 2))
            except NoValue:
                return ()
            steps.append(Call(create, Kind.VALID, "a valid body", body=body, makes=label))
        for label, operation in zip(labels[1:], self.contract.actions, strict=False):
            steps.append(Call(operation, Kind.VALID, "an action", operation.id, record=label))
        for view in walks_.views:
            looks += [Call(view, Kind.VALID, "a record", record=label) for label in labels]
        return (*steps, *looks)

    @property
    def labels(self) -> tuple[str, ...]:
        """Of the records of the stage; without writes they are rows that each side has."""
        return tuple(f"S{number}" for number in range(1, STAGE + 1))

    def sequences(self) -> Iterator[Sequence]:
        """Sequences in turns of their kinds, until there are enough calls."""
        waiting = [(weight, iter(source)) for weight, source in self._sources()]
        left = self.calls - len(self.stage())
        while waiting and left > 0:
            for source in list(waiting):
                weight, found = source
                some = list(islice(found, weight))
                if len(some) < weight:
                    waiting.remove(source)
                for sequence in some:
                    if left > 0:
                        yield sequence
                        left -= len(sequence)

    def _sources(self) -> Iterator[tuple[int, Iterator[Sequence]]]:
        """How many sequences of a kind come in a turn, and where they come from."""
        for weight, make in ((4, queries.filters), (4, queries.odd), (2, queries.pages)):
            yield weight, self._asked(make, self.labels)
        yield 4, self._shuffled("protocol", self._protocol())
        if self.writes:
            yield 1, Walks(self.bodies).again(self._random("references"))
            yield 1, walks(self.bodies, self._random("walks"))
            yield 2, self._shuffled("moves", moves(self.bodies, self._random("moves, values")))
            for weight, kind in ((2, Kind.EDGE), (7, Kind.ODD_BODY), (1, Kind.OPEN), (2, Kind.MEDIA)):
                yield weight, self._shuffled(kind, tries.sequences(self.bodies, kind, self._random(f"{kind}, values")))

    def _protocol(self) -> Iterator[Sequence]:
        return protocol.sequences(
            self.bodies, self._random("protocol, values"), writes=self.writes, elsewhere=self.elsewhere
        )

    def _random(self, name: str) -> Random:
        return Random(f"{self.seed}/{name}")

    def _asked(self, make: queries.Make, labels: tuple[str, ...]) -> Iterator[Sequence]:
        for turn in range(3):
            random = self._random(f"{make.__name__}/{turn}")
            yield from _spread([(call,) for call in make(self.contract, labels, random)], random)

    def _shuffled(self, name: str, found: Iterable[Sequence]) -> Iterator[Sequence]:
        return _spread(list(found), self._random(name))


def _spread(found: list[Sequence], random: Random) -> Iterator[Sequence]:
    """In random order, but one of each thing that is tried first: what comes late may find no room."""
    random.shuffle(found)
    times: Counter[tuple[str, ...]] = Counter()
    ranked = []
    for number, sequence in enumerate(found):
        tried = next((call for call in sequence if call.kind is not Kind.VALID and not call.makes), sequence[-1])
        edge = tried.kind is Kind.EDGE
        of_all: tuple[str, ...] = (tried.point or tried.about, tried.operation.id if edge else tried.kind)
        here = (tried.operation.id, tried.topic or tried.about, tried.about)
        plain = edge and not tried.point and not tried.about.endswith(": null")
        rank = (1, 1) if plain else (min(times[of_all], 1), times[here])
        times[of_all] += 1
        times[here] += 1
        ranked.append((rank, number, sequence))
    yield from (sequence for _, _, sequence in sorted(ranked, key=lambda one: one[:2]))
