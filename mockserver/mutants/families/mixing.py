"""Calls at the same time that take what belongs to another: its scope, its values, its time, its answer.

Owns: a scope, texts and refusals kept where all calls share them, times of the start, reads that are kept too late,
counts of another moment than their rows, states that an update puts back.
Source: what every client relies on; x-behaviours <scope>-isolation, patch-partial, modified-date-advances.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import Any

from cancelkit.mockserver.mutants.api import Api, Note, showing
from cancelkit.mockserver.mutants.exchange import Around, Exchange, json_of, refused, with_json
from cancelkit.mockserver.mutants.families.concurrency import WAIT
from cancelkit.mockserver.mutants.maker import ITEM, LISTS, SHOWN, UPDATES, Maker, Record
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.mockserver.mutants.naming import slug, word
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Operation, Role

SHORT = 0.01
"""Seconds that a call waits between taking what it shares and using it."""


def family(contract: Contract) -> Iterator[Mutant]:
    api, maker = Api(contract), Maker(contract, "concurrency")
    if contract.resource.scope and any(contract.role(role) for role in LISTS):
        says = "lists at once answer rows of another's scope"
        yield maker.around("list-shared-scope", says, LISTS, lambda: _scope(api))
    listed = next((o for role in (Role.LIST_DETAILED, Role.LIST) if (o := contract.role(role))), None)
    if listed is not None and (limit := listed.paging.get("limit")):
        says = f"{word(listed)} takes the {limit} of another one under way"
        yield maker.around(f"{word(listed)}-limit-shared", says, (listed.role,), partial(_limit, limit), sample=False)
    if listed is not None and "count" in (listed.success.schema or {}).get("properties", {}):
        says = "the count of a list is of before its rows are read"
        yield maker.always("list-count-of-before", says, LISTS, _counted, sample=False)
    refusing = (Role.CREATE, *UPDATES) if contract.behaviour("refused-changes-nothing") else ()
    for operation in [o for role in refusing if (o := contract.role(role)) and o.body]:
        says = f"{word(operation)} that is refused is told the faults of another one under way"
        name = f"{word(operation)}-told-faults-of-another"
        yield maker.around(name, says, (operation.role,), _told, sample=False)
    updates = [o for role in UPDATES if (o := contract.role(role)) and o.body]
    for operation in updates[-1:]:
        if texts := _texts(contract, operation):
            says = f"parallel calls of {word(operation)} about different records mix their texts"
            yield maker.around(f"{word(operation)}-mixed-texts", says, (operation.role,), lambda: _mixed(texts))
    for operation in updates[-1:]:
        says = f"{word(operation)} that is refused is shown to readers until it is"
        yield maker.around(
            f"{word(operation)}-refused-shown", says, SHOWN, partial(_shown, api, operation), sample=False
        )
        says = f"{word(operation)} is refused for the errors of another one under way"
        yield maker.around(f"{word(operation)}-errors-shared", says, (operation.role,), _blamed)
    reads = [o for role in (Role.RETRIEVE, Role.RETRIEVE_DETAILED) if (o := contract.role(role))]
    header = contract.api_key.header.lower().encode() if contract.api_key else b""
    for operation in reads[:1] if header else ():
        says = f"{word(operation)} looks at the key of another call under way"
        yield maker.around(
            f"{word(operation)}-key-shared", says, (operation.role,), partial(_key, header), sample=False
        )
    state = contract.resource.state
    if updates and state and contract.actions and reads:
        says = f"{word(updates[-1])} shows the {state} of when it began, whatever was done meanwhile"
        back = partial(_back, api, updates[-1], state)
        yield maker.around(f"{word(updates[-1])}-puts-{slug(state)}-back", says, SHOWN, back, sample=False)
    changed = contract.resource.set_on("change")
    if updates and changed and contract.behaviour("modified-date-advances"):
        says = f"{changed[0]} is the start of an update, so that a slow one sets it back"
        yield maker.around("update-time-of-start", says, SHOWN, lambda: _started(api, changed))
        says = f"{changed[0]} stands where an update follows another one at once"
        yield maker.around("update-time-coalesced", says, SHOWN, showing(api, _coalesced(api, changed)), sample=False)
    for operation in reads[-1:] if updates else ():
        says = f"{word(operation)} that began before a write is kept, and answered again after it"
        yield maker.around(f"{word(operation)}-kept-late", says, ITEM, partial(_late, api, operation))


def _texts(contract: Contract, operation: Operation) -> set[str]:
    fields = operation.body.fields.values() if operation.body else ()
    plain = [f.name for f in fields if f.type == "string" and not f.enum and not f.reference and not f.read_only]
    return {name for name in plain if name in contract.resource.fields and name != contract.resource.state}


def _scope(api: Api) -> Around:
    shared: list[tuple[str, ...]] = [()]

    async def one(exchange: Exchange) -> Reply:
        shared[0] = api.scope(exchange)
        await asyncio.sleep(SHORT)
        return await exchange.at(api.path(exchange, exchange.called, scope=shared[0])).reply()

    return one


def _limit(name: str) -> Around:
    shared = [0]

    async def one(exchange: Exchange) -> Reply:
        own = shared[0] = exchange.number(name, 0)
        await asyncio.sleep(SHORT)
        other = shared[0]
        if other == own:
            return await exchange.reply()
        return await (exchange.setting(name, other) if other else exchange.without(name)).reply()

    return one


def _mixed(texts: set[str]) -> Around:
    shared: dict[str, Any] = {}

    async def one(exchange: Exchange) -> Reply:
        body = exchange.fields
        if body is None:
            return await exchange.reply()
        shared.clear()
        shared.update((name, body[name]) for name in texts & body.keys())
        await asyncio.sleep(SHORT)
        return await exchange.with_fields({name: shared.get(name, value) for name, value in body.items()}).reply()

    return one


def _shown(api: Api, operation: Operation) -> Around:
    """What a refused body says of its record is shown until the refusal is answered."""
    taken: dict[str, Any] = {}

    def covered(row: Any) -> Any:
        over = taken.get(str(row.get(api.id_field)), {}) if isinstance(row, dict) else {}
        return {**row, **{name: value for name, value in over.items() if name in row}} if over else row

    async def one(exchange: Exchange) -> Reply:
        reply, id, fields = await exchange.reply(), api.id(exchange), exchange.fields
        if exchange.called.id == operation.id and refused(reply) and fields is not None:
            taken[id] = fields
            await asyncio.sleep(WAIT)
            taken.pop(id, None)
        elif exchange.method == "GET" and taken and isinstance(value := json_of(reply), dict):
            if exchange.called.role in LISTS and "results" in value:
                return with_json(reply, {**value, "results": [covered(row) for row in value["results"]]})
            return with_json(reply, covered(value))
        return reply

    return one


def _blamed() -> Around:
    """A refusal is kept until it is answered; what is answered meanwhile is refused likewise."""
    kept: list[Reply] = []

    async def one(exchange: Exchange) -> Reply:
        reply = await exchange.reply()
        if refused(reply):
            kept.append(reply)
            await asyncio.sleep(2 * WAIT)
            kept.remove(reply)
            return reply
        await asyncio.sleep(WAIT)
        return kept[0] if kept and reply.status < 300 else reply

    return one


async def _counted(exchange: Exchange) -> Reply:
    before = json_of(await exchange.reply())
    await asyncio.sleep(SHORT)
    reply = await exchange.reply()
    return with_json(reply, {**json_of(reply), "count": before["count"]}) if reply.status == 200 and before else reply


def _told() -> Around:
    """The faults of the last one that was refused, told when this one has waited."""
    last = list[Reply]()

    async def one(exchange: Exchange) -> Reply:
        reply = await exchange.reply()
        if not refused(reply):
            return reply
        last[:] = [reply]
        await asyncio.sleep(WAIT)
        return last[0]

    return one


def _over(api: Api, exchange: Exchange, reply: Reply, shown: dict[str, dict[str, Any]]) -> Reply:
    """The response to a read with what is to be shown of its records, by their ids."""

    def covered(row: Any) -> Any:
        return {**row, **shown.get(str(row.get(api.id_field)), {})} if isinstance(row, dict) else row

    value = json_of(reply)
    if reply.status != 200 or not isinstance(value, dict):
        return reply
    if exchange.called.role in LISTS:
        return with_json(reply, {**value, "results": [covered(row) for row in value["results"]]})
    return with_json(reply, covered(value))


def _back(api: Api, operation: Operation, state: str) -> Around:
    """What an update read first covers the state until the next write."""
    shown: dict[str, dict[str, Any]] = {}

    async def one(exchange: Exchange) -> Reply:
        id, before = api.id(exchange), None
        if exchange.called.id == operation.id and state not in (exchange.fields or {}):
            before = await api.record(exchange)
            await asyncio.sleep(WAIT)
        reply = await exchange.reply()
        value = json_of(reply)
        if exchange.method not in ("GET", "HEAD"):
            shown.pop(id, None)
            if before and reply.status == 200 and before[state] != value.get(state):
                shown[id] = {state: before[state]}
            return reply
        return _over(api, exchange, reply, shown)

    return one


def _key(header: bytes) -> Around:
    shared = [b""]

    async def one(exchange: Exchange) -> Reply:
        shared[0] = exchange.header(header)
        await asyncio.sleep(SHORT)
        return await exchange.with_header(header, shared[0]).reply()

    return one


def _started(api: Api, names: tuple[str, ...]) -> Around:
    """Every second update writes its time late; others may have written theirs meanwhile."""
    shown: dict[str, dict[str, Any]] = {}
    turn = count()

    async def one(exchange: Exchange) -> Reply:
        reply, id = await exchange.reply(), api.id(exchange)
        value = json_of(reply)
        if exchange.method not in ("GET", "HEAD"):
            shown.pop(id, None)
            if exchange.called.role in UPDATES and reply.status < 300:
                await asyncio.sleep(WAIT * (next(turn) % 2))
                shown[id] = {name: value[name] for name in names if name in value}
            return reply
        return _over(api, exchange, reply, shown)

    return one


def _coalesced(api: Api, names: tuple[str, ...]) -> Note:
    last: dict[str, float] = {}

    def note(exchange: Exchange, reply: Reply, before: Record | None, shown: dict[str, Record]) -> None:
        id, now = api.id(exchange), time.monotonic()
        if exchange.called.role in UPDATES and before is not None and now - last.get(id, 0.0) < WAIT:
            shown[id] = {name: before[name] for name in names if name in before}
        else:
            shown.pop(id, None)
        if exchange.called.role in UPDATES:
            last[id] = now

    return note


def _late(api: Api, operation: Operation) -> Around:
    kept: dict[tuple[tuple[str, ...], str], Reply] = {}

    async def one(exchange: Exchange) -> Reply:
        key = (api.scope(exchange), api.id(exchange))
        if exchange.called.id != operation.id:
            reply = await exchange.reply()
            if exchange.called.method != "GET":
                kept.pop(key, None)
            return reply
        if key in kept:
            return kept[key]
        reply = await exchange.reply()
        await asyncio.sleep(WAIT)
        if reply.status == 200:
            kept[key] = reply
        return reply

    return one
