"""The kinds of evidence that many rules share, and how each is judged.

Owns: Reply, Refusal, Change; their judges; examples of each that must pass and must not.
Source: contract, "Errors"; x-behaviours refused-changes-nothing, patch-partial, identity-stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.examples import EARLIER, ELSE, LATER, Examples
from cancelkit.contract_tests.observing.stating import Judge, Proof
from cancelkit.contract_tests.oracles import refusals
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """A call, what it was, and the statuses that are right for it."""

    what: str
    answer: Answer
    statuses: tuple[int, ...] = (200,)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that must be refused, and the record that it was about, before and after.

    field: the name that a 400 must give; without it any of `statuses` will do.
    """

    what: str
    answer: Answer
    field: str | None = None
    statuses: tuple[int, ...] = (400,)
    before: Row | None = None
    after: Row | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A write that must be accepted, the record before, as answered and as read again.

    expected: fields with the values that they must have now; every other field stands, but the time of the change.
    status: what a success must be, None where any 2xx will do.
    others: pairs (before, after) of records that the write was not about.
    unwanted: fields that were sent and must not be taken, also where the record did not show them before.
    """

    what: str
    answer: Answer
    before: Row
    after: Any
    expected: Row
    status: int | None = 200
    others: tuple[tuple[Row, Any], ...] = field(default=())
    unwanted: Row = field(default_factory=dict)


def judge_replies(replies: Iterable[Reply]) -> Iterator[str]:
    """Each call must have one of its right statuses."""
    for reply in replies:
        if reply.answer.status not in reply.statuses:
            yield f"{reply.what}: answered {reply.answer.status}, not {' or '.join(map(str, reply.statuses))}"


def judge_refusals(records: Records, refused: Iterable[Refusal]) -> Iterator[str]:
    """Each call must be refused in the right shape, and leave its record as it was."""
    for one in refused:
        found = refusals.names(one.answer, one.field) if one.field else refusals.refused(one.answer, *one.statuses)
        yield from (f"{one.what}: {text}" for text in found)
        if one.before is not None:
            yield from (f"{one.what}: refused or not, {text}" for text in records.stands(one.before, one.after))


def judge_changes(records: Records, changes: Iterable[Change]) -> Iterator[str]:
    """Each write must be accepted, do what was asked, and nothing else."""
    for one in changes:
        if not one.answer.ok if one.status is None else one.answer.status != one.status:
            yield f"{one.what}: answered {one.answer.status}, not {one.status or 'a success'}"
            continue
        moved = {*records.shown(one.expected), *records.stamps}
        for where, row in (("the answer", one.answer.json), ("the record read again", one.after)):
            yield from (f"{one.what}: in {where} {text}" for text in records.lacks(row, one.expected))
            if isinstance(row, Mapping):
                for name in records.changed(one.before, row, [name for name in one.before if name not in moved]):
                    yield f"{one.what}: in {where} {name} went from {one.before[name]!r} to {row[name]!r}"
                yield from (f"{one.what}: in {where} {text}" for text in records.went_back(one.before, row))
                for name, value in one.unwanted.items():
                    if name not in one.before and name in row and records.taken(name, row[name], value):
                        yield f"{one.what}: in {where} {name} is {value!r}, as sent"
        for before, after in one.others:
            yield from (f"{one.what}: another record: {text}" for text in records.stands(before, after))


def replies(right: int, *wrong: int) -> tuple[Judge, Proof]:
    """The judge of replies, and evidence for it."""
    bad = tuple((Reply("call", examples.answer(status), (right,)),) for status in wrong)
    return judge_replies, Proof(((Reply("call", examples.answer(right), (right,)),),), bad)


class Usual:
    """The usual judges, bound to one contract, each with evidence that it must accept and reject."""

    def __init__(self, contract: Contract) -> None:
        self.records = Records(contract)
        self.examples = Examples(contract)

    def refusals(self, field: str | None = None, *statuses: int, record: bool = True) -> tuple[Judge, Proof]:
        """Of calls that must be refused. record: whether the evidence also looks after a record."""
        row = self.examples.record() if record else None
        right = examples.invalid(field) if field else examples.error(statuses[0])
        if not field and statuses[0] == 400:
            right = examples.invalid("non_field_errors")

        def refusal(answer: Answer, after: Row | None = row) -> tuple[Refusal, ...]:
            return (Refusal("call", answer, field, statuses or (400,), row, after),)

        rejects = [refusal(examples.answer(200, self.examples.record())), refusal(examples.html(right.status))]
        if field:
            rejects.append(refusal(examples.invalid("else" if field != "else" else "other")))
        if record:
            rejects += [refusal(right, self.examples.altered()), refusal(right, None)]
        return partial(judge_refusals, self.records), Proof((refusal(right),), tuple(rejects))

    def changes(self, expected: Row | None = None, *, others: bool = False) -> tuple[Judge, Proof]:
        """Of writes that must set `expected` (a field that no server sets, unless given)."""
        if expected is None:
            name = self.examples.spare()
            expected = {name: "new"} if name else {}
        wanted = self.records.shown(expected)
        old = self.examples.record(**dict.fromkeys(wanted, "before"))
        new = {**old, **wanted, **dict.fromkeys(self.records.stamps, LATER)}
        pair = ((self.examples.record(8), self.examples.record(8)),) if others else ()

        def change(answer: Answer, after: Any, pairs: tuple[tuple[Row, Any], ...] = pair) -> tuple[Change, ...]:
            return (Change("call", answer, old, after, expected or {}, others=pairs),)

        right = examples.answer(200, new)
        rejects = [change(examples.answer(500), new), change(right, None)]
        if wanted:
            rejects.append(change(right, old))
        if spare := self.examples.spare(wanted):
            rejects.append(change(right, {**new, spare: ELSE}))
        own = self.records.identity[-1]
        rejects.append(change(examples.answer(200, {**new, own: LATER}), new))
        if self.records.stamps:
            rejects.append(change(right, {**new, self.records.stamps[0]: EARLIER}))
        if others:
            rejects.append(change(right, new, ((self.examples.record(8), None),)))
            rejects.append(change(right, new, ((self.examples.record(8), self.examples.altered(8)),)))
        return partial(judge_changes, self.records), Proof((change(right, new),), tuple(rejects))


def judge_nothing(ids: Iterable[Any]) -> Iterator[str]:
    """No record may stand."""
    for id in ids:
        yield f"record {id} was created by a call that was refused"


def unique_fields(contract: Contract) -> tuple[str, ...]:
    """The id, and every unique id beside it that the server gives."""
    return tuple(name for name in Records(contract).identity if name not in contract.resource.set_on("create"))


def judge_unique(names: Iterable[str], rows: Iterable[Row]) -> Iterator[str]:
    """No id and no other unique value may stand in two rows."""
    seen = list(rows)
    for name in names:
        for value, times in Counter(str(row[name]) for row in seen if row.get(name) is not None).items():
            if times > 1:
                yield f"the {name} {value} was given to {times} records"
