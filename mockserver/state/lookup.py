"""Reading the records of one session: by id, in pages, as copies.

Owns: a page's rows, order and total, detailed answers, copies. The methods after "Steps" are what a mutant may
    override.
Knows nothing of: changes (store.py), HTTP, sessions; how rows are kept and searched (rows.py).
Source: the contract's resource: x-filter, x-ordering, x-reference.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import orjson

from cancelkit.fixtures.world import Record, Scope
from cancelkit.mockserver.documents import document
from cancelkit.mockserver.state.catalogue import Catalogue
from cancelkit.mockserver.state.errors import Missing, PageBeyondLast
from cancelkit.mockserver.state.layout import DOC, EXTRAS, Layout, loaded
from cancelkit.mockserver.state.making import Maker
from cancelkit.mockserver.state.rows import Document, Found, Rows
from cancelkit.mockserver.state.searched import key_of
from cancelkit.mockserver.state.selection import Selection
from cancelkit.spec import Contract, Filter

Now = Callable[[], datetime]
Asked = tuple[Filter, Any]
"""A filter and its parsed value."""


@dataclass(frozen=True, slots=True)
class Page:
    """rows: JSON of each record on this page; total counts all matches."""

    rows: list[Document]
    total: int


class Lookup:
    """Records by scope and id, for reading."""

    def __init__(self, contract: Contract, catalogue: Catalogue, now: Now = lambda: datetime.now(UTC)) -> None:
        """
        Raises:
            SpecError: a field that only answers have, or the id, can't be given a value.
        """
        self.contract, self.resource, self.catalogue = contract, contract.resource, catalogue
        self.now = now
        self.layout = Layout(contract, catalogue)
        self.maker = Maker(contract, catalogue, self.layout.id_field)
        shown = contract.resource.detailed_fields
        self._hidden = tuple(name for name in contract.resource.fields if name not in shown)
        self._opening = tuple(r for r in self.layout.references if r.opened_detailed and r.opened_detailed != r.opened)
        self.rows = Rows(self.layout)

    def copy(self, now: Now) -> Self:
        """An independent store with the same records and the same next number; what neither changes is shared."""
        other = copy(self)
        other.now, other.rows = now, self.rows.copy()
        return other

    @property
    def changes(self) -> int:
        """A number that grows with every write."""
        return self.rows.changes

    @property
    def weight(self) -> int:
        """The memory that the records take beside what every session starts from, in bytes, about."""
        return sum(self.rows.weights().values())

    @property
    def form(self) -> str:
        """The form of the records: only a store with the same one can take them."""
        return f"{self.resource.name} {self.layout.scopes} {self.layout.id_field} {self.layout.numbered:d}"

    @property
    def answers(self) -> dict[Hashable, Any]:
        """For what others work out of the present records and may use again; emptied by the next write."""
        return self.rows.answers

    @property
    def next_number(self) -> int:
        """The number that the next record will have."""
        return self.rows.next

    @next_number.setter
    def next_number(self, number: int) -> None:
        self.rows.next = number

    def __len__(self) -> int:
        return len(self.rows)

    def find(self, id: Any) -> Record | None:
        """The record with this id, in whichever scope; the first where several have it."""
        found = next(self.rows.with_id(id), None)
        return None if found is None else self.layout.record(found)

    def records(self) -> Iterator[Record]:
        """Every record, in the order of their numbers."""
        return map(self.layout.record, self.rows)

    def has(self, scope: Scope, id: Any) -> bool:
        """Whether the scope has such a record."""
        return self.rows.one(scope, id) is not None

    def get(self, scope: Scope, id: Any) -> Document:
        """The record as JSON.

        Raises:
            Missing: the scope has no such record.
        """
        return self.found(scope, id).doc

    def get_detailed(self, scope: Scope, id: Any) -> Document:
        """The detailed record as JSON. Raises Missing."""
        _, doc, extras = self.found(scope, id)
        return self.opened(doc, extras)

    def page(
        self,
        scope: Scope,
        asked: Sequence[Asked],
        *,
        page: int,
        limit: int | None,
        detailed: bool = False,
        order: str | None = None,
    ) -> Page:
        """One page of the scope's records that match every condition, in ascending order of their numbers.

        Args:
            asked: filters with their parsed values.
            page: counts from 1. limit: None for all rows.
            order: a field, with "-" before it for descending; equal ones by number.
        Raises:
            PageBeyondLast: page > 1 holds no row.
        """
        found = self.selection(scope, asked)
        skip = (page - 1) * limit if limit is not None else 0
        if page > 1 and skip >= found.total:
            raise PageBeyondLast
        if order:
            place = self.layout.place((order.removeprefix("-"),))
            rows = found.ordered(place, descending=order.startswith("-"), skip=skip, most=limit)
        else:
            rows = found.rows(skip, limit)
        if detailed:
            return Page([self.opened(row[DOC], row[EXTRAS]) for row in rows], found.total)
        return Page([row[DOC] for row in rows], found.total)

    # Steps

    def found(self, scope: Scope, id: Any) -> Found:
        """The stored record. Raises Missing."""
        found = self.rows.one(scope, id)
        if found is None:
            raise Missing
        return found

    def selection(self, scope: Scope, asked: Sequence[Asked]) -> Selection:
        """The rows of a scope that match every condition."""
        return self.rows.select(
            [*self.layout.in_scope(scope), *(self.layout.condition(rule, value) for rule, value in asked)]
        )

    def opened(self, doc: Document, extras: Document | None) -> Document:
        """A record as detailed answers show it: references opened, with the fields that only they have."""
        if not self._opening and not self.maker.extra and not self._hidden:
            return doc
        record = orjson.loads(doc)
        keys = [(r.opened_detailed or "", r.table, key_of(r, record)) for r in self._opening]
        for name in self._hidden:
            record.pop(name, None)
        for name, table, key in keys:
            record[name] = None if key is None else self.catalogue.written(table, key)
        kept = loaded(extras)
        for name in self.maker.extra:
            record[name] = kept.get(name)
        return document(record)
