"""A store as the tables that `--data` and /_mock/import read.

Owns: putting a store's records and its catalogue together to a world.
Knows nothing of: the tables' form (fixtures/world.py), sessions.
"""

from __future__ import annotations

from typing import Any

from cancelkit.fixtures.reading import CONTRACT
from cancelkit.fixtures.world import World
from cancelkit.mockserver.state.store import Store


def world_of(store: Store) -> World:
    """The world as it is now in `store`."""
    return World(tuple(store.catalogue.ordered), store.catalogue.tables, list(store.records()))


def tables(store: Store) -> dict[str, Any]:
    """The same as tables (docs/fixtures.md), with the contract that they follow."""
    contract = store.contract
    kept = {"source": contract.source, "fingerprint": contract.fingerprint}
    return {**world_of(store).to_tables(contract), CONTRACT: kept}
