"""Rows that a record names and no answer opened: made up, and called unknown wherever a text may be.

Owns: the values of their columns, by their tables' schemas; the keys of what such a row stands on.
Knows nothing of: what was seen (harvest.py), which rows there are already (harvest_tables.py).
Source: docs/traffic.md, "Recorded data".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Any

from cancelkit.fixtures.tables import Layout, Shape
from cancelkit.mockserver.proxy.harvest import Row, Scope
from cancelkit.spec.values import Values

UNKNOWN = "unknown"
MADE_UP = 10**12
"""Where the numbers begin of rows that a made-up row stands on."""


class Filler:
    """Makes rows for the tables of one layout."""

    def __init__(self, places: Layout) -> None:
        self._places = places
        self._made: Counter[str] = Counter()
        self._values: dict[tuple[str, str], Values] = {}

    def says_more(self, table: str) -> bool:
        """Whether the table's rows hold more than their keys and scopes, so that a made-up row hides something."""
        shape = self._places.rows[table]
        return bool(set(shape.schema["properties"]) - {shape.key, *self._places.columns})

    def rows(self, table: str, key: Any, scope: Scope, record: Row) -> dict[tuple[str, Any], Row]:
        """The row with this key and the rows that it stands on, by table and key; those come first.

        Args:
            record: the record that names the row; where both have a column of one name, the row takes its value.
        Raises:
            NoValue: a column has a schema for which no value is found.
        """
        shape = self._places.rows[table]
        found: dict[tuple[str, Any], Row] = {}
        row: Row = {shape.key: key}
        owner = dict(zip(self._places.columns, scope, strict=True))
        for column in shape.schema["properties"]:
            if column in owner:
                row[column] = owner[column]
            elif column in row or column not in shape.schema.get("required", ()):
                continue
            elif nested := shape.opened.get(column):
                row[column] = beneath = self._key(self._places.rows[nested])
                found |= self.rows(nested, beneath, scope, {})
            else:
                row[column] = self._value(shape, column, key, record)
        found[table, key] = row
        return found

    def _of(self, shape: Shape, column: str) -> Values:
        at = (shape.name, column)
        if at not in self._values:
            schema: Mapping[str, Any] = shape.schema["properties"][column]
            self._values[at] = Values(schema, direction="response", place=f"{shape.name}.{column}")
        return self._values[at]

    def _value(self, shape: Shape, column: str, key: Any, record: Row) -> Any:
        values = self._of(shape, column)
        shared = record.get(column)
        for value in (shared, f"{UNKNOWN}-{key}", UNKNOWN):
            if value is not None and values.admits(value):
                return value
        return values.typical()

    def _key(self, shape: Shape) -> Any:
        """A key for a row that nobody named, different at each call."""
        self._made[shape.name] += 1
        number, values = self._made[shape.name], self._of(shape, shape.key)
        for value in (MADE_UP + number, f"{UNKNOWN}-{number}"):
            if values.admits(value):
                return value
        return values.draw(Random(f"{shape.name} {number}"))
