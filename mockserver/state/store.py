"""The records of one session: the only place where they change.

Owns: records, their ids, which state may follow which, and searching them. The methods after "Steps" are what a mutant
    may override.
Knows nothing of: HTTP, Connexion, JSON bodies' validity (bodies.py), sessions, SQL of single rows (rows.py, layout.py).
Source: the contract's resource: x-filter, x-ordering, x-transitions, x-reference, x-action.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from cancelkit.fixtures.world import Record, Scope, World
from cancelkit.mockserver.problem import Problem
from cancelkit.mockserver.state.catalogue import Catalogue
from cancelkit.mockserver.state.columns import column_name, condition
from cancelkit.mockserver.state.errors import Missing, PageBeyondLast, Refused
from cancelkit.mockserver.state.layout import Layout
from cancelkit.mockserver.state.making import Maker
from cancelkit.mockserver.state.rows import Document, Found, Rows
from cancelkit.mockserver.state.searched import key_of
from cancelkit.spec import Action, Contract, Field, Filter
from cancelkit.spec.values import NoValue

Base = dict[str, Any]
Now = Callable[[], datetime]
Condition = tuple[Filter, Any]
_TICK = timedelta(microseconds=1)
_FAR = 1 << 62
"""An offset that no list reaches, and that SQLite can still take."""
_SHARED = ("contract", "resource", "catalogue", "layout", "maker", "_hidden", "_opening", "_key")


@dataclass(frozen=True, slots=True)
class Page:
    """rows: JSON of each record on this page; total counts all matches."""

    rows: list[Document]
    total: int


class Store:
    """Records by scope and id."""

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

    @classmethod
    def of(cls, contract: Contract, world: World, now: Now = lambda: datetime.now(UTC)) -> Store:
        """A store that holds the records of `world`."""
        store = cls(contract, Catalogue(world.scopes, world.tables), now)
        store.load(world.records)
        return store

    def load(self, records: Iterable[Record]) -> None:
        """Replace all records by `records`; numbers go on after the highest ever given."""
        numbered, first = self.layout.numbered and bool(self.layout.id_field), self.next_number
        self.rows.replace(
            self.layout.row(
                (number := record.base[self.layout.id_field] if numbered else first + index),
                record.scope,
                self.maker.whole(record.base, number),
                record.extras,
            )
            for index, record in enumerate(records)
        )

    def copy(self, now: Now) -> Store:
        """An independent store with the same records and the same next number; the catalogue is shared."""
        return self.restored(self.snapshot(), now)

    def snapshot(self) -> Document:
        """The records and the next number, for `restored`."""
        return self.rows.snapshot()

    def restored(self, snapshot: Document, now: Now) -> Store:
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

    def new_id(self, number: int | None = None) -> Any:
        """An id that no record has; for the next record, or the one with this number."""
        return self.maker.new_id(self.next_number if number is None else number, self.rows.taken)

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

    def create(self, scope: Scope, body: Mapping[str, Any], fields: Mapping[str, Field]) -> Document:
        """Add a record made of `body` (checked already) and return it as JSON.

        Raises:
            Refused: a reference is not one of the scope's, or the id that was sent is taken.
        """
        self.check_references(scope, body, fields)
        number, name = self.next_number, self.layout.id_field
        if name and name in body:
            id = body[name]
            number = id if self.layout.numbered and isinstance(id, int) else number
            if self.rows.taken(id):
                raise Refused(Problem(name, "This field must be unique.", "unique"))
        else:
            id = self._drawn_id(number)
        base, extras = self.complete(body, id, number)
        self.next_number = max(self.next_number, number + 1)
        row = self.layout.row(number, scope, base, extras)
        self.rows.add(number if self.layout.numbered else id, row)
        doc: Document = row[1]
        return doc

    def update(self, scope: Scope, id: Any, changes: Mapping[str, Any], fields: Mapping[str, Field]) -> Document:
        """Change the fields of `changes` (checked already) and return the record as JSON.

        Raises:
            Missing: the scope has no such record.
            Refused: a reference or a state is not allowed; nothing has changed then.
        """
        found = self.found(scope, id)
        record: Base = orjson.loads(found.doc)
        self.check_references(scope, changes, fields)
        if (state := self.resource.state) is not None and state in changes:
            self.check_transition(record.get(state), changes[state])
        if not changes:
            return found.doc
        base, extras = self.maker.changes(changes)
        return self.write(scope, found, {**record, **base}, {**_loaded(found.extras), **extras})

    def act(self, scope: Scope, id: Any, action: Action, changes: Mapping[str, Any] | None = None) -> Document:
        """Set what an action of the contract sets, and return the record as JSON.

        Args:
            changes: further fields, where the action takes a body.
        Raises:
            Missing: the scope has no such record.
            Refused: the action is refused in the record's state.
        """
        found = self.found(scope, id)
        record, extras = orjson.loads(found.doc), _loaded(found.extras)
        self.check_action(action, {**record, **extras})
        base, more = self.maker.changes(changes or {})
        into = more if action.field not in self.maker.plain else base
        into[action.field] = action.value
        return self.write(scope, found, {**record, **base}, {**extras, **more})

    def delete(self, scope: Scope, id: Any) -> None:
        """Remove the record; its id is not used again. Raises Missing."""
        number = self.found(scope, id).number
        self.db.execute("DELETE FROM records WHERE number = ?", (number,))

    def put(self, record: Record) -> Document:
        """Write a whole record as it stands, beyond the API's rules: for scenarios and direct edits."""
        id = record.base.get(self.layout.id_field)
        there = self.rows.one(record.scope, id) if id is not None else None
        numbered = self.layout.numbered and isinstance(id, int)
        number = there.number if there else id if numbered else self.next_number
        row = self.layout.row(number, record.scope, self.maker.whole(record.base, number), record.extras)
        self.db.execute("DELETE FROM records WHERE number = ?", (number,))
        self.db.execute(self.layout.insert, row)
        self.next_number = max(self.next_number, number + 1)
        doc: Document = row[1]
        return doc

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
        kept = _loaded(extras)
        for name in self.maker.extra:
            record[name] = kept.get(name)
        return orjson.dumps(record)

    def complete(self, body: Mapping[str, Any], id: Any, number: int) -> tuple[Base, Base]:
        """A new record, and its fields that only detailed answers have."""
        return self.maker.complete(body, id, number, _text(self.now()))

    def write(self, scope: Scope, found: Found, base: Base, extras: Base) -> Document:
        """Write a changed record, with the time of its change, which always moves forward."""
        for name in self.maker.changed:
            before = _moment(base.get(name))
            base[name] = _text(max(self.now(), before + _TICK) if before else self.now())
        row = self.layout.row(found.number, scope, base, extras)
        self.db.execute(self.layout.update, (row[1], row[2], *row[self.layout.first :], found.number))
        doc: Document = row[1]
        return doc

    def check_references(self, scope: Scope, body: Mapping[str, Any], fields: Mapping[str, Field]) -> None:
        """Raises Refused where the body names a row that the scope does not have."""
        problems = [
            Problem(name, f'Invalid pk "{body[name]}" - object does not exist.', "does_not_exist")
            for name, field in fields.items()
            if field.reference
            and body.get(name) is not None
            and not self.catalogue.has(field.reference, scope, body[name])
        ]
        if problems:
            raise Refused(*problems)

    def check_transition(self, old: Any, new: Any) -> None:
        """Raises Refused where an update may not move a record from one state to the other."""
        moves = self.resource.transitions
        if moves is not None and not moves.permits(old, new):
            words = f"A record that is {old} can't become {new}."
            raise Refused(Problem(moves.field, words, "invalid_transition"))

    def check_action(self, action: Action, record: Mapping[str, Any]) -> None:
        """Raises Refused where the action is refused for what the record holds."""
        if record.get(action.field) in action.refused:
            raise Refused(Problem("", "This action is not allowed.", "not_allowed"))

    def _drawn_id(self, number: int) -> Any:
        try:
            return self.new_id(number)
        except NoValue as error:
            raise Refused(Problem("", str(error), "no_more_ids")) from error

    def _total(self, where: str, bound: tuple[Any, ...]) -> int:
        """How many records match; kept until the next write, since whoever walks the pages asks again and again."""
        known = self.answers.get((where, bound))
        if known is None:
            (known,) = self.db.execute(f"SELECT count(*) FROM records WHERE {where}", bound).fetchone()  # noqa: S608
            self.answers[where, bound] = known
        return int(known)


def _record(row: Sequence[Any]) -> Record:
    return Record(tuple(row[2:]), orjson.loads(row[0]), _loaded(row[1]))


def _loaded(extras: Document | None) -> Base:
    loaded: Base = orjson.loads(extras) if extras else {}
    return loaded


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
