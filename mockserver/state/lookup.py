"""Reading the records of one session: by id, in pages, as copies.

Owns: a page's rows, order and total, detailed answers, snapshots. The methods after "Steps" are what a mutant may
    override.
Knows nothing of: changes (store.py), HTTP, sessions, SQL of single rows (rows.py, layout.py).
Source: the contract's resource: x-filter, x-ordering, x-reference.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import orjson

from cancelkit.fixtures.world import Record, Scope
from cancelkit.mockserver.state.catalogue import Catalogue
from cancelkit.mockserver.state.columns import column_name, condition
from cancelkit.mockserver.state.errors import Missing, PageBeyondLast
from cancelkit.mockserver.state.layout import Layout
from cancelkit.mockserver.state.making import Maker
from cancelkit.mockserver.state.rows import Document, Found, Rows
from cancelkit.mockserver.state.searched import key_of
from cancelkit.spec import Contract, Filter

Now = Callable[[], datetime]
Condition = tuple[Filter, Any]
_FAR = 1 << 62
"""An offset that no list reaches, and that SQLite can still take."""
_SHARED = ("contract", "resource", "catalogue", "layout", "maker", "_hidden", "_opening", "_key")


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
        self._key = (self.layout.id_field, self.layout.key)
        shown = contract.resource.detailed_fields
        self._hidden = tuple(name for name in contract.resource.fields if name not in shown)
        self._opening = tuple(r for r in self.layout.references if r.opened_detailed and r.opened_detailed != r.opened)
        self.rows = Rows.empty(self.layout)

    def copy(self, now: Now) -> Self:
        """An independent store with the same records and the same next number; the catalogue is shared."""
        return self.restored(self.snapshot(), now)

    def snapshot(self) -> Document:
        """The records and the next number, for `restored`."""
        return self.rows.snapshot()

    def restored(self, snapshot: Document, now: Now) -> Self:
        """A store of this contract and catalogue in the state of `snapshot`."""
        other = object.__new__(type(self))
        for name in _SHARED:
            setattr(other, name, getattr(self, name))
        other.now = now
        other.rows = Rows.restored(self.layout, snapshot)
        return other

    @property
    def db(self) -> sqlite3.Connection:
        """The database with every record in it."""
        return self.rows.db

    @property
    def weight(self) -> int:
        """The memory that the records take, in bytes."""
        return self.rows.weight

    @property
    def changes(self) -> int:
        """A number that grows with every write."""
        return self.rows.changes

    @property
    def form(self) -> str:
        """The form of a snapshot: only a store with the same one can take it."""
        return self.rows.form

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
        (count,) = self.db.execute("SELECT count(*) FROM records").fetchone()
        return int(count)

    def find(self, id: Any) -> Record | None:
        """The record with this id, in whichever scope; the first where several have it."""
        names = ", ".join(["doc", "extras", *self.layout.scoped])
        try:
            rows = self.rows.select(names, f"{self.layout.key} = ? ORDER BY number LIMIT 1", [id])
        except (sqlite3.Error, OverflowError):
            return None
        return next((_record(row) for row in rows), None)

    def records(self) -> Iterator[Record]:
        """Every record, in the order of their numbers."""
        names = ", ".join(["doc", "extras", *self.layout.scoped])
        for row in self.db.execute(f"SELECT {names} FROM records ORDER BY number"):  # noqa: S608
            yield _record(row)

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
        conditions: Sequence[Condition],
        *,
        page: int,
        limit: int | None,
        detailed: bool = False,
        order: str | None = None,
    ) -> Page:
        """One page of the scope's records that match every condition, in ascending order of their numbers.

        Args:
            conditions: filters with their parsed values.
            page: counts from 1. limit: None for all rows.
            order: a field, with "-" before it for descending; equal ones by number.
        Raises:
            PageBeyondLast: page > 1 holds no row.
        """
        where, bound = self.where(scope, conditions)
        size = _FAR if limit is None else limit
        offset = (page - 1) * size
        if offset > _FAR:
            raise PageBeyondLast
        rows = self.db.execute(
            f"SELECT doc, extras FROM records WHERE {where} ORDER BY {self.order(conditions, order)} "  # noqa: S608
            "LIMIT ? OFFSET ?",
            (*bound, size + 1, offset),
        ).fetchall()
        if page > 1 and not rows:
            raise PageBeyondLast
        total = offset + len(rows) if len(rows) <= size else self._total(where, tuple(bound))
        del rows[size:]
        return Page([self.opened(*row) for row in rows] if detailed else [row[0] for row in rows], total)

    # Steps

    def found(self, scope: Scope, id: Any) -> Found:
        """The stored record. Raises Missing."""
        found = self.rows.one(scope, id)
        if found is None:
            raise Missing
        return found

    def where(self, scope: Scope, conditions: Sequence[Condition]) -> tuple[str, list[Any]]:
        """The SQL condition of a list, and what is bound in it; `layout.scope_sql` stands first."""
        terms, bound = [self.layout.scope_sql], [*scope]
        for rule, value in conditions:
            term, values = condition(rule, value, self._key)
            terms.append(term)
            bound += values
        return " AND ".join(terms), bound

    def order(self, conditions: Sequence[Condition], order: str | None) -> str:
        """The SQL order of a list.

        By number; where a filter narrows, the plus keeps SQLite from walking all numbers instead of its index.
        """
        if order:
            name = order.removeprefix("-")
            column = self.layout.key if name == self.layout.id_field else column_name((name,))
            return f"{column} DESC, number" if order.startswith("-") else f"{column}, number"
        return "+number" if any(rule.lookup in ("exact", "iexact", "in") for rule, _ in conditions) else "number"

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
        return orjson.dumps(record)

    def _total(self, where: str, bound: tuple[Any, ...]) -> int:
        """How many records match; kept until the next write, since whoever walks the pages asks again and again."""
        known = self.answers.get((where, bound))
        if known is None:
            (known,) = self.db.execute(f"SELECT count(*) FROM records WHERE {where}", bound).fetchone()  # noqa: S608
            self.answers[where, bound] = known
        return int(known)


def _record(row: Sequence[Any]) -> Record:
    return Record(tuple(row[2:]), orjson.loads(row[0]), loaded(row[1]))


def loaded(extras: Document | None) -> dict[str, Any]:
    """The fields that only detailed answers have; {} for none."""
    found: dict[str, Any] = orjson.loads(extras) if extras else {}
    return found
