"""A record in every view of it, with the records around it: alone, listed, plain, detailed, and by what filters name.

Owns: View, Look, looking, judging what was seen against what the record must show.
Source: the representations of a record; x-filter; x-behaviours detailed-agrees.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.walking import page_query
from cancelkit.contract_tests.observing.evidence import Row
from cancelkit.contract_tests.observing.filters_found import Found, judge
from cancelkit.contract_tests.observing.filters_plan import matching_value
from cancelkit.contract_tests.observing.filters_values import decided
from cancelkit.contract_tests.observing.listing import Listing, listings
from cancelkit.contract_tests.observing.newest import spotted
from cancelkit.contract_tests.oracles.records import Records
from cancelkit.spec import Contract, Operation, Role

ALONE: Final = (Role.RETRIEVE, Role.RETRIEVE_DETAILED)
TURNS: Final = ((Role.RETRIEVE, Role.LIST_DETAILED), (Role.RETRIEVE_DETAILED, Role.LIST))
ROWS: Final = 20
ASKED: Final = 2
"""So many filters are asked after each write for what a record was and is; in quick, which has few writes, all."""
NEXT: Final = 40
"""So many ids after the newest one may a new record get while others are created."""
APART: Final = {"Connection": "close"}
"""Makes a request go over a connection of its own."""


@dataclass(frozen=True, slots=True)
class View:
    """One view of a record: the row that it shows, as plain answers show it; None where the record is not there.

    torn: what does not agree within the page that it stands on.
    """

    where: str
    row: Any
    torn: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """A list asked for a few records: the ids that it must show, those that it did, its count, and the other rows."""

    where: str
    expected: Sequence[Any]
    ids: Sequence[Any]
    count: Any
    others: Sequence[tuple[Row, Any]] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that was asked about a record after one write."""

    views: tuple[View, ...] = ()
    around: tuple[Around, ...] = ()
    found: tuple[Found, ...] = ()


@dataclass
class Observer:
    """Looks at one record after another, between the same neighbours.

    gone: ids that were deleted. asked: how often each filter was. turn: which views go over another connection.
    looks: how often the record was looked at after each kind of write.
    """

    context: Context
    records: Records
    neighbours: tuple[Row, ...]
    gone: list[Any] = field(default_factory=list)
    detailed: dict[Any, Row] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    turn: int = 0
    looks: Counter[str] = field(default_factory=Counter)

    def look(self, id: Any, kind: str = "", *, there: bool = True) -> Look:
        """Read the record (or the lack of it) in each view, one after the other, every second on its own connection.

        In standard every second view after a `kind` of write, and the others after the next one of this kind.
        """
        self.turn += 1
        self.looks[kind] += 1
        before, views, around = self.detailed.get(id), list[View](), list[Around]()
        contract = self.context.contract
        roles = self._roles(kind)
        for number, operation in enumerate(o for role in ALONE if role in roles and (o := contract.role(role))):
            answer = self.context.call(operation, id=id, headers=self._apart(number))
            row = answer.json if answer.status == 200 else None
            views.append(View(operation.id, self._kept(id, operation, row)))
        for number, one in enumerate(one for one in listings(contract) if one.operation.role in roles):
            if one.ids:
                self._listed(one, id, there, number, views, around)
            elif self.context.scale == 1 or self.turn % 3 == 0:
                row = spotted(self.context, one, [{self.records.id_field: id}]).get(id)
                views += [View(one.operation.id, self._kept(id, one.operation, row))] if row or not there else []
        found = list(self._found(id, before, there))
        if not there:
            views += [View(each.what, {} if id in each.ids else None) for each in found]
            self.detailed.pop(id, None)
        return Look(tuple(views), tuple(around), tuple(found))

    def _roles(self, kind: str) -> tuple[Role, ...]:
        """The views that are asked now; all of them where one of two could not show each detail of the record."""
        contract = self.context.contract
        each = all(contract.role(role) for turn in TURNS for role in turn) and all(o.ids for o in listings(contract))
        return TURNS[self.looks[kind] % 2] if each and self.context.scale == 2 else (*TURNS[0], *TURNS[1])

    def _apart(self, number: int) -> dict[str, str | None]:
        return dict(APART) if (self.turn + number) % 2 else {}

    def _kept(self, id: Any, operation: Operation, row: Any) -> Any:
        """The row in its plain form; the most detailed one is kept for the filters."""
        if not isinstance(row, Mapping):
            return None
        opened = operation.role in (Role.RETRIEVE_DETAILED, Role.LIST_DETAILED)
        if opened or not any(self.context.contract.role(role) for role in (Role.RETRIEVE_DETAILED, Role.LIST_DETAILED)):
            self.detailed[id] = row
        return self.records.plain(row) if opened else row

    def _listed(self, one: Listing, id: Any, there: bool, number: int, views: list[View], around: list[Around]) -> None:
        left, *right = [self.context.id_of(row) for row in self.neighbours]
        asked = [left, *self.gone[-1:], id, *right]
        query = {**one.query(asked), **dict(page_query(one.operation, ROWS if self.turn % 2 else None))}
        page = one.ask(self.context, query, headers=self._apart(number))
        shown = {self.context.id_of(row): row for row in page.rows if isinstance(row, Mapping)}
        views.append(View(one.operation.id, self._kept(id, one.operation, shown.get(id))))
        others = []
        for row in self.neighbours:
            name = self.context.id_of(row)
            others.append((row, self._kept(name, one.operation, shown.get(name))))
        expected = [left, *([id] if there else []), *right]
        expected = sorted(expected) if self.context.resource.numbered else expected
        count = page.count if "count" in one.fields else len(expected)
        around.append(Around(one.operation.id, expected, list(page.ids), count, others))

    def _found(self, id: Any, before: Row | None, there: bool) -> Iterator[Found]:
        """Ask filters for what the record was and for what it is, those first that tell the two apart."""
        now = self.detailed.get(id) if there else None
        known = [row for other in self.neighbours if (row := self.detailed.get(self.context.id_of(other)))]
        lists = [one for one in listings(self.context.contract) if one.ids]
        if not lists or not (now or before):
            return
        one = lists[self.turn % len(lists)]
        told = []
        for name, parameter, rule in one.judged:
            if name != one.ids and decided(rule):
                values = [matching_value(parameter, rule, row) if row else None for row in (before, now)]
                told.append((values[0] == values[1], self.asked[name], name, rule, values))
        told.sort(key=lambda each: each[:3])
        for alike, _, name, rule, values in told[: ASKED if self.context.scale > 1 else None]:
            if alike and told[0][2] != name:
                break
            self.asked[name] += 1
            for value in dict.fromkeys(value for value in values if value is not None):
                query = {**one.query([id, *map(self.context.id_of, self.neighbours)]), name: value}
                page = one.ask(self.context, query)
                rows = [*known, *([now] if now else [])]
                what = f"{one.operation.id} with {name}={value}"
                count = page.count if "count" in one.fields else len(page.ids)
                shown = (page.status, list(page.ids), count, True, rows)
                yield Found(what, ((name, rule, value),), *shown, id_field=self.records.id_field)


def judge_look(records: Records, ordered: bool, wanted: Row | None, look: Look) -> Iterator[str]:
    """Every view must show the record as it is wanted, or not at all where it is None; what is around it stands.

    ordered: ids ascend in lists.
    """
    for view in look.views:
        if wanted is None:
            yield from () if view.row is None else [f"{view.where} still shows the record"]
        elif view.row is None:
            yield f"{view.where} does not show the record"
        else:
            for name in records.changed(wanted, view.row, list(wanted)):
                yield f"{view.where} shows {name} {view.row[name]!r}, not {wanted[name]!r}"
    for one in look.around:
        right, shown = (list(map(str, ids)) for ids in (one.expected, one.ids))
        if (shown != right) if ordered else (sorted(shown) != sorted(right)):
            yield f"{one.where} shows {list(one.ids)}, not {list(one.expected)}"
        elif one.count != len(one.expected):
            yield f"{one.where} counts {one.count!r}, not {len(one.expected)}"
        for before, after in one.others:
            yield from (f"another record in {one.where}: {text}" for text in records.stands(before, after))
    yield from judge(look.found)


def viewed(contract: Contract) -> bool:
    """Whether a record can be seen at all, once its id is known."""
    return any(contract.role(role) for role in ALONE) or any(one.ids for one in listings(contract))
