"""Calls at the same time that spoil each other.

Owns: lost updates, late looks at the state, records that come back, shared ids.
Knows nothing of: calls that mix what each of them is about; mixing.py has those.
Source: what every client relies on; x-behaviours ids-unique, transitions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial

from cancelkit.mockserver.mutants.api import Api
from cancelkit.mockserver.mutants.exchange import Around, Exchange, json_of, refused, with_json
from cancelkit.mockserver.mutants.maker import UPDATES, Maker
from cancelkit.mockserver.mutants.mutant import Mutant, given
from cancelkit.mockserver.mutants.naming import word
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Operation, Role

WAIT = 0.05
"""Seconds between what a call reads and what it does with it, so that others come between on a busy machine, too."""


def family(contract: Contract) -> Iterator[Mutant]:
    api, maker = Api(contract), Maker(contract, "concurrency")
    if not contract.role(Role.RETRIEVE):
        return
    for role in UPDATES:
        operation = contract.role(role)
        if operation is not None and operation.body is not None:
            calls = f"parallel calls of {word(operation)}"
            yield maker.around(
                f"{word(operation)}-lost-update", f"{calls} lose a write", (role,), partial(_lost, api, operation)
            )
            moves = contract.resource.transitions
            if moves and moves.rivals and moves.field in operation.body.fields:
                says = f"{calls} leave a final state"
                yield maker.always(f"{word(operation)}-late-state", says, (role,), partial(_leaving, api))
    for operation in contract.actions:
        if operation.action is not None and operation.action.refused:
            says, late = f"parallel calls of {word(operation)} all succeed", partial(_late, api, operation)
            yield maker.always(f"{word(operation)}-late-state", says, (Role.ACTION,), late)
    if contract.role(Role.DESTROY) and any(contract.role(role) for role in UPDATES):
        says, roles = "an update answers, and shows, what was deleted meanwhile", (*UPDATES, Role.RETRIEVE)
        yield maker.around("update-revives", says, roles, lambda: _reviving(api))
    if contract.role(Role.CREATE) and contract.behaviour("ids-unique"):
        yield maker.around("create-shared-id", "parallel creates share an id", (Role.CREATE,), lambda: _shared(api))


def _lost(api: Api, operation: Operation) -> Around:
    """Read, wait, write everything back: what another call wrote meanwhile is lost."""
    fields = [
        name
        for name, field in given(operation.body).fields.items()
        if name in api.contract.resource.fields
        and name != api.contract.resource.state
        and not field.read_only
        and (field.reference is None or api.contract.resource.references[name].opened is None)
    ]

    async def one(exchange: Exchange) -> Reply:
        body, before = exchange.fields, await api.record(exchange)
        if body is None or before is None:
            return await exchange.reply()
        await asyncio.sleep(WAIT)
        return await exchange.with_fields({**{name: before[name] for name in fields if name in before}, **body}).reply()

    return one


async def _late(api: Api, operation: Operation, exchange: Exchange) -> Reply:
    """Judge by the state of a moment ago: another call may have changed it meanwhile."""
    action = given(operation.action)
    if exchange.called.id != operation.id:
        return await exchange.reply()
    before = await api.record(exchange)
    await asyncio.sleep(WAIT)
    reply = await exchange.reply()
    if refused(reply) and before is not None and before[action.field] not in action.refused:
        return await api.call(exchange, Role.RETRIEVE, api.id(exchange))
    return reply


async def _leaving(api: Api, exchange: Exchange) -> Reply:
    """Judge by the state of a moment ago: what the present one forbids is answered as if it were done."""
    before = await api.record(exchange)
    await asyncio.sleep(WAIT)
    reply = await exchange.reply()
    moves, body = api.contract.resource.transitions, exchange.fields or {}
    if refused(reply) and before is not None and moves is not None and moves.field in body:
        old, new = before[moves.field], body[moves.field]
        if new in moves.statuses and moves.permits(old, new):
            return with_json(await api.call(exchange, Role.RETRIEVE, api.id(exchange)), {**before, **body})
    return reply


def _reviving(api: Api) -> Around:
    back: dict[str, Reply] = {}

    async def one(exchange: Exchange) -> Reply:
        id = api.id(exchange)
        if exchange.called.role is Role.RETRIEVE:
            reply = await exchange.reply()
            return back[id] if reply.status == 404 and id in back else reply
        before = await api.record(exchange)
        await asyncio.sleep(WAIT)
        reply = await exchange.reply()
        if reply.status == 404 and before is not None:
            back[id] = with_json(Reply(200), {**before, **(exchange.fields or {})})
            return back[id]
        return reply

    return one


def _shared(api: Api) -> Around:
    """Creates that are under way together are answered with one id."""
    running: list[object] = []
    first: list[object] = []

    async def one(exchange: Exchange) -> Reply:
        running.append(exchange)
        await asyncio.sleep(WAIT)
        reply = await exchange.reply()
        value = json_of(reply)
        if reply.status < 300:
            if len(running) > 1 and not first:
                first.append(value[api.id_field])
            elif first:
                reply = with_json(reply, {**value, api.id_field: first[0]})
        running.pop()
        if not running:
            first.clear()
        return reply

    return one
