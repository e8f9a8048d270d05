"""What is told of each change before it is made, so that it can be kept.

Owns: what a store's rows and a session tell, and changes that are gathered to be told at once.
Knows nothing of: where they are kept (serving/keeping.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from cancelkit.mockserver.state.layout import NUMBER, Row

if TYPE_CHECKING:
    from cancelkit.mockserver.state.clock import Going
    from cancelkit.mockserver.state.store import Store


class Log(Protocol):
    """Is told by rows. Where it raises, they stay as they are."""

    def put(self, number: int, row: Row | None) -> None:
        """A row is written; None where it is deleted."""

    def replaced(self, rows: Iterable[Row]) -> None:
        """All rows give way to these."""


class Changes:
    """A log that gathers. rows: by number. whole: whether nothing is left of what was there before."""

    __slots__ = ("rows", "whole")

    def __init__(self) -> None:
        self.rows: dict[int, Row | None] = {}
        self.whole = False

    def put(self, number: int, row: Row | None) -> None:
        self.rows[number] = row

    def replaced(self, rows: Iterable[Row]) -> None:
        self.rows, self.whole = {row[NUMBER]: row for row in rows}, True


class Keeping(Protocol):
    """Is told by a session, its snapshots and its clock. Where it raises, they stay as they are."""

    def grows(self, store: Store, of: Store, changes: Changes, going: Going | None = None) -> None:
        """The session goes on with `store`, which is `of` with some changes, and will tell of each further one.

        Args:
            going: how the clock goes from now on.
        """

    def takes(self, store: Store, going: Going | None = None) -> None:
        """The session goes on from `store`: one that is kept already, or a new one, which will tell of each change."""

    def names(self, name: str, store: Store, created: datetime) -> None:
        """A snapshot is taken."""

    def unnames(self, name: str) -> None:
        """A snapshot goes."""

    def goes(self, going: Going) -> None:
        """The clock goes otherwise."""
