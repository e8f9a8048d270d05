"""What a mock is put together from: the contract, its handlers, the store; and where a mutant changes them.

Owns: Parts, and the seams that a mutant may use.
Knows nothing of: which mutants there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Protocol

from cancelkit.mockserver.api.handlers import Handler, handlers
from cancelkit.mockserver.state.store import Store
from cancelkit.spec import Contract, Operation
from cancelkit.spec.reading import read_contract

Document = dict[str, Any]
Wrap = Callable[[Operation, Handler], Handler]


class Mutation(Protocol):
    """One fault to be built in.

    edit: changes the contract that the mock is built from. store: a class that overrides a step of the store.
    wrap: puts something around an operation's handler. any_key: whether keys that nobody knows are let in.
    """

    @property
    def edit(self) -> Callable[[Document], None] | None: ...
    @property
    def store(self) -> type[Store] | None: ...
    @property
    def wrap(self) -> Wrap | None: ...
    @property
    def any_key(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """handlers: by operationId."""

    contract: Contract
    store: type[Store]
    handlers: Mapping[str, Handler]
    any_key: bool = False


def parts(contract: Contract, mutants: Sequence[Mutation] = ()) -> Parts:
    """The parts of a mock of `contract` with these mutants built in; the right ones where there are none.

    Raises:
        SpecError: an operation can't be served.
    """
    edits = [mutant.edit for mutant in mutants if mutant.edit]
    if edits:
        document: Document = deepcopy(dict(contract.document))
        for edit in edits:
            edit(document)
        contract = read_contract(document, source=contract.source, fingerprint=contract.fingerprint)
    stores = tuple(mutant.store for mutant in mutants if mutant.store)
    store = type("MutantStore", stores, {}) if len(stores) > 1 else (*stores, Store)[0]
    made = handlers(contract)
    for mutant in mutants:
        if mutant.wrap is not None:
            made = {id: _wrapped(mutant.wrap, contract.operations[id], inner) for id, inner in made.items()}
    return Parts(contract, store, made, any(mutant.any_key for mutant in mutants))


def _wrapped(wrap: Wrap, operation: Operation, inner: Handler) -> Handler:
    """The handler with something around it, marked so that its answers are not kept for later calls."""
    outer = wrap(operation, inner)
    if outer is not inner:
        outer.wrapped = True  # type: ignore[attr-defined]
    return outer
