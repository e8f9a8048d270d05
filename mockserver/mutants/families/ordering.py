"""Lists in another order than they should have.

Owns: descending and unstable lists, and the ordering parameter.
Source: x-ordering; x-behaviours list-order.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from cancelkit.mockserver.mutants import layers
from cancelkit.mockserver.mutants.exchange import Around, Exchange, json_of, with_json
from cancelkit.mockserver.mutants.layers import LISTS
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Role

AREA = "paging"


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of each list, and of the parameter that orders it."""
    lists = [one for role in sorted(LISTS) if (one := contract.role(role)) is not None]
    for one in lists:
        role = frozenset({one.role})
        name, word = ("detailed", "the detailed list") if one.role is Role.LIST_DETAILED else ("paging", "the list")
        yield Mutant(
            f"{name}-descending",
            f"{word} shows its pages backwards",
            AREA,
            layer=layers.around(contract, role, lambda: _backwards),
        )
        yield Mutant(
            f"{name}-unstable",
            f"the order of {word} changes from call to call",
            AREA,
            one.role is Role.LIST,
            layer=layers.around(contract, role, _shuffled),
        )
    ordering = next((one.ordering for one in lists if one.ordering), None)
    if ordering is None:
        return
    start = ordering.name.encode() + b"="

    async def ignored(exchange: Exchange) -> Reply:
        return await exchange.without(ordering.name).reply()

    async def turned(exchange: Exchange) -> Reply:
        pairs = [_turned(pair, start) if pair.startswith(start) else pair for pair in exchange.query]
        return await exchange.changed(query_string=b"&".join(pairs)).reply()

    yield Mutant(
        "ordering-ignored", f"{ordering.name} is ignored", AREA, layer=layers.around(contract, LISTS, lambda: ignored)
    )
    yield Mutant(
        "ordering-reversed",
        f"{ordering.name} orders the other way round",
        AREA,
        layer=layers.around(contract, LISTS, lambda: turned),
    )


def _turned(pair: bytes, start: bytes) -> bytes:
    value = pair[len(start) :].replace(b"%2D", b"-")
    return start + (value[1:] if value.startswith(b"-") else b"-" + value)


async def _backwards(exchange: Exchange) -> Reply:
    reply = await exchange.reply()
    page = json_of(reply)
    if reply.status != 200 or len(page["results"]) < 2:
        return reply
    return with_json(reply, {**page, "results": page["results"][::-1]})


def _shuffled() -> Around:
    chance = Random(1)

    async def one(exchange: Exchange) -> Reply:
        reply = await exchange.reply()
        page = json_of(reply)
        if reply.status != 200 or len(page["results"]) < 2:
            return reply
        return with_json(reply, {**page, "results": chance.sample(page["results"], len(page["results"]))})

    return one
