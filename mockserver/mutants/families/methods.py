"""Methods and slashes that are answered otherwise than the contract says.

Owns: 405 and Allow, HEAD, OPTIONS, the final slash.
Source: x-behaviours method-not-allowed, head-and-options, final-slash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from cancelkit.mockserver.mutants import layers
from cancelkit.mockserver.mutants.exchange import Exchange
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract

AREA = "robustness"


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of what the contract promises beside its operations."""
    for behaviour, name, says, change in CHANGES:
        if contract.behaviour(behaviour):
            yield Mutant(name, says, AREA, layer=_around(contract, change))
    if contract.behaviour("final-slash"):

        async def redirected(exchange: Exchange) -> Reply:
            reply = await exchange.reply()
            return replace(reply, status=404, headers=()) if reply.status == 301 else reply

        yield Mutant(
            "slash-not-found", "a wrong final slash is 404", AREA, layer=layers.everywhere(contract, redirected)
        )


def _around(contract: Contract, change: Callable[[Reply, Exchange], Reply]) -> layers.Make:
    async def one(exchange: Exchange) -> Reply:
        return change(await exchange.reply(), exchange)

    return layers.everywhere(contract, one)


def _without_allow(reply: Reply, exchange: Exchange) -> Reply:
    if reply.status != 405:
        return reply
    return replace(reply, headers=tuple(header for header in reply.headers if header[0] != b"allow"))


def _if_method(method: str, status: int) -> Callable[[Reply, Exchange], Reply]:
    return lambda reply, exchange: replace(reply, status=status) if exchange.method == method else reply


CHANGES: tuple[tuple[str, str, str, Callable[[Reply, Exchange], Reply]], ...] = (
    (
        "method-not-allowed",
        "method-404",
        "a method that is not offered is 404",
        lambda r, e: replace(r, status=404) if r.status == 405 else r,
    ),
    ("method-not-allowed", "method-no-allow", "405 has no Allow", _without_allow),
    (
        "method-not-allowed",
        "method-200",
        "a method that is not offered is 200",
        lambda r, e: replace(r, status=200) if r.status == 405 else r,
    ),
    ("head-and-options", "head-405", "HEAD is 405", _if_method("HEAD", 405)),
    ("head-and-options", "options-405", "OPTIONS is 405", _if_method("OPTIONS", 405)),
)
