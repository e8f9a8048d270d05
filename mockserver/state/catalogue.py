"""What requests refer to: order items and reasons, by channel. Never changes, so that all sessions share it.

Owns: whether an id exists in a channel, and the opened representation behind it.
Knows nothing of: requests, HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from cancelkit.fixtures.world import World

Row = dict[str, Any]


class Catalogue:
    """The tables that x-reference names, each by channel and id."""

    __slots__ = ("_opened", "_owner", "_written", "channels")

    def __init__(self, world: World) -> None:
        self.channels = frozenset(world.channels)
        self._opened: dict[str, Mapping[int, Row]] = {"order_items": world.order_items, "reasons": world.reasons}
        items = {id: item["order"]["channel"] for id, item in world.order_items.items()}
        self._owner: dict[str, Mapping[int, int]] = {"order_items": items, "reasons": world.reason_channels}
        self._written: dict[tuple[str, int], orjson.Fragment] = {}

    def has(self, table: str, channel: int, id: int) -> bool:
        """Whether `table` holds `id` in `channel`."""
        return self._owner[table].get(id) == channel

    def opened(self, table: str, id: int) -> Row:
        """The row as detailed answers show it."""
        return self._opened[table][id]

    def written(self, table: str, id: int) -> orjson.Fragment:
        """The same as JSON, written once."""
        found = self._written.get((table, id))
        if found is None:
            found = self._written[table, id] = orjson.Fragment(orjson.dumps(self._opened[table][id]))
        return found

    def ids(self, table: str, channel: int) -> list[int]:
        """The ids of a channel, ascending."""
        return sorted(id for id, owner in self._owner[table].items() if owner == channel)

    @property
    def items(self) -> Mapping[int, Row]:
        return self._opened["order_items"]

    @property
    def reasons(self) -> Mapping[int, Row]:
        return self._opened["reasons"]

    @property
    def reason_channels(self) -> Mapping[int, int]:
        return self._owner["reasons"]
