"""Refused calls of every kind at once: each is told its own faults, and the next valid write is taken.

Owns: concurrency/refused-together.
Source: the responses of the operations; x-behaviours refused-changes-nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice, zip_longest
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.engine.tour import unknown_id
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.machine.histories import acting
from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.filters_malformed import wrong
from cancelkit.contract_tests.observing.history_views import ALONE
from cancelkit.contract_tests.observing.listing import Listing, listings
from cancelkit.contract_tests.observing.names import updates
from cancelkit.contract_tests.observing.sending import bad_values, fields, kept
from cancelkit.contract_tests.observing.stating import Proof, from_fact
from cancelkit.contract_tests.rules.concurrency.lost_changes import apart, one_by_one
from cancelkit.contract_tests.rules.concurrency.views import Asked
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Level, Operation, Role

AT_ONCE: Final = {1: 6, 2: 16, 3: 16}
"""So many refused calls are sent at once, in each profile."""
Call = tuple[str, partial[Answer]]


@dataclass(frozen=True, slots=True)
class Round:
    """Refused calls that were sent at once, and valid writes after them; None: not answered, although a read was."""

    asked: tuple[Asked, ...]
    then: tuple[tuple[str, Answer | None], ...] = ()


def _observe(context: Context) -> list[Round]:
    rows: list[Row] = [context.create() for _ in range(2)]
    calls = [(what, send, send()) for what, send in islice(_calls(context, rows), AT_ONCE[context.scale])]
    refused = [(what, send, answer) for what, send, answer in calls if 400 <= answer.status < 500]
    if len(refused) < 2:
        raise Inconclusive("there are no two calls that are refused")
    found = []
    for number in range(context.scale):
        order = context.rng.sample(refused, len(refused)) if number else sorted(refused, key=lambda call: call[0])
        asked = []
        for (what, send, alone), answer in zip(order, context.parallel([call[1] for call in order]), strict=True):
            asked.append(Asked(what, alone, answer, send() if _differs(alone, answer) else None))
        found.append(Round(tuple(asked)))
    then = tuple((what, _patiently(context, send, rows[0])) for what, send in _valid(context, rows))
    return [*found, Round((), then)]


def _calls(context: Context, rows: Sequence[Row]) -> Iterator[Call]:
    """Calls of each kind in turn, wrong in one field after the other, and in the same ones by other values."""
    contract = context.contract
    create = context.operation(Role.CREATE)
    again = list(_bodies(context, create, None, 1))
    kinds = [_bodies(context, create, None, 0)]
    kinds += [_bodies(context, o, row, 0) for (_, o), row in zip(updates(contract), rows, strict=False)]
    kinds += [_asking(context, one) for one in listings(contract)]
    kinds += [iter(again[-1:] + again[:-1]), _others(context, context.id_of(rows[0]))]
    seen = set[str]()
    for call in chain.from_iterable(zip_longest(*kinds)):
        if call is not None and call[0] not in seen:
            seen.add(call[0])
            yield call


def _asking(context: Context, listing: Listing) -> Iterator[Call]:
    """A filter with a value that does not parse, another one for each list."""
    bad = [(name, values[0]) for name, values in wrong(context.contract, listing).items() if values]
    for name, value in bad[:1] if listing.operation.role is Role.LIST else bad[-1:]:
        yield f"{listing.name} with {name}={value}", partial(context.call, listing.operation, query={name: value})


def _others(context: Context, id: Any) -> Iterator[Call]:
    """Records that are not there, a call without a key, and actions that the state of their record forbids."""
    nothing, contract = unknown_id(context.resource), context.contract
    single = [o for role in (*ALONE, Role.DESTROY) if (o := contract.role(role))][:1]
    yield from ((f"{o.id} of {nothing}", partial(context.call, o, id=nothing)) for o in single)
    for operation in acting(contract).values():
        with suppress(Skip):
            for state in sorted(operation.action.refused if operation.action else ())[:1]:
                forbidden = context.id_of(context.fresh(state))
                yield f"{operation.id} of a record in {state}", partial(context.call, operation, id=forbidden)
    yield from ((f"{o.id} without a key", partial(context.call, o, id=id, auth="none")) for o in single)


def _bodies(context: Context, operation: Operation, row: Row | None, turn: int) -> Iterator[Call]:
    """Bodies with one wrong value each, of another field; in another turn with another value, where there are two."""
    whole = context.body() if row is None else kept(context, operation, row, whole=False)
    about = {} if row is None else {"id": context.id_of(row)}
    for name, field in fields(operation).items():
        if found := list(bad_values(context, name, field, context.contract)):
            kind, value = found[(turn - 1) % len(found)]
            body = {**whole, name: value}
            yield f"{operation.id} with {name} {value!r} ({kind})", partial(context.call, operation, body=body, **about)
    for name in [name for name, field in fields(operation).items() if field.required and not field.has_default][-1:]:
        less = {key: value for key, value in whole.items() if key != name}
        yield f"{operation.id} without {name}", partial(context.call, operation, body=less, **about)


def _valid(context: Context, rows: Iterable[Row]) -> Iterator[Call]:
    """A write of each record that a refused call was about, in quick of one of them, and a create."""
    for (_, operation), row in list(zip(updates(context.contract), rows, strict=False))[: context.scale]:
        for body in one_by_one(context, operation, row, apart(context.contract, operation)[:1]):
            yield f"a valid {operation.id}", partial(context.call, operation, id=context.id_of(row), body=body)
    create = context.operation(Role.CREATE)
    yield f"a valid {create.id}", partial(context.call, create, body=context.body())


def _patiently(context: Context, send: partial[Answer], row: Row) -> Answer | None:
    """
    Raises:
        Inconclusive: it is not answered, and neither is a read.
    """
    try:
        return send()
    except Inconclusive:
        alone = (o for role in ALONE if (o := context.contract.role(role)))
        looks = [partial(context.call, operation, id=context.id_of(row)) for operation in alone]
        looks += [partial(context.call, one.operation) for one in listings(context.contract)]
        looks[0]()
        return None


def _differs(alone: Answer, other: Answer) -> bool:
    """Whether two refusals of one call say something else; some texts do, which name the moment."""
    said = [(one.status, one.json if one.is_json else one.text) for one in (alone, other)]
    return said[0] != said[1]


def judge(found: Iterable[Round]) -> Iterator[str]:
    """Each is refused as alone, unless that is told otherwise each time; and valid writes are accepted then."""
    for one in found:
        for each in one.asked:
            if _differs(each.alone, each.answer) and (each.after is None or not _differs(each.alone, each.after)):
                shown, alone = each.answer.brief(), each.alone.brief()
                yield f"{each.what}, at once with other refused calls: {shown}; alone {alone}"
        for what, answer in one.then:
            if answer is None or not answer.ok:
                shown = "not answered" if answer is None else answer.brief()
                yield f"{what} after calls that were refused at once: {shown}"


def rules(contract: Contract) -> Iterator[Rule]:
    if contract.role(Role.CREATE) is None:
        return
    own, other, failed = examples.invalid("a"), examples.invalid("b"), examples.error(500)
    mixed = [Round((Asked("a", own, other, own),)), Round((Asked("a", own, failed, own),))]
    stuck = [Round((), (("a write", answer),)) for answer in (None, own)]
    right = [Round((Asked("a", own, own),), (("a write", examples.answer(200, {})),))]
    right.append(Round((Asked("a", own, other, other),)))
    yield from_fact(
        "concurrency/refused-together",
        contract.level("refused-changes-nothing", Level.DOCUMENTED),
        "the responses of the operations",
        "Calls of all kinds that are refused at once are each told their own faults, as alone; valid writes that "
        "follow are taken.",
        _observe,
        judge,
        Proof(tuple([one] for one in right), tuple([one] for one in (*mixed, *stuck))),
    )
