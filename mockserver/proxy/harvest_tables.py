"""What was learnt from traffic, put together as the tables of a world.

Owns: which rows the file holds, leaving out what no world may hold, and counting; writing the file.
Knows nothing of: exchanges (harvest.py), rows that nobody showed (harvest_filling.py).
Source: docs/fixtures.md; fixtures.reading checks the same rows when `--data` reads them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

from cancelkit.fixtures.storing import VERSION, scope_rows
from cancelkit.fixtures.tables import Shape, layout
from cancelkit.mockserver.proxy.harvest import Harvest, Row, Scope, Seen
from cancelkit.mockserver.proxy.harvest_filling import Filler
from cancelkit.spec.values import NoValue


@dataclass(frozen=True, slots=True)
class Harvested:
    """tables: as `--data` reads them. filled: records of which something had to be made up, such as a referenced row
    that no answer opened. left_out: records that break the contract, so that no world may hold them."""

    tables: dict[str, Any]
    records: int
    filled: int
    left_out: int


class _Unfit(Exception):
    """A row that the contract forbids, or that is of another scope."""


@dataclass(slots=True)
class _Draft:
    """Rows that are added together or not at all. rows: by table and key. made_up: those that nobody showed."""

    scope: Scope
    rows: dict[tuple[str, Any], Row] = field(default_factory=dict)
    made_up: set[tuple[str, Any]] = field(default_factory=set)
    lost: bool = False
    """Whether something that an answer showed could not be kept."""


class Tables:
    """Puts the tables together."""

    def __init__(self, harvest: Harvest) -> None:
        self._harvest = harvest
        self._layout = places = layout(harvest.contract)
        self._shapes = {shape.name: shape for shape in places.shapes}
        self._checks = {
            name: jsonschema_rs.Draft202012Validator(dict(shape.schema), validate_formats=True)
            for name, shape in self._shapes.items()
        }
        self._filler = Filler(places)
        self._rows: dict[str, dict[Any, Row]] = {name: {} for name in self._shapes}
        self._made_up: set[tuple[str, Any]] = set()

    def build(self) -> Harvested:
        """Return what there is so far. Once only: the rows stay."""
        filled = left_out = 0
        places, scopes = self._layout, dict[Scope, None]()
        for seen in sorted(self._harvest.records.values(), key=lambda seen: (str(type(seen.id)), seen.id)):
            draft = _Draft(seen.scope)
            try:
                self._record(seen, draft)
            except (_Unfit, NoValue):
                left_out += 1
                continue
            self._commit(draft)
            scopes[seen.scope] = None
            filled += draft.lost or self._stands_on_made_up(places.records.name, seen.id)
        for table, rows in self._harvest.opened.items():
            for (scope, key), row in list(rows.items()):
                draft = _Draft(scope)
                try:
                    self._shown(table, key, row, draft)
                except _Unfit:
                    continue
                self._commit(draft)
                scopes[scope] = None
        kept = len(self._rows[places.records.name])
        found = {name: list(rows.values()) for name, rows in self._rows.items()} | scope_rows(places, tuple(scopes))
        return Harvested({"cancelkit_world": VERSION, "seed": None, **found}, kept, filled, left_out)

    def _commit(self, draft: _Draft) -> None:
        for (table, key), row in draft.rows.items():
            self._rows[table][key] = row
        self._made_up |= draft.made_up

    def _row(self, table: str, key: Any, draft: _Draft) -> Row | None:
        return draft.rows.get((table, key)) or self._rows[table].get(key)

    def _record(self, seen: Seen, draft: _Draft) -> None:
        """Draft a record with all that it names. Raises _Unfit, NoValue."""
        shape, scope = self._layout.records, dict(zip(self._layout.columns, draft.scope, strict=True))
        inline = {name: value for name, value in seen.extras.items() if name not in self._layout.extras}
        row = {**seen.base, **inline, **scope}
        for column, table in shape.names.items():
            if column in scope or row.get(column) is None:
                continue
            row[column] = self._named(shape, column, table, row, draft)
        self._add(shape, row, draft)
        for name, table in self._layout.extras.items():
            if isinstance(shown := seen.extras.get(name), dict):
                owned = self._shapes[table]
                try:
                    if self._row(table, shown.get(owned.key), draft):
                        raise _Unfit
                    self._keep(owned, {**shown, str(owned.owner): seen.id}, draft)
                except (_Unfit, TypeError):
                    draft.lost = True

    def _named(self, shape: Shape, column: str, table: str, row: Row, draft: _Draft) -> Any:
        """Draft the row that a record names or shows opened; return its key. Raises _Unfit, NoValue."""
        value, target = row[column], self._shapes[table]
        if not isinstance(value, dict):
            self._reference(table, value, row, draft)
            return value
        key = value.get(target.key)
        try:
            self._shown(table, key, value, draft)
        except _Unfit:
            draft.lost = True
            if shape.schema["properties"][column].get("default", row) is None:
                return None
            self._reference(table, key, row, draft)
        return key

    def _reference(self, table: str, key: Any, record: Row, draft: _Draft) -> None:
        """Draft the row with this key: as an answer opened it, else a made-up one. Raises _Unfit, NoValue."""
        if isinstance(key, dict | list):
            raise _Unfit
        if self._row(table, key, draft) is None:
            opened = self._harvest.opened.get(table, {}).get((draft.scope, key))
            try:
                if opened is None:
                    raise _Unfit
                return self._shown(table, key, opened, draft)
            except _Unfit:
                made = self._filler.rows(table, key, draft.scope, record)
                for (name, id), row in made.items():
                    self._add(self._shapes[name], row, draft)
                    if self._filler.says_more(name):
                        draft.made_up.add((name, id))
        self._check_owner(table, key, draft)
        return None

    def _shown(self, table: str, key: Any, row: Row, draft: _Draft) -> None:
        """Draft a row as an answer opened it, unless it is there. Raises _Unfit; the draft is as before then."""
        before = dict(draft.rows)
        try:
            if isinstance(key, dict | list) or key is None:
                raise _Unfit
            if self._row(table, key, draft) is None:
                self._keep(self._shapes[table], row, draft)
            self._check_owner(table, key, draft)
        except _Unfit:
            draft.rows = before
            raise

    def _keep(self, shape: Shape, row: Mapping[str, Any], draft: _Draft) -> None:
        """Draft a row with what it shows opened. Raises _Unfit."""
        closed = dict(row)
        for column, value in zip(self._layout.columns, draft.scope, strict=True):
            if column in shape.schema["properties"]:
                closed.setdefault(column, value)
        for column, table in shape.opened.items():
            if isinstance(nested := closed.get(column), dict):
                closed[column] = key = nested.get(self._shapes[table].key)
                self._shown(table, key, nested, draft)
        self._add(shape, closed, draft)

    def _add(self, shape: Shape, row: Mapping[str, Any], draft: _Draft) -> None:
        """Draft a row, without the columns that its table does not have. Raises _Unfit."""
        kept = {name: value for name, value in row.items() if name in shape.schema["properties"]}
        if not self._checks[shape.name].is_valid(kept) or not _writable(kept):
            raise _Unfit
        draft.rows.setdefault((shape.name, kept[shape.key]), kept)

    def _check_owner(self, table: str, key: Any, draft: _Draft) -> None:
        """See to it that the draft's scope may name the row. Raises _Unfit where answers show that it is another's.

        Columns that no answer shows were only assumed: a row that two scopes name is every scope's.
        """
        if self._owner(table, key, draft) in (None, draft.scope):
            return
        shape, row = self._shapes[table], self._row(table, key, draft) or {}
        before = draft.rows.get((table, key))
        draft.rows[table, key] = {name: value for name, value in row.items() if name not in shape.added}
        if self._owner(table, key, draft) not in (None, draft.scope):
            if before is None:
                del draft.rows[table, key]
            else:
                draft.rows[table, key] = before
            raise _Unfit

    def _owner(self, table: str, key: Any, draft: _Draft) -> Scope | None:
        """Who may name a row: as its own columns say, or those of a row that it names; None where nothing does."""
        found = [self._value(table, key, column, draft) for column in self._layout.columns]
        return tuple(found) if found and None not in found else None

    def _value(self, table: str, key: Any, column: str, draft: _Draft) -> Any:
        row = self._row(table, key, draft) or {}
        if row.get(column) is not None:
            return row[column]
        opened = self._shapes[table].opened.items()
        behind = (self._value(nested, row[name], column, draft) for name, nested in opened if row.get(name))
        return next((value for value in behind if value is not None), None)

    def _stands_on_made_up(self, table: str, key: Any) -> bool:
        if (table, key) in self._made_up:
            return True
        shape, row = self._shapes[table], self._rows[table].get(key, {})
        named = shape.names if shape is self._layout.records else shape.opened
        return any(self._stands_on_made_up(name, row[column]) for column, name in named.items() if row.get(column))


def _writable(row: Row) -> bool:
    """Whether JSON can hold it: no half of a surrogate pair, no number beyond 64 bits."""
    try:
        orjson.dumps(row)
    except TypeError:
        return False
    return True


def write(harvest: Harvest, path: Path) -> Harvested:
    """Write the tables as JSON, whole or not at all.

    Raises:
        OSError: the file can't be written.
    """
    found = Tables(harvest).build()
    beside = path.with_name(f".{path.name}.part")
    beside.write_bytes(orjson.dumps(found.tables, option=orjson.OPT_INDENT_2))
    os.replace(beside, path)
    return found
