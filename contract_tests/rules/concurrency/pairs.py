"""Any two writes at once, about one record or about two that share their references, with readers beside them.

Owns: concurrency/at-once/<write>-and-<write>.
Source: what each write does by itself (machine/model.py): together they do what they do one after the other, in either
order; a reader sees the record before, between or after them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations_with_replacement
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.walking import page_query
from cancelkit.contract_tests.engine.cells import Cell, Table
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.machine.histories import moving
from cancelkit.contract_tests.machine.model import REFUSED, Outcome
from cancelkit.contract_tests.observing import examples
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.examples import ELSE, Examples
from cancelkit.contract_tests.observing.history_views import ALONE, viewed
from cancelkit.contract_tests.observing.listing import listings
from cancelkit.contract_tests.observing.sending import fields, kept, other_value
from cancelkit.contract_tests.observing.stating import Proof, from_fact
from cancelkit.contract_tests.observing.writes import filled, seen
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.rules.concurrency.lost_changes import apart
from cancelkit.contract_tests.rules.concurrency.orders import Order, State, Write, in_turn, made
from cancelkit.contract_tests.target.answer import UNSET, Answer
from cancelkit.spec import Contract, Level, Operation, Role

TABLE: Final = "at once"
SHARED: Final = ("one record", "two records of one item")


@dataclass(frozen=True, slots=True)
class Together:
    """Writes that were sent at once, what either order means, what stands, and what readers saw: (where, id, row).

    told: what each answer must show, whatever the order. A row is the answer itself where a reader's call failed.
    ids: of the records that were there and of those that were made, where no id may be given twice.
    """

    what: str
    answers: tuple[Answer, ...]
    orders: tuple[Order, ...]
    after: Mapping[Any, Any]
    read: tuple[tuple[str, Any, Any], ...] = ()
    told: tuple[Mapping[str, Any], ...] = ()
    ids: tuple[Any, ...] = ()


def writes(contract: Contract) -> dict[str, Operation]:
    """The writes that are sent at once, by their kind."""
    single = {"create": contract.role(Role.CREATE), "delete": contract.role(Role.DESTROY)}
    return {**moving(contract), **{name: o for name, o in single.items() if o is not None}}


def abouts(pair: Sequence[str]) -> tuple[str, ...]:
    """What two writes can be about."""
    return SHARED[1:] if "create" in pair else SHARED


def _observe(pair: tuple[str, str], context: Context) -> list[Together]:
    found: list[Together] = []
    about = abouts(pair)
    chosen = about if context.scale > 1 else (about[sum(map(len, pair)) % len(about)],)
    for _ in range(max(1, 4 * (context.scale - 2))):
        for one in chosen:
            turns = ((0, 1), (1, 0)) if context.scale > 1 and len({*pair}) > 1 else ((0, 1),)
            found += [_at_once(pair, one, turn, context) for turn in turns]
            context.cover(TABLE, **dict(zip(("one", "other", "about"), (*pair, one), strict=True)))
    return found


def _at_once(pair: tuple[str, str], about: str, turn: tuple[int, int], context: Context) -> Together:
    """turn: in which order the two are sent."""
    references = {name: context.rng.choice(list(keys)) for name, keys in context.references.items() if keys}
    known, rows = writes(context.contract), list[Row]()
    for number, kind in enumerate(pair):
        if number == 0 or (about != SHARED[0] and kind != "create"):
            row: Row = filled(context, **references)
            rows.append(context.ready(known[kind], row))
    if "create" not in pair and about == SHARED[0]:
        rows = [context.ready(known[pair[1]], rows[0])]
    named = [rows[min(number, len(rows) - 1)] for number in range(2)]
    calls = [
        _write(context, kind, row, number if about == SHARED[0] else None, references)
        for number, (kind, row) in enumerate(zip(pair, named, strict=True))
    ]
    if about == SHARED[0] and turn != (0, 1) and any(call.operation.action for call in calls):
        calls = [_moving(context, call, row) for call, row in zip(calls, named, strict=True)]
    sends: list[partial[Any]] = [partial(_send, context, call) for call in calls]
    readers = [partial(_read, context, rows, number) for number in range(3)]
    first, then = turn
    answered = context.parallel([sends[first], readers[0], sends[then], *readers[1:]])
    answers = (answered[2 * first], answered[2 * then])
    new = [made(context, answer) for call, answer in zip(calls, answers, strict=True) if call.id is None]
    ids = tuple(id for id in [*map(context.id_of, rows), *new] if id is not None)
    after = {id: seen(context, id) for id in ids}
    orders = tuple(in_turn(context, calls, answers, rows, order) for order in ((0, 1), (1, 0)))
    read = tuple(one for shown in (answered[1], *answered[3:]) for one in shown)
    told = tuple(_told(context, call, about) for call in calls)
    unique = ids if context.contract.behaviour("ids-unique") else ()
    return Together(f"{pair[0]} and {pair[1]} of {about}", answers, orders, after, read, told, unique)


def _told(context: Context, call: Write, about: str) -> dict[str, Any]:
    """The call's own record; and what it sets, which no other call sets of another record."""
    action = call.operation.action
    sets = {action.field: action.value} if action else call.body or {}
    id = {} if call.id is None else {context.resource.id_field: call.id}
    return {**id, **(sets if about != SHARED[0] else {})}


def _write(context: Context, kind: str, row: Row, number: int | None, references: Mapping[str, Any]) -> Write:
    """A write of this kind; number: of one record the first and the second set different fields, if there are two."""
    operation = writes(context.contract)[kind]
    if kind == "create":
        return Write(kind, operation, None, context.body(**references))
    id = context.id_of(row)
    if operation.body is None:
        return Write(kind, operation, id, None)
    names = apart(context.contract, operation) or [n for n in fields(operation) if n != context.resource.state]
    chosen = names if number is None else names[number::2] or names
    body = kept(context, operation, row, whole=False)
    for name in chosen:
        with suppress(Skip):
            body[name] = other_value(context, name, fields(operation)[name], row)
    return Write(kind, operation, id, body)


def _moving(context: Context, write: Write, row: Row) -> Write:
    """An update that moves the state, too, which an action that is under way may forbid; other writes as they are."""
    state = context.resource.state
    if write.body is not None and state and state in (known := fields(write.operation)):
        with suppress(Skip):
            return replace(write, body={**write.body, state: other_value(context, state, known[state], row)})
    return write


def _send(context: Context, write: Write) -> Answer:
    return context.call(write.operation, id=write.id, body=UNSET if write.body is None else write.body)


def _read(context: Context, rows: Sequence[Row], number: int) -> list[tuple[str, Any, Any]]:
    """What one reader sees of the records: alone, or in a list."""
    ids = [context.id_of(row) for row in rows]
    alone = [o for role in ALONE if (o := context.contract.role(role))]
    lists = [one for one in listings(context.contract) if one.ids]
    if lists and (number or not alone):
        one = lists[number % len(lists)]
        page = one.ask(context, {**one.query(ids), **dict(page_query(one.operation, 10))})
        if page.answer is not None and page.status >= 500:
            return [(one.operation.id, ids[0], page.answer)]
        if page.status != 200:
            raise Inconclusive(f"a list could not be read beside writes: {page.status}")
        shown = {context.id_of(row): row for row in page.rows if isinstance(row, Mapping)}
        return [(one.operation.id, id, shown.get(id)) for id in ids]
    answer = context.call(alone[number % len(alone)], id=ids[0])
    failed = answer if answer.status >= 500 else None
    return [(answer.operation_id or "", ids[0], answer.json if answer.ok else failed)]


def judge(records: Records, found: Iterable[Together]) -> Iterator[str]:
    """One of the orders must explain all answers and what stands; each reader saw a state of one of them."""
    for one in found:
        wrong = [list(_differs(records, one, order)) for order in one.orders]
        if all(wrong):
            yield from (f"{one.what}: {text}, in whatever order" for text in min(wrong, key=len)[:3])
        if twice := [id for id in one.ids if one.ids.count(id) > 1]:
            yield f"{one.what}: the id {twice[0]} was given to a new record, and another one had it"
        for answer, told in zip(one.answers, one.told, strict=False):
            if answer.ok and isinstance(answer.json, Mapping):
                shown = {name: value for name, value in told.items() if name in answer.json}
                yield from (f"{one.what}: in an answer {text}" for text in records.lacks(answer.json, shown))
        for where, id, row in one.read:
            if isinstance(row, Answer):
                yield f"{one.what}: {where} beside them answered {row.status}"
                continue
            states = [state for order in one.orders for state in order.states.get(id, ())]
            if states and not any(_shows(records, row, state) for state in states):
                yield f"{one.what}: {where} beside them shows a record {id} that was never so: {_brief(row)}"


def _differs(records: Records, one: Together, order: Order) -> Iterator[str]:
    for answer, outcome in zip(one.answers, order.outcomes, strict=True):
        right = answer.refusals if outcome.status == REFUSED else (outcome.status,)
        if answer.status not in right and not (answer.ok and outcome.accepted):
            yield f"answered {answer.status}, not {' or '.join(map(str, right))}"
    for id, states in order.states.items():
        row, state = one.after.get(id), states[-1]
        if state is None or row is None:
            yield from () if row is state else [f"record {id} {'is gone' if row is None else 'still stands'}"]
        else:
            yield from (f"record {id}: {text}" for text in records.lacks(row, _kept(records, state)))


def _kept(records: Records, state: State) -> dict[str, Any]:
    return {name: value for name, value in state.items() if name not in records.stamps}


def _shows(records: Records, row: Any, state: State | None) -> bool:
    if state is None or not isinstance(row, Mapping):
        return row is state
    plain = records.plain(row)
    wanted = {
        name: value
        for name, value in _kept(records, state).items()
        if records.shown({name: value}).keys() <= plain.keys()
    }
    return not any(True for _ in records.lacks(plain, wanted))


def _brief(row: Any) -> str:
    return "not there" if row is None else str(row)[:200]


def _proof(contract: Contract) -> Proof:
    some = Examples(contract)
    row, id = some.record(), some.id()
    keys = contract.resource.references
    keyed = {*keys, *(place for one in keys.values() for place in (one.opened, one.opened_detailed) if place)}
    spare, state = some.spare(keyed), {name: value for name, value in row.items() if name not in keyed}
    ok, gone = Outcome(200, state=state, accepted=True), Outcome(404)
    orders = (Order((ok, ok), {id: (state, state)}), Order((ok, gone), {id: (state, None)}))

    def together(second: int = 200, after: Any = row, read: Any = row) -> list[Together]:
        answers = (examples.answer(200, row), examples.answer(second, {}))
        return [Together("a and b", answers, orders, {id: after}, (("a list", id, read),))]

    rejects = [
        [replace(together()[0], ids=(id, id))],
        together(500),
        together(404),
        together(200, None),
        together(read=examples.error(500)),
    ]
    if spare:
        rejects += [together(after={**row, spare: ELSE}), together(read={**row, spare: ELSE})]
        rejects.append([replace(together()[0], told=({spare: ELSE}, {}))])
    return Proof((together(), together(404, None, None)), tuple(rejects))


def rules(contract: Contract) -> Iterator[Rule]:
    if contract.role(Role.CREATE) is None or not viewed(contract):
        return
    level = contract.level("patch-partial", contract.level("delete-gone", Level.DOCUMENTED))
    usual, proof = Records(contract), _proof(contract)
    for pair in combinations_with_replacement(writes(contract), 2):
        where = "one record or of two that share their references" if len(abouts(pair)) > 1 else "one item"
        yield from_fact(
            f"concurrency/at-once/{pair[0]}-and-{pair[1]}",
            level,
            "x-behaviours of writes",
            f"{pair[0]} and {pair[1]} of {where} sent at once do what they do one after the other; readers beside "
            "them see nothing else.",
            partial(_observe, pair),
            partial(judge, usual),
            proof,
        )


def tables(contract: Contract) -> Iterator[Table]:
    def cells(scale: int) -> Iterator[Cell]:
        for pair in combinations_with_replacement(writes(contract), 2):
            about = abouts(pair)
            chosen = about if scale > 1 else (about[sum(map(len, pair)) % len(about)],)
            yield from ((*pair, one) for one in chosen)

    if contract.role(Role.CREATE) is not None:
        says = "two writes at once, readers beside; in quick each pair about one record or about two, else about both"
        yield Table(TABLE, says, ("one", "other", "about"), cells)
