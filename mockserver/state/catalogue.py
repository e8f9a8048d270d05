"""What records refer to, by table and key. Never changes, so that all sessions share it.

Owns: which scopes there are, whether a row exists in a scope, and the opened representation of it.
Knows nothing of: records, HTTP.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import orjson

from cancelkit.fixtures.world import Scope, Table
from cancelkit.mockserver.documents import document

Row = Mapping[str, Any]


@runtime_checkable
class Stored(Protocol):
    """Rows that are kept as JSON, in the order of their keys."""

    def written(self, key: Any) -> bytes | None:
        """A row as JSON; None where there is none."""
        ...

    def keys_of(self, scope: Scope) -> Sequence[Any]:
        """The keys that a scope may name, ascending."""
        ...


class Catalogue:
    """The tables that x-reference names."""

    __slots__ = ("_keys", "_opened", "_scopes", "_stored", "_written", "scopes", "tables")

    def __init__(self, scopes: Iterable[Scope], tables: Mapping[str, Table]) -> None:
        self.scopes = frozenset(scopes) or frozenset({()})
        self.tables = tables
        self._opened = {name: table.rows for name, table in tables.items()}
        self._scopes = {name: table.scopes for name, table in tables.items()}
        self._stored = {name: rows for name, rows in self._opened.items() if isinstance(rows, Stored)}
        self._written: dict[tuple[str, Any], orjson.Fragment] = {}
        self._keys: dict[tuple[str, Scope], list[Any]] = {}

    @property
    def ordered(self) -> list[Scope]:
        """The scopes in ascending order."""
        return sorted(self.scopes, key=lambda scope: tuple((str(type(part)), part) for part in scope))

    def has(self, table: str, scope: Scope, key: Any) -> bool:
        """Whether `table` holds a row with this key that `scope` may name."""
        try:
            if key not in self._opened.get(table, ()):
                return False
        except TypeError:
            return False
        return self._scopes[table].get(key) in (None, scope)

    def opened(self, table: str, key: Any) -> Row | None:
        """The row as it is answered opened; None where there is none."""
        return self._opened.get(table, {}).get(key)

    def written(self, table: str, key: Any) -> orjson.Fragment | None:
        """The same as JSON, written once."""
        if (stored := self._stored.get(table)) is not None:
            doc = stored.written(key)
            return None if doc is None else orjson.Fragment(doc)
        found = self._written.get((table, key))
        if found is None:
            row = self.opened(table, key)
            if row is None:
                return None
            found = self._written[table, key] = orjson.Fragment(document(row))
        return found

    def keys(self, table: str, scope: Scope) -> Sequence[Any]:
        """The keys that a scope may name, ascending."""
        if (stored := self._stored.get(table)) is not None:
            return stored.keys_of(scope)
        known = self._keys.get((table, scope))
        if known is None:
            rows, scopes = self._opened.get(table, {}), self._scopes.get(table, {})
            known = [key for key in rows if scopes.get(key) in (None, scope)]
            known.sort(key=lambda key: (str(type(key)), key))
            self._keys[table, scope] = known
        return known
