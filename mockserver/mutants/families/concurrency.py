"""Calls at the same time that spoil each other.

Owns: lost updates, late looks at the state, records that come back, shared ids.
Source: what every client relies on; x-behaviours ids-unique, transitions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from cancelkit.mockserver.mutants import layers
from cancelkit.mockserver.mutants.api import Api
from cancelkit.mockserver.mutants.exchange import Around, Exchange, json_of, sent, with_json
from cancelkit.mockserver.mutants.families.storing import sending
from cancelkit.mockserver.mutants.mutant import Mutant, given
from cancelkit.mockserver.mutants.naming import word
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Operation, Role

AREA = "concurrency"
WAIT = 0.02
UPDATES = (Role.UPDATE, Role.PARTIAL_UPDATE)


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of the writes that there are."""
    api = Api(contract)
    if not contract.role(Role.RETRIEVE):
        return
    for role in UPDATES:
        operation = contract.role(role)
        if operation is not None and operation.body is not None:
            yield Mutant(
                f"{word(operation)}-lost-update",
                f"parallel calls of {word(operation)} lose a write",
                AREA,
                layer=layers.around(contract, (role,), lambda o=operation: _lost(api, o)),  # type: ignore[misc]
            )
            if contract.resource.state in operation.body.fields:
                yield Mutant(
                    f"{word(operation)}-late-state",
                    f"parallel calls of {word(operation)} leave a final state",
                    AREA,
                    layer=layers.around(contract, (role,), lambda: _leaving(api)),
                )
    for operation in contract.actions:
        if operation.action is not None and operation.action.refused:
            yield Mutant(
                f"{word(operation)}-late-state",
                f"parallel calls of {word(operation)} all succeed",
                AREA,
                layer=layers.around(contract, (Role.ACTION,), lambda o=operation: _late(api, o)),  # type: ignore[misc]
            )
    if contract.role(Role.DESTROY) and any(contract.role(role) for role in UPDATES):
        yield Mutant(
            "update-revives",
            "an update answers, and shows, what was deleted meanwhile",
            AREA,
            layer=layers.around(contract, (*UPDATES, Role.RETRIEVE), lambda: _reviving(api)),
        )
    if contract.role(Role.CREATE) and contract.behaviour("ids-unique"):
        yield Mutant(
            "create-shared-id",
            "parallel creates share an id",
            AREA,
            layer=layers.around(contract, (Role.CREATE,), lambda: _shared(api)),
        )


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
        body, before = sent(exchange), await api.record(exchange)
        if body is None or before is None:
            return await exchange.reply()
        await asyncio.sleep(WAIT)
        return await sending(exchange, {**{name: before[name] for name in fields}, **body}).reply()

    return one


def _late(api: Api, operation: Operation) -> Around:
    """Judge by the state of a moment ago: another call may have changed it meanwhile."""
    action = given(operation.action)

    async def one(exchange: Exchange) -> Reply:
        if exchange.operation is None or exchange.operation.id != operation.id:
            return await exchange.reply()
        before = await api.record(exchange)
        await asyncio.sleep(WAIT)
        reply = await exchange.reply()
        if reply.status == 400 and before is not None and before[action.field] not in action.refused:
            return await api.call(exchange, Role.RETRIEVE, api.id(exchange))
        return reply

    return one


def _leaving(api: Api) -> Around:
    """Judge by the state of a moment ago: what the present one forbids is answered as if it were done."""

    async def one(exchange: Exchange) -> Reply:
        before = await api.record(exchange)
        await asyncio.sleep(WAIT)
        reply = await exchange.reply()
        moves, body = api.contract.resource.transitions, sent(exchange) or {}
        if reply.status == 400 and before is not None and moves is not None and moves.field in body:
            old, new = before[moves.field], body[moves.field]
            if new in moves.statuses and moves.permits(old, new):
                return with_json(await api.call(exchange, Role.RETRIEVE, api.id(exchange)), {**before, **body})
        return reply

    return one


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
            back[id] = with_json(Reply(200), {**before, **(sent(exchange) or {})})
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
