"""A read that began before a write leaves nothing behind: once the write is answered, every view shows what it did.

Owns: concurrency/reads-beside-<write>.
Source: x-behaviours of writes; the representations of a record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.examples import ELSE, Examples
from cancelkit.contract_tests.observing.history_views import ALONE, NEXT, View, viewed
from cancelkit.contract_tests.observing.listing import Listing, listings
from cancelkit.contract_tests.observing.sending import fields, kept, other_value, with_body
from cancelkit.contract_tests.observing.staggered import staggered
from cancelkit.contract_tests.observing.stating import Proof, from_fact
from cancelkit.contract_tests.observing.writes import filling, plain
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.rules.concurrency.lost_changes import apart
from cancelkit.contract_tests.rules.concurrency.pairs import writes
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Level, Operation, Role

WAITS: Final = (0.003, 0.0, 0.006, 0.001, 0.008)
"""Seconds from the reads to the write, one round after the other: the reads must have begun, and not be done."""
LATER: Final = (0.001, 0.002, 0.004, 0.006)
"""Seconds from the first reads to further ones of lists, beside a write that changes how many records there are."""
TORN: Final = 2
"""So many pages must count what they do not show, some beside each write: on any server that counts first a moment
lies between the two, and that of a busy one is long."""
Look = Callable[[], View]


@dataclass(frozen=True, slots=True)
class Beside:
    """A write that was sent while its record was read, the record as it must be shown (None: not at all), and views.

    broken: what was wrong with the reads, whatever the record is. before, meanwhile: the record as it was, and what
    those reads showed of it while the write was under way.
    """

    what: str
    wanted: Row | None
    views: tuple[View, ...]
    broken: tuple[str, ...] = ()
    before: Row | None = None
    meanwhile: tuple[View, ...] = ()


def _observe(kind: str, operation: Operation, context: Context) -> list[Beside]:
    """Each round has a record of its own, which nothing has read before."""
    first = [*writes(context.contract)].index(kind)
    make = _created if kind == "create" else partial(_changed, operation)
    rounds = len(WAITS) if context.again else context.scale
    return [one for number in range(rounds) for one in make(first + number, WAITS[number % len(WAITS)], context)]


def _changed(operation: Operation, turn: int, wait: float, context: Context) -> list[Beside]:
    row = context.ready(operation, context.create())
    id = context.id_of(row)
    body: dict[str, Any] | None = None
    if operation.body is not None:
        known, body = fields(operation), kept(context, operation, row, whole=False)
        body |= {name: other_value(context, name, known[name], row) for name in apart(context.contract, operation)}
    alone = [partial(_read, context, one, id) for role in ALONE if (one := context.contract.role(role))]
    ids, faults = [id, *sorted(context.sample().own, key=str)[:2]], list[str]()
    listed = [partial(_listed, context, one, ids, id, faults) for one in listings(context.contract) if one.ids]
    first, then = (alone, listed) if turn % 2 == 0 else (listed, alone)
    send = partial(context.call, operation, id=id, **with_body(context, operation, body))
    more = listed if operation.role is Role.DESTROY else []
    answer, views, meanwhile, broken = _at_once(context, send, [*first, *then], then, wait, more)
    what, shown = f"{operation.id} of record {id}", answer.json if isinstance(answer.json, Mapping) else None
    if operation.role is not Role.DESTROY and not shown:
        return []  # an answer may say nothing of the record
    wanted = None if operation.role is Role.DESTROY else shown
    return [Beside(what, wanted, views, (*broken, *dict.fromkeys(faults)), row, meanwhile)]


def _created(turn: int, wait: float, context: Context) -> list[Beside]:
    """Lists asked for the ids that come next, where ids are numbers that rise."""
    newest, create = context.id_of(context.create()), context.operation(Role.CREATE)
    lists = [one for one in listings(context.contract) if one.ids]
    if not context.resource.numbered or not lists:
        return []
    ids = list(range(newest + 1, newest + 1 + NEXT))
    looks = [partial(_listed, context, one, ids, None, []) for one in lists]
    send = partial(context.call, create, body=context.body(**filling(context)))
    answer, _, meanwhile, broken = _at_once(context, send, looks, looks[: turn % 2], wait, looks)
    id = context.id_of(answer.json) if isinstance(answer.json, Mapping) else None
    if id not in ids:
        return []
    views = tuple(context.parallel([partial(_listed, context, one, ids, id, []) for one in lists]))
    meanwhile = tuple(replace(view, row=view.row.get(id)) for view in meanwhile)
    return [Beside(f"{create.id} of record {id}", answer.json, views, broken, meanwhile=meanwhile)]


def _at_once(
    context: Context,
    send: Callable[[], Answer],
    first: Sequence[Look],
    then: Sequence[Look],
    wait: float,
    later: Sequence[Look],
) -> tuple[Answer, tuple[View, ...], tuple[View, ...], tuple[str, ...]]:
    """The write, sent a little after the first reads; what they show when all are answered, and meanwhile; what failed.

    Raises:
        Inconclusive: the write was refused.
    """
    begun = len(context.trace)
    calls: list[tuple[float, Callable[[], Any]]] = [(0.0, look) for look in (*first, *then)]
    calls.insert(len(first), (wait, send))
    if context.scale > 1 and later:
        calls += [(moment, later[number % len(later)]) for number, moment in enumerate(LATER)]
    shown = staggered(context, calls)
    answer: Answer = shown.pop(len(first))
    if not answer.ok:
        raise Inconclusive(f"a valid write was refused: {answer.brief()}")
    broken = tuple(f"{one.operation_id} answered {one.status}" for one in context.trace[begun:] if one.status >= 500)
    return answer, tuple(context.parallel(first)), tuple(shown), broken


def _read(context: Context, operation: Operation, id: Any) -> View:
    answer = context.call(operation, id=id)
    return View(operation.id, plain(context, answer.json if answer.status == 200 else None))


def _listed(context: Context, one: Listing, ids: list[Any], id: Any, faults: list[str]) -> View:
    """The record as the list shows it, or all rows by id where none is given.

    faults: is told of rows that are there twice, and of others than the record that are not there.
    """
    page = one.ask(context, one.query(ids, limit=len(ids)))
    for other in ids if id is not None and page.status == 200 else ():
        times = [*page.ids].count(other)
        if times > 1 or (not times and other != id):
            faults.append(f"{one.operation.id} shows record {other} {times} times")
    shown = {context.id_of(row): row for row in page.rows if isinstance(row, Mapping)}
    rows = {key: plain(context, row) for key, row in shown.items()}
    return View(one.operation.id, rows.get(id) if id is not None else rows, page.torn)


def judge(records: Records, found: Iterable[Beside]) -> Iterator[str]:
    """No read fails; every view then shows the record as the write was answered, or not at all where it is gone."""
    every = list(found)
    torn = [(one.what, view) for one in every for view in (*one.meanwhile, *one.views) if view.torn]
    certain = len(torn) >= TORN and len({what for what, _ in torn}) == len(every)
    yield from (f"{what}: {view.where} {view.torn}" for what, view in torn if certain)
    for one in every:
        yield from (f"{one.what}, which was read meanwhile: {text}" for text in one.broken)
        yield from _between(records, one)
        for view in one.views:
            where = f"{one.what}, which was read meanwhile: {view.where}"
            if one.wanted is None or view.row is None:
                lost = f"does {'not ' * (view.row is None)}show it afterwards"
                yield from () if view.row is one.wanted else [f"{where} {lost}"]
                continue
            wanted = records.plain(one.wanted)
            for name in records.changed(wanted, view.row, list(wanted)):
                yield f"{where} shows {name} {view.row[name]!r} afterwards, not {wanted[name]!r}"


def _between(records: Records, one: Beside) -> Iterator[str]:
    """A read meanwhile shows all of the record as it was, which is not at all where it is new, or all as it is then."""
    for view in one.meanwhile:
        if view.row is None:
            yield from (
                () if None in (one.before, one.wanted) else [f"{one.what}: {view.where} does not show it meanwhile"]
            )
            continue
        states = [state for state in (one.before, one.wanted) if state is not None]
        known = [records.plain(state) for state in states]
        wrong = [[n for n in records.changed(s, view.row, [*s]) if n not in records.stamps] for s in known]
        if all(wrong):
            shown = {name: view.row[name] for name in min(wrong, key=len)}
            yield f"{one.what}: {view.where} shows {shown} meanwhile, neither as before nor as afterwards"


def rules(contract: Contract) -> Iterator[Rule]:
    if contract.role(Role.CREATE) is None or not viewed(contract):
        return
    some = Examples(contract)
    row = some.record()
    right, gone = ([Beside("a", shown, (View("a view", shown),))] for shown in (row, None))
    wrong = [[Beside("a", row, (View("a view", None),))], [Beside("a", None, (View("a view", row),))]]
    wrong.append([Beside("a", row, (View("a view", row),), ("a view answered 500",))])
    unsure, sure = ([Beside("a", row, (View("a view", row, "counts 2"),) * n)] for n in (1, TORN))
    seldom = [*sure, Beside("b", row, (View("a view", row),))]
    wrong.append(sure)
    if spare := some.spare():
        half = Beside("a", row, (), (), row, (View("a view", {**row, spare: ELSE}),))
        new = Beside("a", row, (), (), None, (View("a view", {**row, spare: ELSE}),))
        wrong += [[half], [new], [Beside("a", row, (), (), row, (View("a view", None),))]]
        wrong.append([Beside("a", row, (View("a view", {**row, spare: ELSE}),))])
    level = contract.level("patch-partial", contract.level("delete-gone", Level.DOCUMENTED))
    for kind, operation in writes(contract).items():
        if operation.body is None or operation.role is Role.CREATE or apart(contract, operation):
            yield from_fact(
                f"concurrency/reads-beside-{kind}",
                level,
                "x-behaviours of writes",
                f"However a record was read while {kind} was under way, no read fails, shows half of it or "
                "counts what it does not show; each view shows afterwards what it did.",
                partial(_observe, kind, operation),
                partial(judge, some.records),
                Proof((right, gone, unsure, seldom), tuple(wrong)),
                quiet=True,
            )
