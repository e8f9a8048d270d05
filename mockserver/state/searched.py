"""The searchable values of a record, ready to be written into their columns.

Owns: which columns there are and in which order, and what stands in them for a record.
Knows nothing of: SQL, connections, when a record is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cancelkit.mockserver.state.catalogue import Catalogue
from cancelkit.mockserver.state.columns import Column

Record = dict[str, Any]


class Searched:
    """The columns of a record and what stands in them.

    What a record refers to never changes, so the columns that look behind a reference are read once for each id.
    """

    def __init__(self, found: Sequence[Column], references: Sequence[tuple[str, str]], catalogue: Catalogue) -> None:
        names = {name for name, _ in references}
        self._catalogue = catalogue
        self._own = [column for column in found if column.path[0] not in names]
        self._behind = [(name, table, [c for c in found if c.path[0] == name]) for name, table in references]
        self._read: dict[tuple[str, int], tuple[Any, ...]] = {}
        self.columns = (*self._own, *(column for *_, behind in self._behind for column in behind))

    def values(self, record: Record, plan: Record | None) -> list[Any]:
        """In the order of `columns`."""
        whole = {**record, "cancellation_plan": plan}
        values = [column.of(whole) for column in self._own]
        for name, table, behind in self._behind:
            known = self._read.get((name, record[name]))
            if known is None:
                opened = {name: self._catalogue.opened(table, record[name])}
                known = self._read[name, record[name]] = tuple(column.of(opened) for column in behind)
            values += known
        return values
