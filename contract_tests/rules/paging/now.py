"""Pages that were asked for before a write, and are asked for again after it, while no other rule writes.

Owns: paging/<list>/page-of-now.
Source: x-behaviours page-envelope; x-paging; x-filter on the state and through references.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.engine.rule import Rule
from cancelkit.contract_tests.errors import Skip
from cancelkit.contract_tests.machine.histories import acting, updating
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.examples import ELSE, Examples
from cancelkit.contract_tests.observing.filters_plan import matching_value
from cancelkit.contract_tests.observing.filters_values import decided
from cancelkit.contract_tests.observing.history_views import ALONE, NEXT
from cancelkit.contract_tests.observing.listing import Listing, Page, Query, listings
from cancelkit.contract_tests.observing.sending import fields, kept, other_value, plain_fields, with_body
from cancelkit.contract_tests.observing.stating import Proof, from_behaviour
from cancelkit.contract_tests.observing.writes import read
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Operation, Role

OWN: Final = 3
"""So many records stand beside the one that is written."""
LIMIT: Final = 2
TAILS: Final = (10, 9, 8, 7)
"""Limits of which one leaves room for another record on the last page of the whole list."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What one query answers after a write.

    there: own records that must stand on its pages. known: how they were answered last. gone: those that must not.
    total: what each page must count, None where that is not known. loose: others of the server may have changed it.
    """

    what: str
    pages: tuple[Page, ...]
    there: frozenset[Any] = frozenset()
    known: Mapping[Any, Row] = field(default_factory=dict)
    gone: frozenset[Any] = frozenset()
    total: int | None = None
    loose: bool = False

    @property
    def excess(self) -> list[int]:
        """By how much a page counts too many, where one does."""
        counts = [page.count for page in self.pages if isinstance(page.count, int)]
        return [count - self.total for count in counts if self.total is not None and count != self.total]


@dataclass
class Life:
    """A few records, and what is done to them, in the answers of one list.

    rows: those that stand, as they were answered last. asked: ids that queries name, those among them that a new record
    may get. tail: the query for the last page of the whole list. state: the filter of the state that new records have.
    same: a filter that finds all of them. counted: what a query counted last, and how many of `rows` it should find.
    """

    context: Context
    listing: Listing
    rows: dict[Any, Row]
    asked: list[Any]
    tail: Query | None
    state: Query
    same: Query
    gone: set[Any] = field(default_factory=set)
    counted: dict[str, tuple[int, int]] = field(default_factory=dict)

    def look(self, after: str, *, briefly: bool = False) -> Iterator[Shown]:
        """Ask for the records page by page, the last one first, by what they share and by their state; and for all.

        briefly: less of the records, where all that matters is that it was asked twice.
        """
        one, mine = self.listing, frozenset(self.rows)
        state, first = self.context.resource.state or "", tuple(self.state.values())
        waiting = frozenset(id for id, row in self.rows.items() if row.get(state) in first)
        if one.ids:
            numbers = (2, *([] if briefly else [1])) if one.pages else (None,)
            yield self._chosen(after, one.query(limit=LIMIT if one.pages else None), numbers, mine)
            if self.same and not briefly:
                yield self._chosen(after, self.same, (None,), mine)
            if self.state and not briefly:
                yield self._chosen(after, {**one.query(limit=NEXT), **self.state}, (None,), waiting)
        if self.tail is not None:
            last = self._counted(f"the last page of {one.name}", after, self.tail, mine)
            limit, before = self.tail[one.limit or ""], self.tail[one.page or ""] - 1
            rows = len(last.pages[0].ids)
            yield last
            if 0 < rows < limit:
                yield replace(last, total=before * limit + rows, loose=False)
        if self.state and "count" in one.fields:
            query = {**one.query(limit=LIMIT), **self.state}
            yield self._counted(f"{one.name} with {self.state}", after, query, waiting)

    def _chosen(self, after: str, query: Query, numbers: Sequence[int | None], own: frozenset[Any]) -> Shown:
        """A query that names ids; what it counts is known where it shows no others' records."""
        one, context = self.listing, self.context
        pages = tuple(one.ask(context, {**query, **one.query(self.asked, page=number)}) for number in numbers)
        strange = {id for page in pages for id in page.ids} - self.rows.keys() - self.gone
        total = None if strange or "count" not in one.fields else len(own)
        every = own if numbers[-1] in (1, None) else frozenset[Any]()
        return Shown(
            f"{one.name} with {query} after {after}", pages, every, dict(self.rows), frozenset(self.gone), total
        )

    def _counted(self, what: str, after: str, query: Query, own: frozenset[Any]) -> Shown:
        """A query that others' records answer, too: what it counts changes as much as the own ones do."""
        page = self.listing.ask(self.context, query)
        was, held = self.counted.get(what, (None, 0))
        if isinstance(page.count, int):
            self.counted[what] = page.count, len(own)
        total = None if was is None else was + len(own) - held
        newest = frozenset([max(self.rows)] if query is self.tail else [])
        return Shown(f"{what} after {after}", (page,), newest, dict(self.rows), frozenset(self.gone), total, loose=True)


def _observe(listing: Listing, context: Context) -> list[Shown]:
    found = _live(listing, context)
    if any(one.loose and one.excess for one in found):
        found += _live(listing, context)
    return found


def _live(listing: Listing, context: Context) -> list[Shown]:
    turn = [one.name for one in listings(context.contract)].index(listing.name)
    life = _begin(listing, context, turn)
    found = list(life.look("creates"))
    found += life.look("creates", briefly=True) if context.scale > 1 else ()
    for number, (kind, operation, names) in enumerate(_writes(context, turn)):
        try:
            id, answer = _send(context, operation, names, life.rows)
        except Skip:
            continue
        if not answer.ok:
            continue
        if operation.role is Role.DESTROY:
            life.gone.add(id)
            del life.rows[id]
        elif isinstance(answer.json, Mapping) and context.id_of(answer.json) is not None:
            life.rows[context.id_of(answer.json)] = dict(answer.json)
        else:
            continue  # the answer says nothing of the record
        found += life.look(kind)
        if (number + turn) % 2 and context.scale > 1:
            found += life.look(f"{kind} and a look", briefly=True)
    return found


def _begin(listing: Listing, context: Context, turn: int) -> Life:
    """In quick one list is asked for its last page, and the next one by the state."""
    contract, moves = context.contract, context.resource.transitions
    keys = {name: found[0] for name, found in context.references.items() if found and name != context.one_each}
    rows: dict[Any, Row] = {context.id_of(row): row for row in (context.create(**keys) for _ in range(OWN))}
    ids = list(rows)
    if context.resource.numbered:
        ids += range(max(ids) + 1, max(ids) + 1 + NEXT)
    name = listing.exact(moves.field) if moves else None
    state: Query = {name: moves.initial} if moves and name else {}
    same: Query = {}
    if listing.ids and context.scale > 1 and any(contract.role(role) for role in ALONE):
        same = _same(listing, context, read(context, ids[0], detailed=True))
    quick = context.scale < 2
    tail = None if quick and state and turn % 2 else _tail(listing, context, rows)
    return Life(context, listing, rows, ids, tail, {} if quick and tail else state, same)


def _same(listing: Listing, context: Context, row: Row) -> Query:
    """A filter that finds a record by what a reference names."""
    places = {one.opened_detailed for name, one in context.resource.references.items() if name != context.one_each}
    for name, parameter, rule in listing.judged:
        value = matching_value(parameter, rule, row) if rule.path[0] in places and decided(rule) else None
        if value is not None:
            return {name: value}
    return {}


def _tail(listing: Listing, context: Context, rows: Mapping[Any, Row]) -> Query | None:
    """The query for the last page of the whole list, on which there is room for a new record, and new ones stand."""
    if not (context.resource.numbered and listing.pages and "count" in listing.fields):
        return None
    count = listing.ask(context, listing.query(limit=1)).count
    limit = next((limit for limit in TAILS if isinstance(count, int) and count % limit), None)
    query = None if limit is None else listing.query(limit=limit, page=-(-count // limit))
    return query if query and max(rows) in listing.ask(context, query).ids else None


def _writes(context: Context, turn: int) -> Iterator[tuple[str, Operation, Sequence[str]]]:
    """What may happen to a record, with the fields that are set.

    Of two updates the second moves the state; in quick there is one, or an action for the next list.
    """
    contract, quick = context.contract, context.scale < 2
    state, updates = contract.resource.state, list(updating(contract).items())
    yield "create", context.operation(Role.CREATE), ()
    updates = updates[turn % 2 :] + updates[: turn % 2]
    actions = acting(contract)
    for number, (kind, operation) in enumerate(updates[: 0 if turn % 2 and actions else 1] if quick else updates):
        moves = state in fields(operation) and number + quick > 0
        yield kind, operation, [str(state)] if moves else plain_fields(context, operation)[:1]
    yield from ((kind, operation, ()) for kind, operation in actions.items() if turn % 2 or not quick)
    if destroy := contract.role(Role.DESTROY):
        yield "delete", destroy, ()


def _send(context: Context, operation: Operation, names: Sequence[str], rows: Mapping[Any, Row]) -> tuple[Any, Answer]:
    """The record, and the answer: a move is of the first one, a delete of the second, other writes of the newest.

    Raises:
        Skip: the record is in no state for it, or a field has no other value.
    """
    if operation.role is Role.CREATE:
        keys = {name: found[0] for name, found in context.references.items() if found and name != context.one_each}
        return None, context.call(operation, body=context.body(**keys))
    ids, state = list(rows), context.resource.state
    id = ids[1] if operation.role is Role.DESTROY else ids[0] if state in names else ids[-1]
    if operation.action and context.state_of(rows[id]) in operation.action.refused:
        raise Skip("the action is refused now")
    body: dict[str, Any] | None = None
    if operation.body is not None:
        known, body = fields(operation), kept(context, operation, rows[id], whole=False)
        body |= {name: other_value(context, name, known[name], rows[id]) for name in names}
    return id, context.call(operation, id=id, **with_body(context, operation, body))


def judge(records: Records, found: Iterable[Shown]) -> Iterator[str]:
    """Each page shows and counts what stands there now; of counts that others change one wrong look is not enough."""
    wrong = defaultdict[str, list[int]](list)
    for one in found:
        if failed := [page.status for page in one.pages if page.status != 200 or not page.is_page]:
            yield f"{one.what}: a page answered {failed[0]}"
            continue
        ids = [id for page in one.pages for id in page.ids]
        if twice := sorted({id for id in ids if ids.count(id) > 1}, key=str):
            yield f"{one.what}: these stand on the pages more than once: {twice}"
        if missing := sorted(one.there.difference(ids), key=str):
            yield f"{one.what}: these stand on no page: {missing}"
        if gone := sorted(one.gone.intersection(ids), key=str):
            yield f"{one.what}: these are gone and stand there: {gone}"
        if one.excess and not one.loose:
            yield f"{one.what}: counts {one.excess[0]:+} of {one.total}"
        if one.loose and one.total is not None:
            wrong[one.what] += one.excess[:1] or [0]
        for row in (row for page in one.pages for row in page.rows if isinstance(row, Mapping)):
            known, shown = one.known.get(row.get(records.id_field), {}), records.plain(row)
            for name in records.changed(records.plain(known), shown, list(known)):
                yield f"{one.what}: shows {name} {shown[name]!r}, not {known[name]!r}"
    for what, excess in wrong.items():
        if len(excess) > 1 and len({*excess}) == 1 and excess[0]:
            yield f"{what}: counts {excess[0]:+}, each time"


def _proof(contract: Contract) -> Proof:
    some = Examples(contract)
    row, id, other = some.record(), some.id(), some.id(8)

    def shown(*ids: Any, count: int = 1, status: int = 200, **more: Any) -> list[Shown]:
        rows = [row if one == id else {contract.resource.id_field: one} for one in ids]
        page = Page(status, ids, count, rows=rows)
        return [Shown("a list", (page,), **{"there": frozenset({id}), "known": {id: row}, "total": 1, **more})]

    loose = shown(id, count=2, loose=True)
    wrong = [shown(), shown(id, id), shown(id, count=2), shown(id, other, gone=frozenset({other})), loose * 2]
    wrong.append(shown(id, status=500))
    if spare := some.spare():
        wrong.append(shown(id, known={id: {**row, spare: ELSE}}))
    return Proof((shown(id), loose, [*loose, *shown(id, loose=True)]), tuple(wrong))


def rules(contract: Contract) -> Iterator[Rule]:
    for listing in listings(contract) if contract.role(Role.CREATE) else ():
        if listing.ids or (listing.pages and "count" in listing.fields):
            yield from from_behaviour(
                contract,
                "page-envelope",
                f"paging/{listing.name}/page-of-now",
                partial(_observe, listing),
                partial(judge, Records(contract)),
                _proof(contract),
                requires=f"Each page of {listing.path} shows and counts what stands there now, whatever was asked "
                "before and whichever write came between.",
                quiet=True,
            )
