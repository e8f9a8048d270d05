"""Mutants that stand in front of the API: what goes around the calls of some roles.

Owns: making a mutant's layer from a function of one call or one response.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container
from dataclasses import replace
from typing import Any

import orjson

from cancelkit.mockserver.mutants.exchange import Around, Exchange, json_of, layer, with_json
from cancelkit.mockserver.parts import Layer
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Role

ITEM = frozenset({Role.RETRIEVE, Role.RETRIEVE_DETAILED, Role.UPDATE, Role.PARTIAL_UPDATE, Role.DESTROY, Role.ACTION})
LISTS = frozenset({Role.LIST, Role.LIST_DETAILED})
WRITES = frozenset({Role.CREATE, Role.UPDATE, Role.PARTIAL_UPDATE})
Make = Callable[[], Layer]


def around(contract: Contract, roles: Container[Role], make: Callable[[], Around]) -> Make:
    """A layer around calls of these roles; `make` is called once for each app."""

    def made() -> Layer:
        inner = make()

        async def chosen(exchange: Exchange) -> Reply:
            if exchange.operation is None or exchange.operation.role not in roles:
                return await exchange.reply()
            return await inner(exchange)

        return layer(contract, chosen)

    return made


def everywhere(contract: Contract, one: Around) -> Make:
    """A layer around every call, also those that are no operation."""
    return lambda: layer(contract, one)


def answers(contract: Contract, roles: Container[Role], change: Callable[[Any, Exchange], Any]) -> Make:
    """Change the JSON of successes."""

    async def one(exchange: Exchange) -> Reply:
        reply = await exchange.reply()
        if not 200 <= reply.status < 300 or (value := json_of(reply)) is None:
            return reply
        return with_json(reply, change(value, exchange))

    return around(contract, roles, lambda: one)


def rows(contract: Contract, roles: Container[Role], change: Callable[[dict[str, Any]], dict[str, Any]]) -> Make:
    """Change each record that is answered, alone or in a page."""

    def changed(value: Any, exchange: Exchange) -> Any:
        if exchange.operation and exchange.operation.role in LISTS:
            return {**value, "results": [change(row) for row in value["results"]]}
        return change(value)

    return answers(contract, roles, changed)


def bodies(contract: Contract, roles: Container[Role], change: Callable[[dict[str, Any]], dict[str, Any]]) -> Make:
    """Change the fields that are sent, where they are a JSON object."""

    def sent(exchange: Exchange) -> Awaitable[Reply]:
        try:
            value = orjson.loads(exchange.body)
        except orjson.JSONDecodeError:
            return exchange.reply()
        if not isinstance(value, dict):
            return exchange.reply()
        content = orjson.dumps(change(value))
        length = str(len(content)).encode()
        return replace(exchange, body=content).with_header(b"content-length", length).reply()

    return around(contract, roles, lambda: sent)


def replies(contract: Contract, roles: Container[Role], change: Callable[[Reply, Exchange], Reply]) -> Make:
    """Change what is answered, whatever it is."""

    async def one(exchange: Exchange) -> Reply:
        return change(await exchange.reply(), exchange)

    return around(contract, roles, lambda: one)
