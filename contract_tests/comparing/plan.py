"""Which sequences of calls are sent, so that each kind has its share.

Owns: the stage (records that lists are asked for), single tries, and the mix of kinds up to the wanted number of calls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from random import Random

from cancelkit.contract_tests.comparing import queries
from cancelkit.contract_tests.comparing.bodies import MEDIA, Bodies, Tried, conversions
from cancelkit.contract_tests.comparing.calls import Call, Kind, Sequence
from cancelkit.contract_tests.comparing.walks import RECORD, Walks, walks
from cancelkit.contract_tests.context.bodies import marked, settable
from cancelkit.contract_tests.context.walking import page_query
from cancelkit.contract_tests.engine.tour import unknown_id
from cancelkit.contract_tests.machine.histories import updating
from cancelkit.spec import Contract, Operation, Role
from cancelkit.spec.values import NoValue

STAGE = 6
"""So many records stand while lists are asked for them."""
METHODS = ("POST", "PUT", "PATCH", "DELETE")


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
        random, steps, looks = Random(f"{self.seed}/stage"), list[Call](), list[Call]()
        create, walks_ = self.contract.role(Role.CREATE), Walks(self.bodies)
        assert create is not None  # noqa: S101  (see `writes`)
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
        for weight, make in ((4, queries.filters), (4, queries.odd), (3, queries.pages)):
            yield weight, self._asked(make, self.labels)
        yield 4, self._shuffled("protocol", list(self._protocol()))
        if self.writes:
            random = Random(f"{self.seed}/walks")
            yield 1, walks(self.bodies, random)
            yield 3, self._shuffled("edges", list(self._bodies(Kind.EDGE)))
            yield 4, self._shuffled("odd", list(self._bodies(Kind.ODD_BODY)))
            yield 1, self._shuffled("open", list(self._bodies(Kind.OPEN)))
            yield 2, self._shuffled("media", list(self._media()))

    def _asked(self, make: queries.Make, labels: tuple[str, ...]) -> Iterator[Sequence]:
        for turn in range(3):
            random = Random(f"{self.seed}/{make.__name__}/{turn}")
            yield from _spread([(call,) for call in make(self.contract, labels, random)], random)

    def _shuffled(self, name: str, found: list[Sequence]) -> Iterator[Sequence]:
        return _spread(found, Random(f"{self.seed}/{name}"))

    def _bodies(self, kind: Kind) -> Iterator[Sequence]:
        """Each value alone in a create, and in an update of a record, which is looked at then."""
        random, made = Random(f"{self.seed}/{kind}"), Walks(self.bodies)
        create = self.contract.role(Role.CREATE)
        for operation in [create, *updating(self.contract).values()] if create else []:
            try:
                for tried in self._tried(kind, operation, random):
                    yield self._sent(kind, operation, tried, made, random)
            except NoValue:
                continue

    def _tried(self, kind: Kind, operation: Operation, random: Random) -> Iterator[Tried]:
        bodies, found = self.bodies, list[Tried]()
        match kind:
            case Kind.EDGE:
                found += bodies.edges(operation)
            case Kind.ODD_BODY:
                found += [*bodies.odd(operation), *conversions(operation)]
            case Kind.OPEN:
                found += [*bodies.odd(operation, left_open=True), *bodies.edges(operation, left_open=True)]
        for one in found:
            alone = one.point != "unknown-field"  # a body that says nothing else is about empty-patch
            base = self.bodies.least(operation, random) if alone else self.bodies.some(operation, random, most=2)
            yield Tried({**base, **one.value}, one.about, one.topic, one.point)
        if kind is Kind.ODD_BODY:
            yield from self.bodies.lacking(operation, random)
            yield from self.bodies.raw(operation)

    def _sent(self, kind: Kind, operation: Operation, tried: Tried, made: Walks, random: Random) -> Sequence:
        raw = isinstance(tried.value, bytes)
        sent = {"content": tried.value} if raw else {"body": tried.value}
        call = Call(operation, kind, tried.about, tried.topic, tried.point, **sent)  # type: ignore[arg-type]
        if operation.role is Role.CREATE:
            return (replace(call, makes=RECORD),)
        return made.made(random, kind), replace(call, record=RECORD), *(_seen(view, kind) for view in made.views[:1])

    def _media(self) -> Iterator[Sequence]:
        random, made = Random(f"{self.seed}/media"), Walks(self.bodies)
        for operation in self.contract.operations.values():
            for media, point in MEDIA.items() if operation.body is not None else ():
                try:
                    body, first = self.bodies.least(operation, random), made.made(random, Kind.MEDIA)
                except NoValue:
                    continue
                if operation.role is not Role.CREATE:
                    body |= marked(self.contract, "another media type")
                    body = {n: v for n, v in body.items() if n in settable(operation)}
                call = Call(operation, Kind.MEDIA, media, "Content-Type", point, body=body)
                call = replace(call, headers=(("Content-Type", media),))
                yield (
                    (replace(call, makes=RECORD),)
                    if operation.role is Role.CREATE
                    else (first, replace(call, record=RECORD))
                )

    def _protocol(self) -> Iterator[Sequence]:
        """Keys, methods, slashes, ids that no record has, pages of the whole list."""
        resource, random = self.contract.resource, Random(f"{self.seed}/protocol")
        kind = Kind.PROTOCOL
        for operation in self.contract.operations.values():
            own = resource.identity is not None and f"{{{resource.identity.name}}}" in operation.path
            reads = operation.method == "GET"
            if not (reads or self.writes):
                continue
            id = unknown_id(resource) if own else None
            body = {"body": self._some(operation, random)} if operation.body is not None else {}
            if self.contract.api_key is not None and operation.secured:
                for auth in ("none", "empty", "wrong"):
                    yield (Call(operation, kind, f"{auth} key", "key", "missing-key", id=id, auth=auth, **body),)
                if self.contract.api_key.prefix and (own or reads):
                    call = Call(operation, kind, "the key alone", "key", "bare-key", id=id, auth="bare", **body)
                    yield (call,)
            for strange in (id, 0, "no-such-id", "-1", "9" * 25) if own else ():
                yield (Call(operation, kind, f"the id {str(strange)[:12]}", "id", id=strange, **body),)
            if reads and not own:
                yield (Call(operation, kind, "the other final slash", "path", "wrong-slash", slash=True),)
                yield (Call(operation, kind, "HEAD", "method", "head", method="HEAD"),)
                yield (Call(operation, kind, "the whole list", "", query=tuple(page_query(operation, 5, 1))),)
            known = {o.method for o in self.contract.operations.values() if o.path == operation.path}
            for method in METHODS if reads and self.writes else ():
                if method not in known:
                    yield (Call(operation, kind, f"{method} where there is none", "method", id=id, method=method),)
            if own and self.elsewhere and self.writes:
                made = Walks(self.bodies)
                try:
                    first = made.made(random, kind)
                except NoValue:
                    continue
                call = Call(operation, kind, "in another scope", "scope", "foreign-record", elsewhere=True, **body)
                yield first, replace(call, record=RECORD)

    def _some(self, operation: Operation, random: Random) -> object:
        try:
            return self.bodies.least(operation, random)
        except NoValue:
            return {}


def _spread(found: list[Sequence], random: Random) -> Iterator[Sequence]:
    """In random order, but one of each thing that is tried first: what comes late may find no room."""
    random.shuffle(found)
    times: Counter[tuple[str, ...]] = Counter()
    ranked = []
    for number, sequence in enumerate(found):
        tried = next((call for call in sequence if call.kind is not Kind.VALID and not call.makes), sequence[-1])
        of_all, here = ("", tried.point or tried.about), (tried.operation.id, tried.topic or tried.about, tried.about)
        rank = min(times[of_all], 1), times[here] if tried.kind is not Kind.EDGE or ": null" in tried.about else 1
        times[of_all] += 1
        times[here] += 1
        ranked.append((rank, number, sequence))
    yield from (sequence for _, _, sequence in sorted(ranked, key=lambda one: one[:2]))


def _seen(view: Operation, kind: Kind) -> Call:
    return Call(view, kind, "after a write", record=RECORD)
