"""Makes the mutants of one contract, most of which stand in front of the right API.

Owns: Maker, and the groups of roles and operations that mutants are made for.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from typing import Any

from cancelkit.mockserver.mutants.exchange import Around, Change, Exchange, json_of, layer, with_json
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.mockserver.replies import Reply
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import Body, Contract, Operation, Role

ITEM = frozenset({Role.RETRIEVE, Role.RETRIEVE_DETAILED, Role.UPDATE, Role.PARTIAL_UPDATE, Role.DESTROY, Role.ACTION})
LISTS = frozenset({Role.LIST, Role.LIST_DETAILED})
WRITES = (Role.CREATE, Role.UPDATE, Role.PARTIAL_UPDATE)
UPDATES = (Role.UPDATE, Role.PARTIAL_UPDATE)
SHOWN = ITEM | LISTS | {Role.CREATE}
Record = dict[str, Any]


def written(contract: Contract) -> Iterator[tuple[Operation, Body]]:
    """The operations that write the fields of a record, each with its body."""
    for role in WRITES:
        operation = contract.role(role)
        if operation is not None and operation.body is not None:
            yield operation, operation.body


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes mutants by what they do to calls of some roles; area: theirs, where no other is given."""

    contract: Contract
    area: str

    def edit(self, name: str, says: str, edit: Callable[[Contract], Contract]) -> Mutant:
        """The mock keeps a wrong contract."""
        return Mutant(name, says, self.area, edit=edit)

    def settings(self, name: str, says: str, settings: Callable[[Settings], Settings]) -> Mutant:
        """The mock keeps to wrong settings."""
        return Mutant(name, says, self.area, settings=settings)

    def around(
        self, name: str, says: str, roles: Container[Role], make: Callable[[], Around], *, sample: bool = True
    ) -> Mutant:
        """Calls go through what `make` returns, which may remember: `make` is called once for each app."""

        def made() -> Around:
            inner = make()

            async def chosen(exchange: Exchange) -> Reply:
                if exchange.operation is None or exchange.operation.role not in roles:
                    return await exchange.reply()
                return await inner(exchange)

            return chosen

        return Mutant(name, says, self.area, sample, layer=lambda: layer(self.contract, made()))

    def always(self, name: str, says: str, roles: Container[Role], one: Around, *, sample: bool = True) -> Mutant:
        """Calls go through a function that remembers nothing."""
        return self.around(name, says, roles, lambda: one, sample=sample)

    def everywhere(self, name: str, says: str, change: Change) -> Mutant:
        """Every response is changed, also to a call of no operation."""
        return Mutant(name, says, self.area, layer=lambda: layer(self.contract, _changing(change)))

    def replies(self, name: str, says: str, roles: Container[Role], change: Change) -> Mutant:
        """Every response is changed, whatever its status."""
        return self.always(name, says, roles, _changing(change))

    def answers(self, name: str, says: str, roles: Container[Role], change: Callable[[Any, Exchange], Any]) -> Mutant:
        """The JSON of successes is changed."""

        def changed(reply: Reply, exchange: Exchange) -> Reply:
            if not 200 <= reply.status < 300 or (value := json_of(reply)) is None:
                return reply
            return with_json(reply, change(value, exchange))

        return self.replies(name, says, roles, changed)

    def rows(self, name: str, says: str, roles: Container[Role], change: Callable[[Record], Record]) -> Mutant:
        """Each record that is answered is changed, alone or in a page."""

        def changed(value: Any, exchange: Exchange) -> Any:
            if exchange.called.role in LISTS:
                return {**value, "results": [change(row) for row in value["results"]]}
            return change(value)

        return self.answers(name, says, roles, changed)

    def bodies(self, name: str, says: str, roles: Container[Role], change: Callable[[Record], Record]) -> Mutant:
        """The fields that are sent are changed, where they are a JSON object."""

        async def one(exchange: Exchange) -> Reply:
            fields = exchange.fields
            return await (exchange if fields is None else exchange.with_fields(change(fields))).reply()

        return self.always(name, says, roles, one)


def _changing(change: Change) -> Around:
    async def one(exchange: Exchange) -> Reply:
        return change(await exchange.reply(), exchange)

    return one
