"""Refused writes among accepted ones and readers: what is refused is never seen, undoes nothing, and blames no other.

Owns: concurrency/beside-refused-<patch|put>.
Source: x-behaviours refused-changes-nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.tour import unknown_id
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.examples import ELSE, Examples
from cancelkit.contract_tests.observing.history_views import ALONE, viewed
from cancelkit.contract_tests.observing.listing import Listing, listings
from cancelkit.contract_tests.observing.names import updates
from cancelkit.contract_tests.observing.sending import after_put, bad_values, fields, kept, other_value
from cancelkit.contract_tests.observing.staggered import staggered
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.observing.writes import filled, plain, read, seen
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.rules.concurrency.lost_changes import apart
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.contract_tests.target.encoding import json_bytes
from cancelkit.spec import Contract, Operation, Role

READS: Final = (0.0, 0.001, 0.002, 0.004)
"""Seconds from the refused writes to each reader."""
WRITES: Final = (0.001, 0.0, 0.002, 0.004)
"""Likewise to the accepted writes, one round after the other."""
AT_ONCE: Final = 2
"""So many refused writes are sent at once."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What a valid body is refused for: fields over it, or how it is sent; cut: it ends before its last letter."""

    what: str
    fields: Mapping[str, Any]
    how: Mapping[str, Any]
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A write that must be refused, as it was answered with nothing beside it and among others."""

    what: str
    alone: Answer
    answer: Answer


@dataclass(frozen=True, slots=True)
class Accepted:
    """A write that must be accepted, what its record must show then, and what it shows."""

    what: str
    answer: Answer
    wanted: Row
    after: Any


@dataclass(frozen=True, slots=True)
class Beside:
    """Writes of one round; names: the fields that refused ones set; before: their record.

    read: what readers of the record saw: (where, status, row).
    """

    refused: tuple[Refused, ...]
    accepted: tuple[Accepted, ...]
    read: tuple[tuple[str, int, Any], ...]
    names: tuple[str, ...]
    before: Row


def _observe(operation: Operation, names: list[str], context: Context) -> list[Beside]:
    row: Row = filled(context)
    other: Row = context.create()
    alone: list[tuple[Fault, Answer]] = []
    for fault in list(_faults(context, operation, row))[: 1 if context.scale == 1 else None]:
        answer = _send(context, operation, row, _changes(context, operation, names, row), fault)
        alone += [] if answer.ok else [(fault, answer)]
    if not alone:
        raise Inconclusive(f"nothing is refused by {operation.id}")
    row = Records(context.contract).plain(read(context, context.id_of(row)))
    found: list[Beside] = []
    rounds = [alone[number : number + AT_ONCE] for number in range(0, len(alone), AT_ONCE)]
    for number, some in enumerate(rounds * (1 + context.again)):
        found.append(_round(operation, names, some, row, other, number, context))
        row, other = (
            one.after if isinstance(one.after, Mapping) else old
            for one, old in zip(found[-1].accepted, (row, other), strict=True)
        )
    return found


def _faults(context: Context, operation: Operation, row: Row) -> Iterator[Fault]:
    """What bodies are refused for: the first broken value, an unknown key of a reference, a state, form, key, id."""
    contract, known = context.contract, fields(operation)
    keys = [name for name, field in known.items() if field.reference]
    for group, wanted in (([name for name in known if name not in keys], None), (keys, "reference")):
        every = ((name, *one) for name in group for one in bad_values(context, name, known[name], contract))
        wrong = ((name, bad) for name, kind, bad in every if wanted in (None, kind))
        yield from (Fault(f"a wrong {name}", {name: bad}, {}) for name, bad in islice(wrong, 1))
    moves = contract.resource.transitions
    if moves and moves.field in known:
        old = str(row.get(moves.field))
        never = [new for new in moves.statuses if new != old and not moves.permits(old, new)]
        yield from (Fault(f"{moves.field} {new}, which may not follow", {moves.field: new}, {}) for new in never[:1])
    yield Fault("a body that is no JSON", {}, {}, cut=True)
    if operation.secured:
        yield Fault("the lack of a key", {}, {"auth": "none"})
    yield Fault("an unknown id", {}, {"id": unknown_id(contract.resource)})


def _changes(context: Context, operation: Operation, names: Sequence[str], row: Row) -> dict[str, Any]:
    """A body with another valid value of each of the fields."""
    known, body = fields(operation), kept(context, operation, row, whole=False)
    for name in names:
        with suppress(Skip):
            body[name] = other_value(context, name, known[name], row)
    return body


def _send(context: Context, operation: Operation, row: Row, body: Mapping[str, Any], fault: Fault) -> Answer:
    sent = {**body, **fault.fields}
    how = {"content": json_bytes(sent)[:-1]} if fault.cut else {"body": sent}
    return context.call(operation, **{"id": context.id_of(row), **how, **fault.how})


def _round(
    operation: Operation,
    names: list[str],
    faults: Sequence[tuple[Fault, Answer]],
    row: Row,
    other: Row,
    number: int,
    context: Context,
) -> Beside:
    """Refused writes that would set all the fields; accepted ones that set one, of their record and of another."""
    bodies = [_changes(context, operation, names, row) for _ in faults]
    calls: list[tuple[float, partial[Any]]] = [
        (0.0, partial(_send, context, operation, row, body, fault))
        for body, (fault, _) in zip(bodies, faults, strict=True)
    ]
    good = [(one, _changes(context, operation, [names[number % len(names)]], one)) for one in (row, other)]
    wait = WRITES[number % len(WRITES)]
    calls += [(wait, partial(context.call, operation, id=context.id_of(one), body=body)) for one, body in good]
    looks = _looks(context, context.id_of(row))
    calls += [(wait, looks[turn % len(looks)]) for turn, wait in enumerate(READS, number)]
    answers = staggered(context, calls)
    refused = [
        Refused(f"a {operation.method} refused for {fault.what}", alone, answer)
        for (fault, alone), answer in zip(faults, answers, strict=False)
    ]
    accepted, first = [], len(faults)
    for (one, body), answer in zip(good, answers[first:], strict=False):
        wanted = after_put(context.contract, operation, body) if operation.role is Role.UPDATE else body
        what = f"a valid {operation.method} of {'their' if one is row else 'another'} record"
        accepted.append(Accepted(what, answer, wanted, plain(context, seen(context, context.id_of(one)))))
    set_by = {name for body, (fault, _) in zip(bodies, faults, strict=True) for name in (*body, *fault.fields)}
    return Beside(tuple(refused), tuple(accepted), tuple(answers[first + len(good) :]), tuple(sorted(set_by)), row)


def _looks(context: Context, id: Any) -> list[partial[tuple[str, int, Any]]]:
    """Every way to see the record."""
    found = [partial(_read, context, o, id) for role in ALONE if (o := context.contract.role(role))]
    return [*found, *(partial(_listed, context, one, id) for one in listings(context.contract) if one.ids)]


def _read(context: Context, operation: Operation, id: Any) -> tuple[str, int, Any]:
    answer = context.call(operation, id=id)
    return operation.id, answer.status, plain(context, answer.json)


def _listed(context: Context, one: Listing, id: Any) -> tuple[str, int, Any]:
    page = one.ask(context, one.query([id], limit=1))
    return one.operation.id, page.status, plain(context, next(iter(page.rows), None))


def judge(records: Records, found: Iterable[Beside]) -> Iterator[str]:
    """Refused ones are refused as alone; the others are answered and stored; readers see the record before or after."""
    for one in found:
        for each in one.refused:
            shown, alone = ((a.status, _blamed(a)) for a in (each.answer, each.alone))
            if shown != alone:
                yield f"{each.what}, beside other writes: answered {_brief(*shown)}, and alone {_brief(*alone)}"
        for write in one.accepted:
            what = f"{write.what}, beside refused ones"
            if not write.answer.ok:
                yield f"{what}: {write.answer.brief()}"
                continue
            for where, row in (("in the answer", write.answer.json), ("read again", write.after)):
                yield from (f"{what}: {where} {text}" for text in records.lacks(row, write.wanted))
        mine = next(iter(one.accepted))
        yield from _stood(records, one, mine)
        for where, status, row in one.read:
            if status != 200 or row is None:
                yield f"{where} beside refused writes: answered {status}{' without the record' * (status == 200)}"
                continue
            for name in records.changed(one.before, row, one.names):
                if name not in mine.wanted or any(records.lacks(row, {name: mine.wanted[name]})):
                    yield f"{where} beside refused writes: {name} is {row[name]!r}, and was {one.before[name]!r}"


def _stood(records: Records, one: Beside, mine: Accepted) -> Iterator[str]:
    """What only refused writes set is as it was."""
    left = [name for name in one.names if name not in mine.wanted]
    if isinstance(mine.after, Mapping):
        for name in records.changed(one.before, mine.after, left):
            yield f"after refused writes {name} is {mine.after[name]!r}, and was {one.before[name]!r}"


def _blamed(answer: Answer) -> tuple[str, ...]:
    """The names of the faults that a refusal lists."""
    body = answer.json if isinstance(answer.json, Mapping) else {}
    return tuple(sorted(name for name, texts in body.items() if isinstance(texts, list)))


def _brief(status: int, blamed: Iterable[str]) -> str:
    return f"{status}{''.join(f' {name}' for name in blamed)}"


def _proof(some: Examples, name: str) -> Proof:
    row = some.record()
    new = {**row, name: ELSE}

    def beside(
        answer: Answer | None = None, good: Answer | None = None, after: Row = row, seen: Any = row, status: int = 200
    ) -> list[Beside]:
        refused = Refused("a", examples.invalid(name), answer or examples.invalid(name))
        accepted = Accepted("a", good or examples.answer(200, row), {}, after)
        return [Beside((refused,), (accepted,), (("a view", status, seen),), (name,), row)]

    wrong = (
        beside(examples.answer(200, row)),
        beside(examples.invalid("another")),
        beside(good=examples.invalid(name)),
        beside(after=new),
        beside(seen=new),
        beside(seen=None),
        beside(status=500),
        [Beside((), (Accepted("a", examples.answer(200, row), {name: ELSE}, new),), (), (name,), row)],
        [Beside((), (Accepted("a", examples.answer(200, new), {name: ELSE}, row),), (), (name,), row)],
    )
    right = [
        Beside((), (Accepted("a", examples.answer(200, new), {name: ELSE}, new),), (("a", 200, new),), (name,), row)
    ]
    return Proof((beside(), right), wrong)


def rules(contract: Contract) -> Iterator[Rule]:
    some = Examples(contract)
    for area, operation in updates(contract) if contract.role(Role.CREATE) and viewed(contract) else ():
        if names := apart(contract, operation):
            yield from from_behaviour(
                contract,
                "refused-changes-nothing",
                f"concurrency/beside-refused-{area}",
                partial(_observe, operation, names),
                partial(judge, some.records),
                _proof(some, names[0]),
                requires=f"A {operation.method} that is refused while others are under way is refused as it is alone; "
                "it is never seen, and undoes and refuses nothing of theirs.",
            )
