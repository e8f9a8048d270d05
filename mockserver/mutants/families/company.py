"""Faults that show only in company, or after other calls: each part is right where it is asked for by itself.

Owns: references wrong together, a field that draws another one along, counts after changed records were deleted,
states named again, pages of a moment that has passed, pages that outlive one kind of write.
Source: x-behaviours references-exist, patch-partial, delete-gone, page-envelope; x-transitions, x-action.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from cancelkit.mockserver.mutants.api import Api
from cancelkit.mockserver.mutants.exchange import Around, Exchange, json_of, refused, with_json
from cancelkit.mockserver.mutants.maker import ITEM, LISTS, SHOWN, UPDATES, Maker, written
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.mockserver.mutants.naming import sampled, slug, word
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Field, Operation, Role

KEPT = 64
"""So many queries are remembered with their pages."""


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of what a contract promises of parts together, and of one call after another."""
    api = Api(contract)
    if contract.resource.scope and contract.behaviour("references-exist") and contract.role(Role.RETRIEVE):
        yield from sampled(_references(Maker(contract, "isolation"), api), 2)
    if contract.behaviour("patch-partial") and contract.role(Role.RETRIEVE):
        yield from sampled(_along(Maker(contract, "patch"), api), 1)
    if contract.role(Role.DESTROY) and contract.role(Role.CREATE):
        yield from _deleted(Maker(contract, "delete"), api)
    for action in contract.actions:
        yield from sampled(_again(Maker(contract, "transitions"), api, action), 2)
    first = contract.role(Role.LIST)
    asked = first and any(  # what others write meanwhile would move a list that can't be asked for some records alone
        parameter.filter and parameter.filter.lookup == "in" and parameter.filter.path == (contract.resource.id_field,)
        for parameter in first.parameters
    )
    if first and asked and (page := first.paging.get("page")) and contract.behaviour("page-envelope"):
        says, later = "later pages are those of when page 1 was asked for", partial(_later, page)
        yield Maker(contract, "paging").around("paging-later-of-then", says, LISTS, later)
        for operation in contract.operations.values():
            if operation.method not in ("GET", "HEAD"):
                says = f"pages are kept until the next write, and {word(operation)} does not count as one"
                kept, name = partial(_kept, operation), f"paging-outlives-{word(operation)}"
                yield Maker(contract, "paging").around(name, says, SHOWN, kept, sample=False)


def _references(maker: Maker, api: Api) -> Iterator[Mutant]:
    """Answers as if the update had been done."""

    async def accepting(names: set[str], exchange: Exchange) -> Reply:
        reply, body = await exchange.reply(), exchange.fields or {}
        if names <= body.keys() and all(refused(reply, name) for name in names):
            return await api.call(exchange, Role.RETRIEVE, api.id(exchange))
        return reply

    for operation, body in written(maker.contract):
        names = [name for name in maker.contract.resource.references if name in body.fields][:2]
        if operation.role in UPDATES and len(names) > 1:
            says = (
                f"{word(operation)} accepts {' and '.join(names)} that do not exist in the scope, where it is sent both"
            )
            both = partial(accepting, set(names))
            yield maker.always(f"{word(operation)}-any-{slug('-and-'.join(names))}", says, (operation.role,), both)


def _along(maker: Maker, api: Api) -> Iterator[Mutant]:
    operation = maker.contract.role(Role.PARTIAL_UPDATE)
    fields = list(operation.body.fields.values()) if operation and operation.body else []
    plain = [f for f in fields if not f.reference and not f.read_only and f.name in maker.contract.resource.fields]
    numbers = [f for f in plain if f.nullable and f.type == "integer"]

    async def filling(flag: Field, number: Field, exchange: Exchange) -> Reply:
        reply, value = await exchange.reply(), max(1, number.schema.get("minimum", 1))
        alone = (exchange.fields or {}).keys() == {flag.name}
        if alone and reply.status == 200 and (json_of(reply) or {}).get(number.name, value) is None:
            return await exchange.with_fields({number.name: value}).reply()
        return reply

    for flag in plain:
        for number in numbers[:1] if flag.type == "boolean" else ():
            says = f"patch of {flag.name} alone sets {number.name} where it was null"
            one = partial(filling, flag, number)
            yield maker.always(f"patch-{slug(flag.name)}-sets-{slug(number.name)}", says, (Role.PARTIAL_UPDATE,), one)


def _deleted(maker: Maker, api: Api) -> Iterator[Mutant]:
    contract = maker.contract
    first = contract.role(Role.LIST)
    if first and "count" in (first.success.schema or {}).get("properties", {}) and contract.actions:
        says = "what an action was done to is taken off the count of the whole list twice when it is deleted"
        yield maker.around("delete-counts-twice-after-action", says, ITEM | {Role.LIST}, lambda: _twice(api))


def _twice(api: Api) -> Around:
    acted: set[str] = set()
    less: dict[tuple[str, ...], int] = {}

    async def one(exchange: Exchange) -> Reply:
        reply, role, id, scope = await exchange.reply(), exchange.called.role, api.id(exchange), api.scope(exchange)
        if role is Role.ACTION and reply.status < 300:
            acted.add(id)
        elif role is Role.DESTROY and reply.status < 300 and id in acted:
            less[scope] = less.get(scope, 0) + 1
        elif role is Role.LIST and reply.status == 200 and {*exchange.sent} <= {*exchange.called.paging.values()}:
            page = json_of(reply)
            return with_json(reply, {**page, "count": page["count"] - less.get(scope, 0)})
        return reply

    return one


def _again(maker: Maker, api: Api, operation: Operation) -> Iterator[Mutant]:
    """Refused in the words for a state that there is not."""
    action = operation.action

    def refusing(role: Role, field: str, value: str) -> Around:
        done: set[str] = set()

        async def one(exchange: Exchange) -> Reply:
            body, id = exchange.fields, api.id(exchange)
            if exchange.called.role is role and body and body.get(field) == value and id in done:
                return await exchange.with_fields({**body, field: f"no {value}"}).reply()
            reply = await exchange.reply()
            if exchange.called.id == operation.id and reply.status < 300:
                done.add(id)
            return reply

        return one

    for update, body in written(maker.contract):
        if action and action.field in body.fields and update.role in UPDATES:
            says = f"{word(update)} of {action.field} {action.value} is refused once {word(operation)} made it so"
            make = partial(refusing, update.role, action.field, str(action.value))
            yield maker.around(f"{word(operation)}-refuses-{word(update)}-again", says, ITEM, make)


def _later(page: str) -> Around:
    known: dict[bytes, dict[int, Reply]] = {}

    async def one(exchange: Exchange) -> Reply:
        reply, number = await exchange.reply(), exchange.number(page, 1)
        bare = exchange.without(page)
        key = b"&".join([exchange.scope["path"].encode(), *bare.query])
        if number > 1 or reply.status != 200:
            return known.get(key, {}).get(number, reply)
        later = (
            {n: await exchange.setting(page, n).reply() for n in (2, 3)} if (json_of(reply) or {}).get("next") else {}
        )
        known[key] = {n: one for n, one in later.items() if one.status == 200}
        while len(known) > KEPT:
            known.pop(next(iter(known)))
        return reply

    return one


def _kept(operation: Operation) -> Around:
    """Pages are kept from the second time on that they are asked for."""
    asked: dict[tuple[bytes, str, bytes], Reply | None] = {}

    async def one(exchange: Exchange) -> Reply:
        key = (exchange.header(b"authorization"), exchange.scope["path"], exchange.scope["query_string"])
        if exchange.called.role not in LISTS:
            reply = await exchange.reply()
            if exchange.method not in ("GET", "HEAD") and exchange.called.id != operation.id:
                asked.clear()
            return reply
        if (found := asked.get(key)) is not None:
            return found
        reply = await exchange.reply()
        asked[key] = reply if key in asked and reply.status == 200 else None
        return reply

    return one
