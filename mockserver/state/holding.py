"""Whether a text stands in a record: in its id, in what the contract's text filters look at, or in its own texts.

Owns: where it is looked for, and looking at one row.
Knows nothing of: how many rows are looked at without reading each (stored.py).
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import orjson

from cancelkit.mockserver.state.columns import free_texts
from cancelkit.mockserver.state.layout import DOC, Layout, Row
from cancelkit.mockserver.state.text import fold
from cancelkit.spec import Contract


class Holding:
    """folded: the text that is looked for. places: of a row, whose folded values are searched."""

    def __init__(self, contract: Contract, layout: Layout, text: str) -> None:
        self.folded, self._text, self._id = fold(text), text, layout.id_place
        self.places = [layout.place(c.path, folded=True) for c in layout.searched.columns if c.folded]
        self._own = free_texts(contract)

    @property
    def ids(self) -> list[Any]:
        """The ids that the text may be."""
        found: list[Any] = [self._text]
        with suppress(ValueError):
            found += [number for number in (int(self._text),) if str(number) == self._text]
        return found

    def __call__(self, row: Row) -> bool:
        if str(row[self._id]) == self._text or any(self.folded in (row[place] or "") for place in self.places):
            return True
        record = orjson.loads(row[DOC])
        return any(self.folded in (column.of(record) or "") for column in self._own)
