"""Deleting that deletes too little, too much, or not for good.

Owns: records that stay, stay listed, come back; neighbours that go, too.
Source: x-behaviours delete-gone, ids-unique.
"""

from __future__ import annotations

from collections.abc import Iterator

from cancelkit.mockserver.mutants.api import Api
from cancelkit.mockserver.mutants.exchange import Around, Exchange, json_of, with_json
from cancelkit.mockserver.mutants.maker import ITEM, SHOWN, Maker
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.mockserver.replies import Reply, not_found
from cancelkit.spec import Contract, Role


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of the operation that deletes, if there is one."""
    destroy = contract.role(Role.DESTROY)
    if destroy is None:
        return
    api, maker, gone = Api(contract), Maker(contract, "delete"), Reply(destroy.success.status, headers=())
    yield maker.replies(
        "delete-twice",
        f"deleting what is not there is {gone.status}",
        (Role.DESTROY,),
        lambda reply, exchange: gone if reply.status == 404 else reply,
    )
    if contract.role(Role.RETRIEVE):

        async def nothing(exchange: Exchange) -> Reply:
            return gone if await api.record(exchange) is not None else await exchange.reply()

        says = f"delete answers {gone.status} and keeps the record"
        yield maker.always("delete-does-nothing", says, (Role.DESTROY,), nothing)
        yield maker.around("delete-still-listed", "deleted records stay in lists", ITEM, lambda: _hidden(api, gone))
    if contract.role(Role.CREATE):
        says, roles = "delete takes another new record along", (Role.DESTROY, Role.CREATE)
        yield maker.around("delete-neighbour", says, roles, lambda: _neighbour(api))
        if contract.behaviour("ids-unique") and contract.resource.numbered:
            yield maker.around("delete-id-reused", "a deleted id is given again", SHOWN, lambda: _reused(api))


def _hidden(api: Api, gone: Reply) -> Around:
    """Deleted records are not found one by one, and are still there."""
    hidden: set[tuple[tuple[str, ...], str]] = set()

    async def one(exchange: Exchange) -> Reply:
        key = (api.scope(exchange), api.id(exchange))
        if key in hidden:
            reply = await exchange.reply()
            return not_found().reply if reply.status < 300 else reply
        if exchange.called.role is Role.DESTROY and await api.record(exchange) is not None:
            hidden.add(key)
            return gone
        return await exchange.reply()

    return one


def _neighbour(api: Api) -> Around:
    made: list[str] = []

    async def one(exchange: Exchange) -> Reply:
        reply = await exchange.reply()
        if exchange.called.role is Role.CREATE and reply.status < 300:
            made.append(str(json_of(reply)[api.id_field]))
        elif exchange.called.role is Role.DESTROY and reply.status < 300:
            id = api.id(exchange)
            before = next((one for one in reversed(made) if one != id), None)
            if before is not None:
                await api.call(exchange, Role.DESTROY, before)
        return reply

    return one


def _reused(api: Api) -> Around:
    """A new record is shown under the id that was deleted last; calls of that id mean the new one."""
    free: list[str] = []
    names: dict[str, str] = {}

    async def one(exchange: Exchange) -> Reply:
        id = api.id(exchange)
        if id in names:
            exchange = exchange.at(api.contract.resource.url(exchange.called.path, exchange.values, names[id]))
        reply = await exchange.reply()
        if reply.status >= 300:
            return reply
        if exchange.called.role is Role.DESTROY:
            free.append(id)
            return reply
        value = json_of(reply)
        if exchange.called.role is Role.CREATE and free:
            names[free.pop()] = str(value[api.id_field])
        back = {real: shown for shown, real in names.items()}
        if isinstance(value, dict) and str(value.get(api.id_field)) in back:
            return with_json(reply, {**value, api.id_field: int(back[str(value[api.id_field])])})
        return reply

    return one
