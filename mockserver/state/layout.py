"""The tables of a store: their columns and the statements that write them, made once for each contract and catalogue.

Owns: SQL that holds no value: the table of records, its indexes, inserting and updating a row.
Knows nothing of: connections, what a record means.
Source: the contract's resource. A record has a running `number`; where ids are integers it is the id itself, else
    there is a column `id` beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from cancelkit.fixtures.world import Scope
from cancelkit.mockserver.state.catalogue import Catalogue
from cancelkit.mockserver.state.columns import columns, plain
from cancelkit.mockserver.state.searched import Searched
from cancelkit.spec import Contract

Row = list[Any]
"""number, document, extras' document, the scope's values, the id unless it is the number, the searchable values."""
DOC, EXTRAS, SCOPE = 1, 2, 3


class Layout:
    """id_field: the answer's field that holds a record's id; empty where records have none.

    key: the column that holds it. scope_sql: the condition that a row is in a scope, whose values are bound.
    """

    def __init__(self, contract: Contract, catalogue: Catalogue) -> None:
        resource = contract.resource
        identified = resource.identity is not None or resource.id_field in ("id", "uuid")
        self.id_field = resource.id_field if identified else ""
        self.numbered = not identified or resource.numbered
        self.key = "number" if self.numbered else "id"
        self.references = tuple(resource.references.values())
        self.searched = Searched(columns(contract, self.id_field if identified else ""), self.references, catalogue)
        self.names = [column.name for column in self.searched.columns]
        self.scoped = [f"scope_{index}" for index in range(len(resource.scope))]
        self.scope_sql = " AND ".join(f"{name} = ?" for name in self.scoped) or "1"
        keys = [] if self.numbered else ["id"]
        self.all = ["number", "doc", "extras", *self.scoped, *keys, *self.names]
        self.first = SCOPE + len(self.scoped) + len(keys)
        self.create = (
            "CREATE TABLE records (number INTEGER PRIMARY KEY, doc BLOB NOT NULL, extras BLOB"
            + "".join(f", {name} NOT NULL" for name in [*self.scoped, *keys])
            + "".join(f", {name}" for name in self.names)
            + ")"
        )
        self.insert = f"INSERT INTO records ({', '.join(self.all)}) VALUES ({', '.join('?' * len(self.all))})"  # noqa: S608
        changed = ", ".join(f"{name} = ?" for name in ["doc", "extras", *self.names])
        self.update = f"UPDATE records SET {changed} WHERE number = ?"  # noqa: S608

    def indexes(self) -> list[str]:
        """The statements that make the indexes, for after the records are there."""
        made = []
        if not self.numbered:
            made.append(f"CREATE INDEX IF NOT EXISTS by_id ON records ({', '.join(['id', *self.scoped])})")
        if self.scoped:
            made.append(f"CREATE INDEX IF NOT EXISTS by_scope ON records ({', '.join(self.scoped)})")
        for name in self.names:
            given = ", ".join([*self.scoped, name])
            made.append(f"CREATE INDEX IF NOT EXISTS by_{name} ON records ({given}) WHERE {name} IS NOT NULL")
        return made

    def row(self, number: int, scope: Scope, base: Mapping[str, Any], extras: Mapping[str, Any] | None) -> Row:
        written = orjson.dumps(extras) if extras and any(value is not None for value in extras.values()) else None
        keys = [] if self.numbered else [plain(base[self.id_field])]
        return [number, orjson.dumps(base), written, *scope, *keys, *self.searched.values(base, extras)]
