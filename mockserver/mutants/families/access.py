"""Keys that are let in, or turned away, wrongly.

Owns: for each operation: no key, an empty one, an unknown one is let in; bare keys refused; other statuses.
Source: securitySchemes; x-behaviours authentication, bare-key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cancelkit.mockserver.mutants import layers
from cancelkit.mockserver.mutants.exchange import Around, Exchange
from cancelkit.mockserver.mutants.mutant import Mutant, given
from cancelkit.mockserver.mutants.naming import sampled, word
from cancelkit.mockserver.replies import Reply
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import ApiKey, Contract

AREA = "security"


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of the key, where the contract needs one."""
    key = contract.api_key
    secured = [one for one in contract.operations.values() if one.secured]
    if key is None or not secured:
        return
    header = key.header.lower().encode()
    yield Mutant("security-any-key", "unknown keys are let in", AREA, edit=_no_unknown, settings=_any_key)
    for kind, says, wrong in (
        ("none", "no key", lambda value: value is None),
        (
            "empty",
            "an empty key",
            lambda value: value is not None and not value.replace((key.prefix or "").encode(), b"").strip(),
        ),
    ):
        made = (
            Mutant(
                f"security-{word(operation)}-{kind}",
                f"{word(operation)} needs no key" if kind == "none" else f"{word(operation)} takes {says}",
                AREA,
                layer=layers.around(
                    contract,
                    (operation.role,),
                    lambda o=operation, w=wrong: _let_in(header, key, o.id, w),  # type: ignore[misc]
                ),
            )
            for operation in secured
        )
        yield from sampled(made, 2)
    roles = frozenset(one.role for one in secured)
    yield Mutant(
        "security-403",
        "a call without a key is 403",
        AREA,
        layer=layers.replies(
            contract, roles, lambda reply, exchange: replace(reply, status=403) if reply.status == 401 else reply
        ),
    )
    if contract.behaviour("bare-key") and key.prefix:

        async def bare(exchange: Exchange) -> Reply:
            value = exchange.header(header)
            if value and b" " not in value.strip():
                exchange = exchange.with_header(header, key.unknown.encode())
            return await exchange.reply()

        yield Mutant(
            "security-bare-refused", "a bare key is refused", AREA, layer=layers.around(contract, roles, lambda: bare)
        )


def _no_unknown(contract: Contract) -> Contract:
    return replace(contract, api_key=replace(given(contract.api_key), unknown="-"))


def _any_key(settings: Settings) -> Settings:
    return replace(settings, tokens=())


def _let_in(header: bytes, key: ApiKey, id: str, wrong: object) -> Around:
    """Once a good key was seen, calls of one operation that bring none pass as if they had it."""
    good: list[bytes] = []

    async def one(exchange: Exchange) -> Reply:
        value = next((bytes(v) for k, v in exchange.scope["headers"] if k == header), None)
        reply = await exchange.reply()
        if reply.status != 401 and value:
            good[:] = [value]
        if reply.status == 401 and exchange.operation and exchange.operation.id == id and wrong(value):  # type: ignore[operator]
            return await exchange.with_header(header, good[0]).reply() if good else replace(reply, status=400)
        return reply

    return one
