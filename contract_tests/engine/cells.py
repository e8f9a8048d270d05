"""Tables of what there is to try, such as each field with each kind of value, and which of their cells a run visits.

Owns: Table, Cells (where rules note what they have tried), Visited (a table at the end of a run).
Knows nothing of: which tables there are; `tables(contract)` of a module of rules offers them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

Cell = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What can be tried of one kind.

    name: as `Context.cover` and reports name it. says: what a cell of it is, in a sentence.
    columns: of a cell, in order. cells: those that a run of a scale (1 quick, 2 standard, 3 deep) is to visit.
    """

    name: str
    says: str
    columns: tuple[str, ...]
    cells: Callable[[int], Iterable[Cell]]


@dataclass(frozen=True)
class Visited:
    """A table, and the cells that a run of the scale has been in."""

    table: Table
    scale: int
    seen: frozenset[Cell]

    @cached_property
    def wanted(self) -> tuple[Cell, ...]:
        """What a run of this scale is to visit, each once."""
        return tuple(dict.fromkeys(self.table.cells(self.scale)))

    @property
    def visited(self) -> list[Cell]:
        return [cell for cell in self.wanted if cell in self.seen]

    @property
    def missing(self) -> list[Cell]:
        return [cell for cell in self.wanted if cell not in self.seen]

    @property
    def figure(self) -> str:
        """How much of it was visited, in words."""
        return f"{len(self.visited)} of {len(self.wanted)}"


class Cells:
    """Thread-safe."""

    def __init__(self, tables: Iterable[Table] = ()) -> None:
        self._tables = {table.name: table for table in tables}
        self._seen: dict[str, set[Cell]] = {name: set() for name in self._tables}
        self._lock = Lock()

    def cover(self, name: str, cell: dict[str, str]) -> None:
        """Note that a run has been in the cell.

        Raises:
            ValueError: there is no such table, or it has other columns.
        """
        table = self._tables.get(name)
        if table is None or cell.keys() != set(table.columns):
            raise ValueError(f"no table {name} has the columns {', '.join(cell)}")
        with self._lock:
            self._seen[name].add(tuple(cell[column] for column in table.columns))

    def visited(self, scale: int) -> tuple[Visited, ...]:
        """Every table as far as it was visited."""
        with self._lock:
            return tuple(Visited(table, scale, frozenset(self._seen[name])) for name, table in self._tables.items())
