"""Lists in another order than they should have.

Owns: descending and unstable lists, and the ordering parameter.
Source: x-ordering; x-behaviours list-order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from cancelkit.mockserver.mutants.exchange import Around, Exchange, json_of, with_json
from cancelkit.mockserver.mutants.maker import LISTS, Maker
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Role


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of each list, and of the parameter that orders it."""
    maker = Maker(contract, "paging")
    lists = [one for role in sorted(LISTS) if (one := contract.role(role)) is not None]
    for one in lists:
        plain = one.role is Role.LIST
        name, word = ("paging", "the list") if plain else ("detailed", "the detailed list")
        backwards = _ordered(lambda rows: rows[::-1])
        yield maker.always(f"{name}-descending", f"{word} shows its pages backwards", (one.role,), backwards)
        says = f"the order of {word} changes from call to call"
        yield maker.around(f"{name}-unstable", says, (one.role,), _shuffled, sample=plain)
    ordering = next((one.ordering for one in lists if one.ordering), None)
    if ordering is None:
        return
    start = ordering.name.encode() + b"="

    async def ignored(exchange: Exchange) -> Reply:
        return await exchange.without(ordering.name).reply()

    async def turned(exchange: Exchange) -> Reply:
        pairs = (_turned(pair, start) if pair.startswith(start) else pair for pair in exchange.query)
        return await exchange.with_query(pairs).reply()

    yield maker.always("ordering-ignored", f"{ordering.name} is ignored", LISTS, ignored)
    yield maker.always("ordering-reversed", f"{ordering.name} orders the other way round", LISTS, turned)


def _turned(pair: bytes, start: bytes) -> bytes:
    value = pair[len(start) :].replace(b"%2D", b"-")
    return start + (value[1:] if value.startswith(b"-") else b"-" + value)


def _ordered(order: Callable[[list[Any]], list[Any]]) -> Around:
    """Pages with their rows in another order."""

    async def one(exchange: Exchange) -> Reply:
        reply = await exchange.reply()
        page = json_of(reply)
        if reply.status != 200 or len(page["results"]) < 2:
            return reply
        return with_json(reply, {**page, "results": order(page["results"])})

    return one


def _shuffled() -> Around:
    chance = Random(1)
    return _ordered(lambda rows: chance.sample(rows, len(rows)))
