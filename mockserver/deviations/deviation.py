"""What a deviation is: one way in which a server could break the contract, built into a mock on purpose.

Owns: Deviation, and how deviations change the three places where they can: contract, store, handlers.
Knows nothing of: which deviations there are, or of the suite that is to notice them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from cancelkit.mockserver.api.handlers import HANDLERS, Handler
from cancelkit.mockserver.state.store import Store
from cancelkit.spec import Contract
from cancelkit.spec.reading import read_contract

Document = dict[str, Any]
Wrap = Callable[[str, Handler], Handler]


@dataclass(frozen=True, slots=True)
class Deviation:
    """One fault.

    edit: changes the contract that the mock is built from (the mock then keeps a wrong contract).
    store: a class that overrides something of the store. wrap: puts something around an operation's handler.
    any_key: whether keys that nobody knows are let in.
    """

    name: str
    summary: str
    edit: Callable[[Document], None] | None = None
    store: type[Store] | None = None
    wrap: Wrap | None = None
    any_key: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """What a mock is made of, deviations built in."""

    spec: Contract
    store: type[Store]
    handlers: dict[str, Handler]


def parts(spec: Contract, deviations: Sequence[Deviation] = ()) -> Parts:
    """Return the parts of a mock of `spec` with these deviations; the right ones where there are none."""
    edits = [deviation.edit for deviation in deviations if deviation.edit]
    if edits:
        document: Document = deepcopy(dict(spec.document))
        for edit in edits:
            edit(document)
        spec = read_contract(document)
    stores = tuple(deviation.store for deviation in deviations if deviation.store)
    store = type("DeviatingStore", stores, {}) if len(stores) > 1 else (*stores, Store)[0]
    handlers = dict(HANDLERS)
    for deviation in deviations:
        if deviation.wrap:
            handlers = {name: deviation.wrap(name, inner) for name, inner in handlers.items()}
    return Parts(spec, store, handlers)
