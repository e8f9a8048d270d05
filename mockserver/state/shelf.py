"""Records beyond the API: found by id alone, searched, written whole.

Owns: what the control room and progress do with records that no client may do.
Knows nothing of: HTTP; whether what is written fits the contract (editing.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from cancelkit.fixtures.world import Record, Scope
from cancelkit.mockserver.state import clock
from cancelkit.mockserver.state.columns import column_name
from cancelkit.mockserver.state.store import Store
from cancelkit.mockserver.state.text import fold

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class Shelf:
    """The records of one session."""

    __slots__ = ("_reading", "_writing")

    def __init__(self, reading: Callable[[], Store], writing: Callable[[], Store]) -> None:
        self._reading = reading
        self._writing = writing

    def find(self, id: Any) -> Record | None:
        """The record with this id, in whichever scope."""
        return self._reading().find(id)

    def put(self, record: Record) -> None:
        """Write a record whole, new or in place of the one with its id."""
        self._writing().put(record)

    def remove(self, id: Any) -> bool:
        """Delete a record. Returns whether there was one."""
        found = self.find(id)
        if found is not None:
            self._writing().delete(found.scope, id)
        return found is not None

    def with_status(self, status: Any) -> Iterator[tuple[Any, datetime]]:
        """Id and time of the last change of each record in a state."""
        store = self._reading()
        state, id_field = store.resource.state, store.layout.id_field
        if state is None or not id_field:
            return
        times = (*store.resource.set_on("change"), *store.resource.set_on("create"))
        for (doc,) in store.rows.select("doc", f"{column_name((state,))} = ?", [status]):
            record = orjson.loads(doc)
            changed = next((record[name] for name in times if record.get(name)), None)
            yield record[id_field], datetime.fromisoformat(changed) if changed else _FIRST

    def status_of(self, id: Any) -> Any:
        """The state of a record, None when there is none."""
        found, state = self.find(id), self._reading().resource.state
        return found.base.get(state) if found and state else None

    def move(self, id: Any, status: Any, at: datetime) -> None:
        """Set a record's state and the time of its change, whatever the transitions say."""
        found, resource = self.find(id), self._reading().resource
        if found is not None and resource.state:
            times = {name: clock.text(at) for name in resource.set_on("change")}
            self.put(Record(found.scope, {**found.base, resource.state: status, **times}, found.extras))

    def search(
        self, *, scope: Scope | None, status: Any, text: str, page: int, limit: int, newest: bool = False
    ) -> tuple[int, list[Record]]:
        """Return how many records match, and those of one page by ascending number, or descending for the newest first.

        Args:
            text: to be found in the id, in what the contract's text filters look at, or in the record's own texts,
                ignoring case; empty finds all.
            page: counts from 1; a page beyond the last is empty.
        """
        store = self._reading()
        layout = store.layout
        terms, bound = ["1"], list[Any]()
        if scope is not None:
            terms.append(layout.scope_sql)
            bound += scope
        if status is not None and store.resource.state:
            terms.append(f"{column_name((store.resource.state,))} = ?")
            bound.append(status)
        if text:
            places = [f"instr({name}, ?)" for name in _searched(store)]
            texts = [name for name, field in store.resource.fields.items() if _is_free(field.schema)]
            places += [f"instr(fold(CAST(doc AS TEXT) ->> {_quoted(name)}), ?)" for name in texts]
            terms.append(f"({' OR '.join([f'CAST({layout.key} AS TEXT) = ?', *places])})")
            bound += [text, *[fold(text)] * len(places)]
        order = "ORDER BY number DESC" if newest else "ORDER BY number"
        names = ", ".join(["doc", "extras", *layout.scoped])
        (count,) = store.rows.select("count(*)", " AND ".join(terms), bound)[0]
        found = store.rows.select(
            names, f"{' AND '.join(terms)} {order} LIMIT ? OFFSET ?", [*bound, limit, (page - 1) * limit]
        )
        rows = [Record(tuple(row[2:]), orjson.loads(row[0]), orjson.loads(row[1]) if row[1] else {}) for row in found]
        return int(count), rows


def _searched(store: Store) -> list[str]:
    """The columns that the contract's text filters ask for."""
    return [column.name for column in store.layout.searched.columns if column.name.startswith("folded_")]


def _is_free(schema: Any) -> bool:
    """Whether a field is a text that people write."""
    return schema.get("type") == "string" and not schema.get("format") and not schema.get("enum")


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"
