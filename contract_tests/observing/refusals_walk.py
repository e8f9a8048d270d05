"""Broken values, each sent alone, beside one valid change and beside all others, on as few records as that takes.

Owns: `walk` (observed once in a run and operation), Try, `once_more`, the tables of broken values: by field, operation
and kind, and by what stood beside them.
Knows nothing of: what is right; body_refusals.py judges.
Source: the bodies' schemas; x-reference.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.states import reachable
from cancelkit.contract_tests.engine.cells import Cell, Table
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.observing.evidence import Refusal, Row
from cancelkit.contract_tests.observing.names import bodies
from cancelkit.contract_tests.observing.newest import described, findable, marked
from cancelkit.contract_tests.observing.sending import bad_values, fields, kept, one_value, other_value
from cancelkit.contract_tests.observing.writes import filled, read, refused, seen
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Operation, Role

ALONE, BESIDE = "alone", "beside valid changes"
PAIRS: Final = "refusals beside one"


class Broken(NamedTuple):
    """A broken value that is to be sent.

    kind: as in the rule's id. beside: the fields with valid values beside it; turn: which member of an enum they have.
    """

    name: str
    kind: str
    value: Any
    beside: Sequence[str] = ()
    turn: int | None = None


@dataclass(frozen=True, slots=True)
class Try:
    """A broken value that was sent. refusal: with the record before and after, if any. state: it was brought to."""

    sent: Broken
    refusal: Refusal
    state: str | None = None


def label(kind: str, value: Any) -> str:
    """The kind of a broken value, told from others of its keyword."""
    return kind if kind in ("reference", "null") else f"{kind} {json.dumps(value, ensure_ascii=False)[:24]}"


def ways(scale: int, number: int) -> tuple[bool, ...]:
    """Whether the broken value with this number is sent beside others: in quick by turns, else alone and so."""
    return (number % 2 == 0,) if scale == 1 else (False, True)


def singly(
    operation: Operation, name: str, bad: Sequence[tuple[str, Any]], scale: int
) -> Iterator[tuple[tuple[str, Any], str]]:
    """Yield (a broken value of the field, the one field beside it): each field that may be left out, but in quick."""
    others = [other for other, field in fields(operation).items() if other != name]
    if operation.role is Role.CREATE:
        others = [other for other in others if not fields(operation)[other].required]
    for at, other in enumerate(others if scale > 1 and bad and len(others) > 1 else ()):
        yield bad[at % len(bad)], other


@dataclass(frozen=True, slots=True)
class Walk:
    """What was sent to one operation.

    left: ids of records that stand although their create was refused. others: records that the calls were not about,
    which refer to the same rows, before and after.
    """

    tries: tuple[Try, ...]
    left: tuple[Any, ...] = ()
    others: tuple[tuple[Row, Any], ...] = ()


def walk(context: Context, operation: Operation) -> Walk:
    """Every broken value of every field of the operation."""
    make = creates if operation.role is Role.CREATE else _updates
    return context.shared(f"refusals {operation.id}", partial(make, operation))


def once_more(context: Context, operation: Operation, one: Try) -> list[Refusal]:
    """The broken value by itself on a fresh record; nothing where a server refuses what was sent beside it, too."""
    sent = one.sent
    row = None if operation.role is Role.CREATE else brought(context, filled(context), one.state)
    others = valid_beside(context, operation, sent.name, row, sent.beside, sent.turn)
    if others and not _accepted(context, operation, others, one.state):
        return []
    if row is None:
        answer = context.call(operation, body=context.body(**{**others, sent.name: sent.value}))
        return [Refusal(one.refusal.what, answer, sent.name)]
    body = {**kept(context, operation, row, whole=False), **others, sent.name: sent.value}
    return [refused(context, operation, body, row, sent.name, what=one.refusal.what)]


def brought(context: Context, row: Row, state: str | None) -> dict[str, Any]:
    """The record in the state, as it is read; it was new."""
    steps = context.way(state) if state else ()
    for new in steps:
        row = context.step(row, new)
    return read(context, context.id_of(row)) if steps else dict(row)


def _accepted(context: Context, operation: Operation, body: Row, state: str | None) -> bool:
    if operation.role is Role.CREATE:
        return context.call(operation, body=context.body(**body)).ok
    row = brought(context, filled(context), state)
    sent = {**kept(context, operation, row, whole=False), **body}
    return context.call(operation, id=context.id_of(row), body=sent).ok


def _updates(operation: Operation, context: Context) -> Walk:
    """One record for all states that lead on to each other, and each field in one of the states."""
    names = list(fields(operation))
    states: tuple[str | None, ...] = (reachable(context.contract) or (None,))[: len(names)]
    shares = {state: names[at :: len(states)] for at, state in enumerate(states)}
    paths = [{state: shares[state] for state in path} for path in _paths(context.contract, states)]
    found = context.parallel([partial(_path, operation, path, context) for path in paths])
    return Walk(tuple(one for tries in found for one in tries))


def _paths(contract: Contract, states: Sequence[str | None]) -> list[list[str | None]]:
    """The states in their order, a new path wherever one may not follow the one before it."""
    moves, found = contract.resource.transitions, list[list[str | None]]()
    for state in states:
        if found and moves and state in moves.allowed.get(str(found[-1][-1]), ()):
            found[-1].append(state)
        else:
            found.append([state])
    return found


def _path(operation: Operation, path: Mapping[str | None, Sequence[str]], context: Context) -> list[Try]:
    """The broken values of fields, by the state in which they are sent beside all others.

    While the record is new: alone, beside one other, and beside all where the state that follows lets no state do so.
    """
    row: Row = filled(context)
    moves, new = context.contract.resource.transitions, list[Broken]()
    for state, names in path.items():
        ended = moves is not None and state is not None and not moves.allowed.get(state)
        for name in names:
            new += _alone(context, operation, name)
            new += _beside(context, operation, name) if ended and context.scale > 1 else []
    found, row = _tried(operation, new, row, None, context)
    for at, (state, names) in enumerate(path.items()):
        with suppress(Inconclusive):
            if at > 0 and state is not None:
                row = read(context, context.id_of(context.step(row, state)))
            else:
                row = brought(context, row, state)
        more, row = _tried(
            operation, [one for name in names for one in _beside(context, operation, name)], row, state, context
        )
        found += more
    return found


def _alone(context: Context, operation: Operation, name: str) -> list[Broken]:
    """Each broken value by itself, and with each other field once."""
    bad = list(bad_values(context, name, fields(operation)[name], context.contract))
    found = [Broken(name, *one) for at, one in enumerate(bad) if False in ways(context.scale, at)]
    return found + [Broken(name, *one, (other,)) for one, other in singly(operation, name, bad, context.scale)]


def _beside(context: Context, operation: Operation, name: str) -> list[Broken]:
    """Each broken value with all other fields, those with an enum by turns with each of its members."""
    bad = list(bad_values(context, name, fields(operation)[name], context.contract))
    others = [other for other in fields(operation) if other != name]
    return [Broken(name, *one, others, at) for at, one in enumerate(bad) if True in ways(context.scale, at)]


def _tried(
    operation: Operation, broken: Iterable[Broken], row: Row, state: str | None, context: Context
) -> tuple[list[Try], Row]:
    """What came of broken values about one record, and the record as it is read after the last of them."""
    sent: list[tuple[Broken, Answer]] = []
    for one in broken:
        others = valid_beside(context, operation, one.name, row, one.beside, one.turn)
        if one.beside and not others:
            continue
        body = {**kept(context, operation, row, whole=False), **others, one.name: one.value}
        sent.append((one, context.call(operation, id=context.id_of(row), body=body)))
        _cover(context, operation, one)
    after, found = seen(context, context.id_of(row)) if sent else row, list[Try]()
    for one, answer in sent:
        refusal = Refusal(_what(operation, one), answer, one.name, before=row, after=after)
        found.append(Try(one, refusal, state))
    return found, dict(after) if isinstance(after, Mapping) else row


def _what(operation: Operation, one: Broken) -> str:
    beside = one.beside
    others = f" beside a valid {beside[0]}" if len(beside) == 1 else " beside valid changes" if beside else ""
    return f"{operation.method} with {one.name} {one.value!r}{others}"


def _cover(context: Context, operation: Operation, one: Broken) -> None:
    area = next(area for area, known in bodies(context.contract) if known is operation)
    if len(one.beside) == 1:
        context.cover(PAIRS, operation=area, field=one.name, beside=one.beside[0])
    if len(one.beside) != 1 or len(fields(operation)) == 2:
        how = BESIDE if one.beside else ALONE
        context.cover("refusals", operation=area, field=one.name, kind=label(one.kind, one.value), how=how)


def valid_beside(
    context: Context,
    operation: Operation,
    name: str,
    row: Row | None,
    names: Container[str] | None = None,
    turn: int | None = None,
) -> dict[str, Any]:
    """Valid values for all other fields, or those of `names`, which the record does not have; of the state only one
    that may follow. turn: which member a field with an enum has, whatever the record has."""
    found = {}
    for other, field in fields(operation).items():
        if other != name and (names is None or other in names):
            with suppress(Skip, IndexError):
                made = one_value(context, operation, other, field) if row is None else None
                found[other] = other_value(context, other, field, row) if row is not None else made
                members = [member for member in field.enum if member is not None]
                if turn is not None and members and other != context.resource.state and not field.reference:
                    found[other] = members[turn % len(members)]
    return found


def creates(operation: Operation, context: Context) -> Walk:
    """The refused creates, and whether one left a record behind, which its mark shows; such a one is removed.

    Each names the rows of a record that was there before, as far as they are not what is wrong.
    """
    text, mark = marked(context, "refused") if findable(context.contract) else ("", {})
    one, other = context.one_each, dict[str, Any]()
    if one is not None:
        shared = {one: context.body()[one]}  # as all are refused, none of them takes the row
    else:
        other = filled(context)
        shared = {name: key for name in context.references if (key := context.key_of(other, name)) is not None}
    sent = []
    for name in fields(operation):
        for broken in (*_alone(context, operation, name), *_beside(context, operation, name)):
            others = valid_beside(context, operation, name, None, broken.beside, broken.turn)
            body = context.body(**{**others, **mark, **shared, name: broken.value})
            sent.append(partial(_create, operation, context, broken, body))
    found = context.parallel(sent)
    answers = [one.refusal.answer for one in found]
    accepted = {context.id_of(answer.json) for answer in answers if answer.ok and isinstance(answer.json, Mapping)}
    left = [id for id in described(context, text) if id not in accepted] if mark else []
    return Walk(tuple(found), tuple(left), ((other, seen(context, context.id_of(other))),) if other else ())


def _create(operation: Operation, context: Context, one: Broken, body: dict[str, Any]) -> Try:
    answer = context.call(operation, body=body)
    _cover(context, operation, one)
    return Try(one, Refusal(_what(operation, one), answer, one.name))


def tables(contract: Contract) -> Iterator[Table]:
    """Broken values by operation, field and kind, alone and beside valid changes; by the one field beside them."""

    def cells(scale: int) -> Iterator[Cell]:
        for area, operation in bodies(contract):
            for name, field in fields(operation).items():
                for at, (kind, value) in enumerate(bad_values(None, name, field, contract)):
                    for beside in ways(scale, at):
                        yield area, name, label(kind, value), BESIDE if beside else ALONE

    says = "a kind of broken value that an operation was sent for a field"
    yield Table("refusals", says, ("operation", "field", "kind", "how"), cells)

    def pairs(scale: int) -> Iterator[Cell]:
        for area, operation in bodies(contract):
            for name, field in fields(operation).items():
                bad = list(bad_values(None, name, field, contract))
                yield from ((area, name, other) for _, other in singly(operation, name, bad, scale))

    says = "a broken value of a field sent with one other field, whose value is right; from standard"
    yield Table(PAIRS, says, ("operation", "field", "beside"), pairs)
