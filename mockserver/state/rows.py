"""The rows of one store: an in-memory database, and the rows created last, which are written in groups.

Owns: the connection, numbers, copies and snapshots.
Knows nothing of: what a record means, which calls there are (store.py), the tables' form (layout.py).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

from cancelkit.fixtures.world import Scope
from cancelkit.mockserver.state.columns import plain
from cancelkit.mockserver.state.layout import DOC, EXTRAS, SCOPE, Layout, Row
from cancelkit.mockserver.state.text import fold

Document = bytes
"""JSON as it is answered, or a whole database."""
_FRESH = 256


class Found(NamedTuple):
    """A stored record: its number, its document, and that of the fields that only detailed answers have."""

    number: int
    doc: Document
    extras: Document | None


class Rows:
    """One connection to an in-memory database: a JSON document and a searchable column for each filter, by number."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.raw = _connect()
        self.fresh: dict[Any, Row] = {}
        self.next = 1
        self._answers: dict[Hashable, Any] = {}
        self._answers_at = -1

    @classmethod
    def empty(cls, layout: Layout) -> Rows:
        made = cls(layout)
        made.raw.execute(layout.create)
        made.raw.execute("CREATE TABLE numbers (next INTEGER NOT NULL)")
        made.raw.execute("INSERT INTO numbers VALUES (1)")
        return made

    @classmethod
    def restored(cls, layout: Layout, snapshot: Document) -> Rows:
        made = cls(layout)
        made.raw.deserialize(snapshot)
        (made.next,) = made.raw.execute("SELECT next FROM numbers").fetchone()
        return made

    def __del__(self) -> None:
        """Give the memory back now: a connection points to itself, and the collector can't see how much it holds."""
        if (raw := getattr(self, "raw", None)) is not None:
            raw.close()

    @property
    def db(self) -> sqlite3.Connection:
        """The database with every record in it: those created since it was last asked are written first."""
        if self.fresh:
            rows, self.fresh = list(self.fresh.values()), {}
            self.raw.execute("BEGIN")
            self.raw.executemany(self.layout.insert, rows)
            self.raw.execute("COMMIT")
        return self.raw

    def snapshot(self) -> Document:
        """The records and the next number, for `restored`."""
        self.db.execute("UPDATE numbers SET next = ?", (self.next,))
        return self.db.serialize()

    def replace(self, rows: Iterable[Row]) -> None:
        """Replace all records; numbers go on after the highest ever given."""
        self.db.execute("BEGIN")
        self.db.execute("DELETE FROM records")
        self.db.executemany(self.layout.insert, rows)
        self.db.execute("COMMIT")
        for statement in self.layout.indexes():
            self.db.execute(statement)
        (highest,) = self.db.execute("SELECT coalesce(max(number), 0) FROM records").fetchone()
        self.next = max(self.next, highest + 1)

    def add(self, key: Any, row: Row) -> None:
        """Keep a new row, which is written with others."""
        self.fresh[key] = row
        if len(self.fresh) >= _FRESH:
            _ = self.db

    @property
    def weight(self) -> int:
        """The memory that the records take, in bytes."""
        (pages,) = self.db.execute("PRAGMA page_count").fetchone()
        (size,) = self.db.execute("PRAGMA page_size").fetchone()
        return int(pages * size)

    @property
    def changes(self) -> int:
        """A number that grows with every write."""
        return self.raw.total_changes + len(self.fresh)

    @property
    def form(self) -> str:
        """The form of a snapshot: only a store with the same one can take it."""
        ((sql,),) = self.db.execute("SELECT sql FROM sqlite_master WHERE name = 'records'")
        return str(sql)

    @property
    def answers(self) -> dict[Hashable, Any]:
        """For what others work out of the present records and may use again; emptied by the next write."""
        if self._answers_at != (changes := self.changes):
            self._answers, self._answers_at = {}, changes
        return self._answers

    def one(self, scope: Scope, id: Any) -> Found | None:
        """The record with this id in this scope."""
        id = plain(id)
        fresh = self.fresh.get(id)
        if fresh and fresh[SCOPE : SCOPE + len(scope)] == [*scope]:
            return Found(fresh[0], fresh[DOC], fresh[EXTRAS])
        row = self.raw.execute(
            f"SELECT number, doc, extras FROM records WHERE {self.layout.key} = ? AND {self.layout.scope_sql}",  # noqa: S608
            (id, *scope),
        ).fetchone()
        return Found(*row) if row else None

    def taken(self, id: Any) -> bool:
        """Whether a record in any scope has this id."""
        id = plain(id)
        if id in self.fresh:
            return True
        sql = f"SELECT 1 FROM records WHERE {self.layout.key} = ?"  # noqa: S608
        return self.raw.execute(sql, (id,)).fetchone() is not None

    def select(self, what: str, where: str, bound: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Rows for those who look at records beyond the API; `where` holds nothing that a client sent."""
        return self.db.execute(f"SELECT {what} FROM records WHERE {where}", bound).fetchall()  # noqa: S608


def _connect() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False, cached_statements=256)
    db.create_function("fold", 1, lambda text: text and fold(str(text)), deterministic=True)
    return db
