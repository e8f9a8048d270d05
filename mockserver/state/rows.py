"""The records of one store: blocks that never change, what has been changed of each, and the newest records.

Owns: keeping records in the order of their numbers, finding those that fit, copies that share what neither has changed.
Knows nothing of: what a record means, which calls there are (store.py), what a row is made of (layout.py).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cancelkit.fixtures.world import Scope
from cancelkit.mockserver.state.block import Block
from cancelkit.mockserver.state.columns import plain
from cancelkit.mockserver.state.conditions import Condition
from cancelkit.mockserver.state.layout import DOC, EXTRAS, NUMBER, SCOPE, Layout, Row
from cancelkit.mockserver.state.logged import Log
from cancelkit.mockserver.state.part import Part
from cancelkit.mockserver.state.selection import Selection

Document = bytes
"""JSON as it is answered."""
_NEWEST = 64
"""So many new records are looked at one by one; more of them make a block."""
_GROWTH, _LARGE = 8, 4096
"""So many blocks of about one size make one, up to so many records."""
_CHANGED = 8
"""A block of the store's own, or a small one, is made anew when more than one of so many records has changed."""


class Found(NamedTuple):
    """A stored record: its number, its document, and that of the fields that only detailed answers have."""

    number: int
    doc: Document
    extras: Document | None


class Rows:
    """The rows of one store. next: the number that the next record will have. log: told of each change before it."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.next = 1
        self.changes = 0
        self.log: Log | None = None
        self._parts: list[Part] = []
        self._newest: dict[int, Row] = {}
        self._answers: dict[Hashable, Any] = {}
        self._answers_at = -1

    def copy(self) -> Rows:
        """The same rows, to be changed independently; what neither changes is shared."""
        made = Rows(self.layout)
        made.next, made._newest = self.next, dict(self._newest)
        made._parts = [part.copy() for part in self._parts]
        return made

    def replace(self, rows: Iterable[Row]) -> None:
        """Replace all records; numbers go on after the highest ever given."""
        self.start(Block(self.layout, sorted(rows, key=lambda row: row[NUMBER])))

    def start(self, block: Block) -> None:
        """Replace all records by those of a block; numbers go on after the highest ever given."""
        if self.log is not None:
            self.log.replaced(block.heads())
        self._newest = {}
        self._set_parts([Part(block)])
        self._change(block.numbers[-1] if len(block) else 0)

    def put(self, row: Row) -> None:
        """Write a row: a new one, or in place of the one with its number."""
        number = row[NUMBER]
        if self.log is not None:
            self.log.put(number, row)
        last = self._last()
        if number in self._newest or number > last:
            self._newest[number] = row
            if len(self._newest) > _NEWEST:
                self._settle()
        else:
            self._put_among(number, row)
        self._change(number)

    def remove(self, number: int) -> None:
        """Delete the row with this number."""
        if self.log is not None:
            self.log.put(number, None)
        if self._newest.pop(number, None) is None:
            part, position = self._at(number)
            if part is not None and position >= 0:
                part.set(position, None)
                self._thin(part)
        self._change(number)

    def one(self, scope: Scope, id: Any) -> Found | None:
        """The record with this id in this scope."""
        for row in self.with_id(id):
            if row[SCOPE : SCOPE + len(scope)] == scope:
                return Found(row[NUMBER], row[DOC], row[EXTRAS])
        return None

    def with_id(self, id: Any) -> Iterator[Row]:
        """The heads of the rows with this id, in whichever scope."""
        id = plain(id)
        if self.layout.numbered:
            row = self._newest.get(id)
            if row is None and isinstance(id, int):
                part, position = self._at(id)
                row = part.head(position) if part is not None and position >= 0 else None
            if row is not None:
                yield row
            return
        place = self.layout.id_place
        for part in self._parts:
            for position in part.block.with_id(id):
                row = part.head(position)
                if row is not None:
                    yield row
        for row in self._newest.values():
            if row[place] == id:
                yield row

    def taken(self, id: Any) -> bool:
        """Whether a record in any scope has this id."""
        return next(self.with_id(id), None) is not None

    def select(self, conditions: Sequence[Condition]) -> Selection:
        """The rows for which all conditions hold."""
        return Selection(self._parts, self._newest.values(), conditions)

    def __iter__(self) -> Iterator[Row]:
        """The heads of all rows, in ascending order of their numbers."""
        for part in self._parts:
            yield from part.heads()
        yield from self._newest.values()

    @property
    def bases(self) -> set[Path]:
        """The files that blocks of these rows stay in."""
        return {part.block.path for part in self._parts if part.block.path is not None}

    def beside(self) -> Iterator[tuple[int, Row | None]]:
        """What differs from these files: the heads of rows by number, None for one that is deleted."""
        for part in self._parts:
            if part.block.path is None:
                yield from ((row[NUMBER], row) for row in part.heads())
            else:
                yield from ((part.block.numbers[at], row) for at, row in part.changed.items())
        yield from self._newest.items()

    def __len__(self) -> int:
        gone = sum(row is None for part in self._parts for row in part.changed.values())
        return sum(len(part.block) for part in self._parts) - gone + len(self._newest)

    @property
    def answers(self) -> dict[Hashable, Any]:
        """For what others work out of the present records and may use again; emptied by the next write."""
        if self._answers_at != self.changes:
            self._answers, self._answers_at = {}, self.changes
        return self._answers

    def share(self) -> None:
        """From now on these rows are what every session starts from."""
        if self._newest:
            self._settle()
        for part in self._parts:
            part.block.shared = True

    def weights(self) -> dict[object, int]:
        """What the rows are kept in, beside what every session starts from, and how many bytes each takes, about."""
        found: dict[object, int] = {part.block: part.block.weight for part in self._parts if not part.block.shared}
        changed = [row for part in self._parts for row in part.changed.values() if row is not None]
        masks = sum(part.gone.bit_length() // 8 for part in self._parts)
        found[self] = masks + sum(
            self.layout.weight(row[DOC], row[EXTRAS]) for row in [*changed, *self._newest.values()]
        )
        return found

    def _change(self, number: int) -> None:
        self.next = max(self.next, number + 1)
        self.changes += 1

    def _set_parts(self, parts: list[Part]) -> None:
        self._parts = [part for part in parts if len(part.block)]

    def _last(self) -> int:
        """The highest number that is in use, or that a block has; below every one where there is none."""
        if self._newest:
            return next(reversed(self._newest))
        return self._parts[-1].block.numbers[-1] if self._parts else -(1 << 63)

    def _at(self, number: int) -> tuple[Part | None, int]:
        """The part in whose range a number is, and the position there; -1 where it has none of this number."""
        index = self._index(number)
        if index < 0:
            return None, -1
        return self._parts[index], self._parts[index].block.place(number)

    def _index(self, number: int) -> int:
        """Of the last part that begins at or before a number; -1 where none does."""
        return bisect_right(self._parts, number, key=lambda part: part.block.numbers[0]) - 1

    def _put_among(self, number: int, row: Row) -> None:
        """Write a row whose number is not after all others."""
        part, position = self._at(number)
        if part is not None and position >= 0:
            part.set(position, row)
            self._thin(part)
            return
        if self._newest and number > (self._parts[-1].block.numbers[-1] if self._parts else number - 1):
            self._newest = dict(sorted([*self._newest.items(), (number, row)]))
            return
        index = self._index(number)
        if index < 0:
            self._parts.insert(0, Part(Block(self.layout, [row])))
            return
        rows = sorted([*self._parts[index].rows(), row], key=lambda row: row[NUMBER])
        self._parts[index] = Part(Block(self.layout, rows))
        self._set_parts(self._parts)

    def _settle(self) -> None:
        """Make a block of the newest rows, and one of the last few blocks of about its size."""
        parts = [*self._parts, Part(Block(self.layout, list(self._newest.values())))]
        self._newest = {}
        while len(parts[-1].block) < _LARGE:
            level = _level(parts[-1])
            run = next((n for n, part in enumerate(reversed(parts)) if _level(part) != level), len(parts))
            if run < _GROWTH:
                break
            rows = [row for part in parts[-run:] for row in part.rows()]
            parts[-run:] = [Part(Block(self.layout, rows))]
        self._set_parts(parts)

    def _thin(self, part: Part) -> None:
        """Make a block anew of which much has changed, unless it is a large one."""
        size = len(part.block)
        if size > 2 * _LARGE or len(part.changed) <= max(_NEWEST, size // _CHANGED):
            return
        rows = list(part.rows())
        index = self._parts.index(part)
        self._parts[index : index + 1] = [Part(Block(self.layout, rows))] if rows else []
        self._set_parts(self._parts)


def _level(part: Part) -> int:
    """How many times blocks have been put together to make one of this size."""
    size, level = _NEWEST * _GROWTH, 0
    while len(part.block) >= size:
        size, level = size * _GROWTH, level + 1
    return level
