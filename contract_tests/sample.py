"""Rows that a rule may judge, as plain data.

Owns: Sample.
Knows nothing of: how rows are had (shelf.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of one channel in their detailed form, ascending by id.

    own: ids of the rows that this run created and leaves alone until its end.
    total: how many rows the channel held; complete: whether `rows` are all of them.
    """

    rows: tuple[dict[str, Any], ...]
    own: frozenset[int]
    total: int

    @property
    def complete(self) -> bool:
        return len(self.rows) == self.total

    @property
    def ids(self) -> frozenset[int]:
        return frozenset(row["id"] for row in self.rows)
