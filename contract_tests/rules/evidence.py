"""The kinds of evidence that many rules share, and how each is judged.

Owns: Reply, Refusal, Change; their judges; examples of each that must pass and must not.
Knows nothing of: how the evidence came about.
Source: contract, "Errors"; x-behaviours refused-changes-nothing, patch-partial, identity-stands.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cancelkit.contract_tests.oracles import refusals
from cancelkit.contract_tests.oracles.instants import instant
from cancelkit.contract_tests.oracles.records import changed, lacks
from cancelkit.contract_tests.rules import examples
from cancelkit.contract_tests.target.answer import Answer

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

    expected: fields with the values that they must have now; every other field stands, but modified_date.
    status: what a success must be, None where any 2xx will do.
    others: pairs (before, after) of records that the write was not about.
    """

    what: str
    answer: Answer
    before: Row
    after: Any
    expected: Row
    status: int | None = 200
    others: tuple[tuple[Row, Any], ...] = field(default=())


def judge_replies(replies: Iterable[Reply]) -> Iterator[str]:
    """Each call must have one of its right statuses."""
    for reply in replies:
        if reply.answer.status not in reply.statuses:
            yield f"{reply.what}: answered {reply.answer.status}, not {' or '.join(map(str, reply.statuses))}"


def judge_refusals(refused: Iterable[Refusal]) -> Iterator[str]:
    """Each call must be refused in the right shape, and leave its record as it was."""
    for one in refused:
        found = refusals.names(one.answer, one.field) if one.field else refusals.refused(one.answer, *one.statuses)
        yield from (f"{one.what}: {text}" for text in found)
        if one.before is not None:
            yield from (f"{one.what}: refused or not, {text}" for text in stands(one.before, one.after))


def judge_changes(changes: Iterable[Change]) -> Iterator[str]:
    """Each write must be accepted, do what was asked, and nothing else."""
    for one in changes:
        if not one.answer.ok if one.status is None else one.answer.status != one.status:
            yield f"{one.what}: answered {one.answer.status}, not {one.status or 'a success'}"
            continue
        for where, row in (("the answer", one.answer.json), ("the record read again", one.after)):
            yield from (f"{one.what}: in {where} {text}" for text in lacks(row, one.expected))
            if isinstance(row, Mapping):
                kept = [name for name in one.before if name not in one.expected and name != "modified_date"]
                for name in changed(one.before, row, kept):
                    yield f"{one.what}: in {where} {name} went from {one.before[name]!r} to {row[name]!r}"
                yield from (f"{one.what}: in {where} {text}" for text in went_back(one.before, row))
        for before, after in one.others:
            yield from (f"{one.what}: another record: {text}" for text in stands(before, after))


def stands(before: Row, after: Any) -> Iterator[str]:
    """Yield what of a record is no longer as it was."""
    if not isinstance(after, Mapping) or after.get("id") != before.get("id"):
        yield f"record {before.get('id')} can't be read any more"
        return
    for name in changed(before, after, list(before)):
        yield f"{name} went from {before[name]!r} to {after[name]!r}"


def went_back(before: Row, after: Row) -> Iterator[str]:
    """Yield a complaint if modified_date is earlier than it was."""
    old, new = instant(before.get("modified_date")), instant(after.get("modified_date"))
    if old and new and new.replace(microsecond=0) < old.replace(microsecond=0):
        yield f"modified_date went back from {before['modified_date']} to {after['modified_date']}"


def examples_of_replies(right: int, *wrong: int) -> dict[str, Any]:
    """`accepts` and `rejects` for a rule judged by judge_replies."""
    return {
        "accepts": ((Reply("call", examples.answer(right), (right,)),),),
        "rejects": tuple((Reply("call", examples.answer(status), (right,)),) for status in wrong),
    }


def examples_of_refusals(field: str | None = None, *statuses: int, record: bool = True) -> dict[str, Any]:
    """`accepts` and `rejects` for a rule judged by judge_refusals. record: whether it also looks after a record."""
    row = examples.record() if record else None
    right = examples.invalid(field) if field else examples.error(statuses[0])
    if not field and statuses[0] == 400:
        right = examples.invalid("non_field_errors")

    def refusal(answer: Answer, after: Row | None = row) -> tuple[Refusal, ...]:
        return (Refusal("call", answer, field, statuses or (400,), row, after),)

    rejects = [refusal(examples.answer(200, examples.record())), refusal(examples.html(right.status))]
    if field:
        rejects.append(refusal(examples.invalid("else")))
    if record:
        rejects.append(refusal(right, examples.record(description="changed")))
        rejects.append(refusal(right, None))
    return {"accepts": (refusal(right),), "rejects": tuple(rejects)}


def examples_of_changes(expected: Row | None = None, *, others: bool = False) -> dict[str, Any]:
    """`accepts` and `rejects` for a rule judged by judge_changes, for a write that sets `expected`."""
    wanted = dict(expected or {"description": "new"})
    old = examples.record(**{name: "before" for name in wanted if name != "status"}, attributes={"kept": 1})
    new = {**old, **wanted, "modified_date": "2025-03-01T10:00:01Z"}
    pair = ((examples.record(id=8), examples.record(id=8)),) if others else ()

    def change(answer: Answer, after: Any, pairs: tuple[tuple[Row, Any], ...] = pair) -> tuple[Change, ...]:
        return (Change("call", answer, old, after, wanted, others=pairs),)

    right = examples.answer(200, new)
    rejects = [
        change(examples.answer(500), new),
        change(right, old) if wanted else change(right, {**new, "quantity": 3}),
        change(right, {**new, "attributes": {}}),
        change(examples.answer(200, {**new, "created_date": "2025-03-01T10:00:01Z"}), new),
        change(right, None),
        change(right, {**new, "modified_date": "2024-01-01T00:00:00Z"}),
    ]
    if others:
        rejects.append(change(right, new, ((examples.record(id=8), examples.record(id=8, **wanted)),)))
    return {"accepts": (change(right, new),), "rejects": tuple(rejects)}


def fields_of(rows: Iterable[Row], names: Collection[str]) -> list[dict[str, Any]]:
    """The rows cut down to `names`."""
    return [{name: row[name] for name in names if name in row} for row in rows]


Judge = Callable[[Any], Iterable[str]]
