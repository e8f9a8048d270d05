"""The snapshots of a session: states kept under a name.

Owns: names, and when each was taken. A snapshot is the store itself, shared until somebody writes: taking one and
    going back to it cost nothing but the copy that the next write makes.
Knows nothing of: HTTP, files, sessions' names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cancelkit.mockserver.state import clock
from cancelkit.mockserver.state.logged import Keeping
from cancelkit.mockserver.state.store import Store

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
MOST = 100


class SnapshotError(ValueError):
    """A name that is none, or one snapshot too many."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state as it was at `created` (real time)."""

    store: Store
    created: datetime

    def entry(self, name: str) -> dict[str, Any]:
        return {
            "name": name,
            "created": clock.text(self.created),
            "records": len(self.store),
            "bytes": self.store.weight,
        }


class Snapshots:
    """By name, in the order in which they were taken. keeper: told of each before it is taken or goes."""

    __slots__ = ("_kept", "keeper")

    def __init__(self) -> None:
        self._kept: dict[str, Snapshot] = {}
        self.keeper: Keeping | None = None

    def __contains__(self, name: str) -> bool:
        return name in self._kept

    def __getitem__(self, name: str) -> Snapshot:
        return self._kept[name]

    def keep(self, name: str, store: Store, created: datetime | None = None) -> Snapshot:
        """Keep `store` under `name`, in place of one that has it.

        Raises:
            SnapshotError: the name is none, or there are too many.
        """
        if NAME.fullmatch(name) is None:
            raise SnapshotError("a snapshot's name has 1 to 64 letters, digits, '.', '_' and '-'")
        if name not in self._kept and len(self._kept) >= MOST:
            raise SnapshotError(f"a session keeps at most {MOST} snapshots; delete one first")
        kept = Snapshot(store, created or datetime.now(UTC))
        if self.keeper is not None:
            self.keeper.names(name, store, kept.created)
        self._kept.pop(name, None)
        self._kept[name] = kept
        return kept

    def delete(self, name: str) -> bool:
        if self.keeper is not None and name in self._kept:
            self.keeper.unnames(name)
        return self._kept.pop(name, None) is not None

    def entries(self) -> list[dict[str, Any]]:
        return [snapshot.entry(name) for name, snapshot in self._kept.items()]

    def items(self) -> list[tuple[str, Snapshot]]:
        return list(self._kept.items())

    def stores(self) -> list[Store]:
        return [snapshot.store for snapshot in self._kept.values()]
