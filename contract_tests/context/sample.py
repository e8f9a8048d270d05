"""Rows that a rule may judge, as plain data.

Owns: Sample.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of one scope in their most detailed form, ascending by id where ids are numbers.

    own: ids of the rows that this run created and leaves alone until its end.
    total: how many rows the scope held; complete: whether `rows` are all of them. id_field: holds a row's id.
    kept: what rules worked out from the rows, for those that need it again.
    """

    rows: tuple[dict[str, Any], ...]
    own: frozenset[Any]
    total: int
    id_field: str = "id"
    kept: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def complete(self) -> bool:
        return len(self.rows) == self.total

    @property
    def ids(self) -> frozenset[Any]:
        return frozenset(row[self.id_field] for row in self.rows)
