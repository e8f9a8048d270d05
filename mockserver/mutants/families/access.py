"""Keys that are let in, or turned away, wrongly.

Owns: for each operation: no key, an empty one, an unknown one is let in; bare keys refused; other statuses.
Source: securitySchemes; x-behaviours authentication, bare-key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from cancelkit.mockserver.mutants.exchange import Around, Exchange, restated
from cancelkit.mockserver.mutants.maker import Maker
from cancelkit.mockserver.mutants.mutant import Mutant, given
from cancelkit.mockserver.mutants.naming import sampled, word
from cancelkit.mockserver.replies import Reply
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import Contract, Operation

Wrong = Callable[[bytes | None], bool]


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of the key, where the contract needs one."""
    key, maker = contract.api_key, Maker(contract, "security")
    secured = [one for one in contract.operations.values() if one.secured]
    if key is None or not secured:
        return
    header, prefix = key.header.lower().encode(), (key.prefix or "").encode()

    def empty(value: bytes | None) -> bool:
        return value is not None and not value.replace(prefix, b"").strip()

    def let_in(operation: Operation, kind: str, says: str, wrong: Wrong) -> Mutant:
        name = word(operation)
        make = partial(_let_in, header, operation.id, wrong)
        return maker.around(f"security-{name}-{kind}", f"{name} {says}", (operation.role,), make)

    yield Mutant("security-any-key", "unknown keys are let in", maker.area, edit=_no_unknown, settings=_any_key)
    yield from sampled((let_in(o, "none", "needs no key", lambda value: value is None) for o in secured), 2)
    yield from sampled((let_in(o, "empty", "takes an empty key", empty) for o in secured), 2)
    roles = frozenset(one.role for one in secured)
    yield maker.replies("security-403", "a call without a key is 403", roles, restated(401, 403))
    if contract.behaviour("bare-key") and key.prefix:

        async def bare(exchange: Exchange) -> Reply:
            value = exchange.header(header)
            if value and b" " not in value.strip():
                exchange = exchange.with_header(header, key.unknown.encode())
            return await exchange.reply()

        yield maker.always("security-bare-refused", "a bare key is refused", roles, bare)


def _no_unknown(contract: Contract) -> Contract:
    return replace(contract, api_key=replace(given(contract.api_key), unknown="-"))


def _any_key(settings: Settings) -> Settings:
    return replace(settings, tokens=())


def _let_in(header: bytes, id: str, wrong: Wrong) -> Around:
    """Once a good key was seen, calls of one operation that bring none pass as if they had it."""
    good: list[bytes] = []

    async def one(exchange: Exchange) -> Reply:
        value = next((bytes(v) for k, v in exchange.scope["headers"] if k == header), None)
        reply = await exchange.reply()
        if reply.status != 401 and value:
            good[:] = [value]
        if reply.status == 401 and exchange.called.id == id and wrong(value):
            return await exchange.with_header(header, good[0]).reply() if good else replace(reply, status=400)
        return reply

    return one
