"""Scopes that see each other's records.

Owns: for each operation on a record: another scope's is found; lists and counts that leak; references that are not
checked, or of any scope.
Source: x-behaviours channel-isolation, references-exist; the path parameters in front of the record's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from cancelkit.mockserver.mutants.api import Api
from cancelkit.mockserver.mutants.exchange import Around, Exchange, json_of, refused, restated, with_json
from cancelkit.mockserver.mutants.maker import ITEM, LISTS, SHOWN, Maker, written
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.mockserver.mutants.naming import sampled, slug, word
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Operation, Role


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of each operation, where records live in scopes."""
    api, maker = Api(contract), Maker(contract, "isolation")
    yield from sampled(_references(maker), 3)
    if not contract.resource.scope:
        return
    every = [one for one in contract.operations.values() if one.role in ITEM]
    for operation in every:
        name, across = word(operation), partial(_across, api, operation)
        yield maker.around(f"isolation-{name}", f"{name} finds records of any scope", SHOWN, across)
    for role in sorted(LISTS):
        if shown := contract.role(role):
            name, leaking = word(shown), partial(_leaking, api, role)
            says = f"{name} shows records of other scopes, too"
            yield maker.around(f"isolation-{name}-leaks", says, SHOWN, partial(leaking, rows=True))
            says, plain = f"the count of {name} has records of other scopes", role is Role.LIST
            yield maker.around(f"isolation-{name}-count-leaks", says, SHOWN, partial(leaking, rows=False), sample=plain)
    if any(one.role is Role.RETRIEVE for one in every):
        says, roles = "an id that is not there is 403", (Role.RETRIEVE, Role.DESTROY)
        yield maker.replies("isolation-403", says, roles, restated(404, 403))


def _across(api: Api, operation: Operation) -> Around:
    """Look for what is not found in every scope that was called before."""
    seen: dict[tuple[str, ...], None] = {}

    async def one(exchange: Exchange) -> Reply:
        seen[api.scope(exchange)] = None
        reply = await exchange.reply()
        if reply.status != 404 or exchange.called.id != operation.id:
            return reply
        for scope in seen:
            other = await exchange.at(api.path(exchange, operation, api.id(exchange), scope)).reply()
            if other.status < 300:
                return other
        return reply

    return one


def _leaking(api: Api, role: Role, *, rows: bool) -> Around:
    seen: dict[tuple[str, ...], None] = {}

    async def one(exchange: Exchange) -> Reply:
        own = api.scope(exchange)
        seen[own] = None
        reply = await exchange.reply()
        if exchange.called.role is not role or reply.status != 200:
            return reply
        page = json_of(reply)
        for scope in seen:
            if scope != own:
                more = json_of(await exchange.at(api.path(exchange, exchange.called, scope=scope)).reply())
                if more and "results" in more:
                    page["count"] += more["count"]
                    page["results"] += more["results"] if rows else []
        return with_json(reply, page)

    return one


def _references(maker: Maker) -> Iterator[Mutant]:
    """A refused reference is taken all the same: the record is made with another one, and shows the one sent."""
    contract = maker.contract
    if not contract.behaviour("references-exist") or not contract.role(Role.LIST):
        return
    for operation, body in written(contract):
        for name, reference in contract.resource.references.items():
            if name in body.fields and reference.opened is None:
                says = f"{word(operation)} accepts a {name} that does not exist in the scope"
                any_key = partial(_any, Api(contract), name)
                yield maker.always(f"{word(operation)}-any-{slug(name)}", says, (operation.role,), any_key)


async def _any(api: Api, name: str, exchange: Exchange) -> Reply:
    reply, body = await exchange.reply(), exchange.fields
    if body is None or name not in body or not refused(reply, name):
        return reply
    if type(body[name]) not in (int, str):
        return reply
    known: list[dict[str, Any]] = (json_of(await api.call(exchange, Role.LIST)) or {}).get("results", [])
    for row in known[:1]:
        made = await exchange.with_fields({**body, name: row[name]}).reply()
        if made.status < 300:
            return with_json(made, {**json_of(made), name: body[name]})
    return reply
