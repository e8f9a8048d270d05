"""The requests of one session: the only place where they change.

Owns: cancellation requests, their ids, which status may follow which, and searching them.
Knows nothing of: HTTP, Connexion, JSON bodies' validity (bodies.py), sessions.
Source: spec/openapi.yaml, x-filter, x-transitions, x-reference; contract, "What the page leaves open".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson

from cancelkit.fixtures.world import Request, World
from cancelkit.mockserver.problem import Problem
from cancelkit.mockserver.state.catalogue import Catalogue
from cancelkit.mockserver.state.columns import columns, condition
from cancelkit.mockserver.state.searched import Searched
from cancelkit.mockserver.state.text import fold
from cancelkit.spec import Contract, Field, Filter

Record = dict[str, Any]
Document = bytes
"""JSON as it is answered, or a whole database."""
Row = list[Any]
"""id, channel, document, plan's document, then the searchable values in the order of their columns."""
Now = Callable[[], datetime]
Condition = tuple[Filter, Any]
_TICK = timedelta(microseconds=1)
_FRESH = 256
_FAR = 1 << 62
"""An offset that no list reaches, and that SQLite can still take."""


_SHARED = ("spec", "catalogue", "_columns", "_searched", "_blank", "_references", "_insert_sql", "_update_sql")


class Missing(Exception):
    """There is no such request in this channel."""


class PageBeyondLast(Exception):
    """A page after the last was asked for."""


class Refused(Exception):
    """The call is valid, and refused by the present state; `problems` by field (empty field: the whole request)."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Page:
    """rows: JSON of each record on this page; total counts all matches."""

    rows: list[Document]
    total: int


class Store:
    """One connection to an in-memory database: a JSON document and a searchable column for each filter, by id."""

    def __init__(self, spec: Contract, catalogue: Catalogue, now: Now = lambda: datetime.now(UTC)) -> None:
        self.spec = spec
        self.catalogue = catalogue
        self.now = now
        self._references = _references(spec)
        self._searched = Searched(columns(spec), self._references, catalogue)
        self._columns = self._searched.columns
        self._blank = {name: field.schema.get("default") for name, field in spec.fields("CancellationRequest").items()}
        self._answers: dict[Hashable, Any] = {}
        self._answers_at = -1
        names = [column.name for column in self._columns]
        self._insert_sql = (
            f"INSERT INTO requests (id, channel, doc, plan{''.join(f', {n}' for n in names)}) "  # noqa: S608
            f"VALUES ({', '.join('?' * (4 + len(names)))})"
        )
        self._update_sql = f"UPDATE requests SET doc = ?, plan = ?{''.join(f', {n} = ?' for n in names)} WHERE id = ?"  # noqa: S608
        self._raw = _connect()
        self._fresh: dict[int, Row] = {}
        self._raw.execute(
            "CREATE TABLE requests (id INTEGER PRIMARY KEY, channel INTEGER NOT NULL, doc BLOB NOT NULL, plan BLOB"
            + "".join(f", {name}" for name in names)
            + ")"
        )
        self._raw.execute("CREATE TABLE ids (next INTEGER NOT NULL)")
        self._raw.execute("INSERT INTO ids VALUES (1)")
        self._next = 1

    @classmethod
    def of(cls, spec: Contract, world: World, now: Now = lambda: datetime.now(UTC)) -> Store:
        """A store that holds the requests of `world`."""
        store = cls(spec, Catalogue(world), now)
        store.load(world.requests)
        return store

    def load(self, requests: Iterable[Request]) -> None:
        """Replace all records by `requests`; ids go on after the highest ever given."""
        self._db.execute("BEGIN")
        self._db.execute("DELETE FROM requests")
        rows = (self._row(r.channel, self._complete(r.base), r.plan) for r in requests)
        self._db.executemany(self._insert_sql, rows)
        self._db.execute("COMMIT")
        for name in ("channel", *(f"channel, {column.name}" for column in self._columns)):
            index = name.replace(", ", "_")
            given = f" WHERE {column} IS NOT NULL" if (column := name.partition(", ")[2]) else ""
            self._db.execute(f"CREATE INDEX IF NOT EXISTS by_{index} ON requests ({name}){given}")
        (highest,) = self._db.execute("SELECT coalesce(max(id), 0) FROM requests").fetchone()
        self._next = max(self._next, highest + 1)

    def copy(self, now: Now) -> Store:
        """An independent store with the same records and the same next id; the catalogue is shared."""
        return self.restored(self.snapshot(), now)

    def snapshot(self) -> Document:
        """The records and the next id, for `restored`."""
        self._db.execute("UPDATE ids SET next = ?", (self._next,))
        return self._db.serialize()

    def restored(self, snapshot: Document, now: Now) -> Store:
        """A store of this contract and catalogue in the state of `snapshot`."""
        other = object.__new__(type(self))
        for name in _SHARED:
            setattr(other, name, getattr(self, name))
        other.now, other._answers, other._answers_at, other._fresh = now, {}, -1, {}
        other._raw = _connect()
        other._raw.deserialize(snapshot)
        (other._next,) = other._raw.execute("SELECT next FROM ids").fetchone()
        return other

    def __del__(self) -> None:
        """Give the memory back now: a connection points to itself, and the collector can't see how much it holds."""
        if (raw := getattr(self, "_raw", None)) is not None:
            raw.close()

    @property
    def weight(self) -> int:
        """The memory that the records take, in bytes."""
        (pages,) = self._db.execute("PRAGMA page_count").fetchone()
        (size,) = self._db.execute("PRAGMA page_size").fetchone()
        return int(pages * size)

    def close(self) -> None:
        self._raw.close()

    @property
    def _db(self) -> sqlite3.Connection:
        """The database with every record in it: those created since it was last asked are written first."""
        if self._fresh:
            rows, self._fresh = list(self._fresh.values()), {}
            self._raw.execute("BEGIN")
            self._raw.executemany(self._insert_sql, rows)
            self._raw.execute("COMMIT")
        return self._raw

    def __len__(self) -> int:
        (count,) = self._db.execute("SELECT count(*) FROM requests").fetchone()
        return int(count)

    @property
    def changes(self) -> int:
        """A number that grows with every write."""
        return self._raw.total_changes + len(self._fresh)

    @property
    def next_id(self) -> int:
        """The id that the next record will have."""
        return self._next

    @property
    def layout(self) -> str:
        """The form of a snapshot: only a store with the same one can take it."""
        ((sql,),) = self._db.execute("SELECT sql FROM sqlite_master WHERE name = 'requests'")
        return str(sql)

    @property
    def answers(self) -> dict[Hashable, Any]:
        """For what others work out of the present records and may use again; emptied by the next write."""
        if self._answers_at != (changes := self.changes):
            self._answers, self._answers_at = {}, changes
        return self._answers

    def column(self, path: tuple[str, ...]) -> str | None:
        """The name of the column that holds `path` of the detailed representation, if there is one."""
        return next((column.name for column in self._columns if column.path == path), None)

    def select(self, what: str, where: str, bound: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Rows for those who look at records beyond the API; `where` holds nothing that a client sent."""
        return self._db.execute(f"SELECT {what} FROM requests WHERE {where}", bound).fetchall()  # noqa: S608

    def find(self, id: int) -> Request | None:
        """The record with this id, in whichever channel."""
        rows = self.select("channel, doc, plan", "id = ?", [id])
        return next((_request(*row) for row in rows), None)

    def requests(self) -> Iterable[Request]:
        """Every record, by ascending id."""
        for row in self._db.execute("SELECT channel, doc, plan FROM requests ORDER BY id"):
            yield _request(*row)

    def has(self, channel: int, id: int) -> bool:
        """Whether the channel has such a record."""
        if fresh := self._fresh.get(id):
            return bool(fresh[1] == channel)
        found = self._raw.execute("SELECT 1 FROM requests WHERE id = ? AND channel = ?", (id, channel)).fetchone()
        return found is not None

    def get(self, channel: int, id: int) -> Document:
        """The record as JSON.

        Raises:
            Missing: the channel has no such record.
        """
        return self._found(channel, id)[0]

    def get_detailed(self, channel: int, id: int) -> Document:
        """The detailed record as JSON. Raises Missing."""
        return self._detailed(*self._found(channel, id))

    def page(
        self, channel: int, conditions: Sequence[Condition], *, page: int, limit: int, detailed: bool = False
    ) -> Page:
        """One page of the channel's records that match every condition, by ascending id.

        Args:
            conditions: filters with their parsed values.
            page: counts from 1.
        Raises:
            PageBeyondLast: page > 1 holds no row.
        """
        where, bound = self._where(channel, conditions)
        offset, order = (page - 1) * limit, self._order(conditions)
        if offset > _FAR:
            raise PageBeyondLast
        rows = self._db.execute(
            f"SELECT doc, plan FROM requests WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",  # noqa: S608
            (*bound, limit + 1, offset),
        ).fetchall()
        if page > 1 and not rows:
            raise PageBeyondLast
        total = offset + len(rows) if len(rows) <= limit else self._total(where, tuple(bound))
        del rows[limit:]
        return Page([self._detailed(*row) for row in rows] if detailed else [row[0] for row in rows], total)

    def create(self, channel: int, body: Mapping[str, Any], fields: Mapping[str, Field]) -> Document:
        """Add a record made of `body` (checked already) and return it as JSON.

        Raises:
            Refused: order_item or reason is not one of the channel's.
        """
        self._check_references(channel, body, fields)
        moment = _text(self.now())
        sent = {name: body[name] for name in fields if name in body}
        id, self._next = self._next, self._next + 1
        record = self._complete(
            {
                "id": id,
                "uuid": str(uuid4()),
                "created_date": moment,
                "modified_date": moment,
                "status": self.spec.transitions.initial,
                **sent,
            }
        )
        row = self._fresh[id] = self._row(channel, record, None)
        if len(self._fresh) >= _FRESH:
            _ = self._db
        doc: Document = row[2]
        return doc

    def update(self, channel: int, id: int, changes: Mapping[str, Any], fields: Mapping[str, Field]) -> Document:
        """Change the fields of `changes` (checked already) and return the record as JSON.

        Raises:
            Missing: the channel has no such record.
            Refused: a reference or a status is not allowed; nothing has changed then.
        """
        doc, plan = self._found(channel, id)
        record: Record = orjson.loads(doc)
        self._check_references(channel, changes, fields)
        self._check_transition(record["status"], changes.get("status", record["status"]))
        if not changes:
            return doc
        return self._write(channel, {**record, **changes}, orjson.loads(plan) if plan else None)

    def act(self, channel: int, id: int, operation_id: str) -> Document:
        """Set the status that an action of the contract sets (reject), and return the record as JSON.

        Raises:
            Missing: the channel has no such record.
            Refused: its status is final.
        """
        doc, plan = self._found(channel, id)
        record: Record = orjson.loads(doc)
        if record["status"] in self.spec.transitions.final:
            raise Refused(Problem("", "This action is not allowed.", "not_allowed"))
        record["status"] = self.spec.transitions.actions[operation_id]
        return self._write(channel, record, orjson.loads(plan) if plan else None)

    def delete(self, channel: int, id: int) -> None:
        """Remove the record; its id is not used again. Raises Missing."""
        self._found(channel, id)
        self._db.execute("DELETE FROM requests WHERE id = ?", (id,))

    def put(self, channel: int, record: Record, plan: Record | None) -> Document:
        """Write a whole record as it stands, beyond the API's rules: for scenarios and direct edits."""
        row = self._row(channel, self._complete(record), plan)
        self._db.execute("DELETE FROM requests WHERE id = ?", (record["id"],))
        self._db.execute(self._insert_sql, row)
        self._next = max(self._next, record["id"] + 1)
        doc: Document = row[2]
        return doc

    def _found(self, channel: int, id: int) -> tuple[Document, Document | None]:
        fresh = self._fresh.get(id)
        if fresh and fresh[1] == channel:
            return fresh[2], fresh[3]
        row = self._raw.execute("SELECT doc, plan FROM requests WHERE id = ? AND channel = ?", (id, channel)).fetchone()
        if row is None:
            raise Missing
        found: tuple[Document, Document | None] = row
        return found

    def _where(self, channel: int, conditions: Sequence[Condition]) -> tuple[str, list[Any]]:
        terms, bound = ["channel = ?"], [channel]
        for rule, value in conditions:
            term, values = condition(rule, value)
            terms.append(term)
            bound += values
        return " AND ".join(terms), bound

    def _total(self, where: str, bound: tuple[Any, ...]) -> int:
        """How many records match; kept until the next write, since whoever walks the pages asks again and again."""
        known = self.answers.get((where, bound))
        if known is None:
            (known,) = self._db.execute(f"SELECT count(*) FROM requests WHERE {where}", bound).fetchone()  # noqa: S608
            self.answers[where, bound] = known
        return int(known)

    def _order(self, conditions: Sequence[Condition]) -> str:
        """By id; where a filter narrows, the plus keeps SQLite from walking all ids in order instead of its index."""
        return "+id" if any(rule.lookup in ("exact", "iexact", "in") for rule, _ in conditions) else "id"

    def _write(self, channel: int, record: Record, plan: Record | None) -> Document:
        before = datetime.fromisoformat(record["modified_date"])
        record["modified_date"] = _text(max(self.now(), before + _TICK))
        id, _, doc, written, *values = self._row(channel, record, plan)
        self._db.execute(self._update_sql, (doc, written, *values, id))
        changed: Document = doc
        return changed

    def _check_references(self, channel: int, body: Mapping[str, Any], fields: Mapping[str, Field]) -> None:
        problems = [
            Problem(name, f'Invalid pk "{body[name]}" - object does not exist.', "does_not_exist")
            for name, field in fields.items()
            if field.reference and name in body and not self.catalogue.has(field.reference, channel, body[name])
        ]
        if problems:
            raise Refused(*problems)

    def _check_transition(self, old: str, new: str) -> None:
        if not self.spec.transitions.permits(old, new):
            raise Refused(Problem("status", f"A request that is {old} can't become {new}.", "invalid_transition"))

    def _complete(self, base: Mapping[str, Any]) -> Record:
        """The record with every field that the contract's answers have, in their order."""
        return {**self._blank, **base}

    def _detailed(self, doc: Document, plan: Document | None) -> Document:
        record = orjson.loads(doc)
        for name, table in self._references:
            record[name] = self.catalogue.written(table, record[name])
        record["cancellation_plan"] = orjson.Fragment(plan) if plan else None
        return orjson.dumps(record)

    def _row(self, channel: int, record: Record, plan: Record | None) -> Row:
        written = orjson.dumps(plan) if plan else None
        return [record["id"], channel, orjson.dumps(record), written, *self._searched.values(record, plan)]


def _references(spec: Contract) -> tuple[tuple[str, str], ...]:
    """The fields that name a row of a table, with the table, as the contract's bodies say."""
    bodies = [operation.body for operation in spec.operations.values() if operation.body]
    return tuple({f.name: f.reference for body in bodies for f in body.fields.values() if f.reference}.items())


def _request(channel: int, doc: Document, plan: Document | None) -> Request:
    return Request(channel, orjson.loads(doc), orjson.loads(plan) if plan else None)


def _connect() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False, cached_statements=256)
    db.create_function("fold", 1, lambda text: text and fold(text), deterministic=True)
    return db


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
