"""Faults that show only under a condition: beside one other filter or field, in one state, in a scope that is not.

Owns: ids and filters of a list beside one another, the state beside what is refused, another scope's record in a state,
a create like one before but for one field.
Source: x-behaviours filters-combine, list-order, refused-changes-nothing, <scope>-isolation, create-repeated-item.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import unquote_plus

from cancelkit.mockserver.mutants.api import Api
from cancelkit.mockserver.mutants.exchange import Around, Exchange, json_of, refused, with_json
from cancelkit.mockserver.mutants.families.filters import judged
from cancelkit.mockserver.mutants.maker import ITEM, LISTS, UPDATES, Maker
from cancelkit.mockserver.mutants.mutant import Mutant, given
from cancelkit.mockserver.mutants.naming import slug, word
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Operation, Parameter, Role


def family(contract: Contract) -> Iterator[Mutant]:
    """A mutant of each kind, none in the default set."""
    api = Api(contract)
    yield from _lists(contract, api)
    state = contract.resource.state
    for operation in (one for role in UPDATES if (one := contract.role(role)) and one.body):
        needed = [f.name for f in given(operation.body).fields.values() if f.required and operation.role is Role.UPDATE]
        alone = state in given(operation.body).fields and {*needed} <= {state}
        if state and alone and contract.behaviour("refused-changes-nothing"):
            says = f"{word(operation)} that is refused for another field sets the {state}"
            name, saving = f"{word(operation)}-refused-{slug(state)}-saved", partial(_state_kept, state)
            yield Maker(contract, word(operation)).always(name, says, (operation.role,), saving, sample=False)
    moves = contract.resource.transitions
    for operation in contract.actions if contract.resource.scope and contract.role(Role.RETRIEVE) else ():
        if moves and moves.initial not in given(operation.action).refused:
            old = moves.initial
            says = f"{word(operation)} is done to a record of another scope that is {old}"
            make = partial(_foreign, api, operation, str(contract.resource.state), old)
            name = f"isolation-{word(operation)}-{slug(old)}"
            yield Maker(contract, "isolation").around(name, says, ITEM | {Role.CREATE}, make, sample=False)
    create = contract.role(Role.CREATE)
    fields = given(create.body).fields.values() if create and create.body else ()
    texts = [f.name for f in fields if f.nullable and f.type == "string" and not (f.reference or f.read_only)]
    if contract.behaviour("create-repeated-item") and contract.role(Role.RETRIEVE):
        for text in texts[-1:]:
            says = f"a create like another one in all but {text} answers that one"
            make = partial(_merged, api, text)
            yield Maker(contract, "create").around(
                f"create-merged-but-{slug(text)}", says, (Role.CREATE,), make, sample=False
            )


def _lists(contract: Contract, api: Api) -> Iterator[Mutant]:
    names, isolation = judged(contract), Maker(contract, "isolation")
    for operation in (one for role in sorted(LISTS) if (one := contract.role(role))):
        maker = Maker(contract, "filters")
        own = [p for p in operation.parameters if p.name in names]
        ids = [p for p in own if p.filter and p.filter.lookup == "in" and p.filter.path == (api.id_field,)]
        others = [p for p in own if p not in ids]
        if contract.behaviour("filters-combine") and len(others) > 1:
            first, last = others[0].name, others[-1].name
            says = f"{word(operation)} ignores {first} beside {last}"
            name = f"{word(operation)}-{slug(first)}-beside-{slug(last)}"
            beside = partial(_without, first, last)
            yield maker.always(name, says, (operation.role,), beside, sample=False)
        if contract.chosen("list-order") == "ascending" and ids and others:
            says = f"{word(operation)} asked for ids beside {others[0].name} shows them in the order of the query"
            asked = partial(_as_asked, api, ids[0], others[0].name)
            yield maker.always(f"{word(operation)}-ids-as-asked", says, (operation.role,), asked, sample=False)
        if contract.resource.scope and len([role for role in LISTS if contract.role(role)]) > 1:
            says = f"{word(operation)} of a scope that does not exist is empty"
            name = f"{word(operation)}-unknown-scope-empty"
            yield isolation.always(name, says, (operation.role,), partial(_empty, operation), sample=False)


async def _without(name: str, other: str, exchange: Exchange) -> Reply:
    both = {name, other} <= {*exchange.sent}
    return await (exchange.without(name) if both else exchange).reply()


async def _as_asked(api: Api, ids: Parameter, other: str, exchange: Exchange) -> Reply:
    reply = await exchange.reply()
    sent = [pair.partition(b"=")[2] for pair in exchange.query if pair.startswith(ids.name.encode() + b"=")]
    page = json_of(reply)
    if not sent or other not in exchange.sent or reply.status != 200 or "results" not in page:
        return reply
    order = unquote_plus(sent[0].decode("latin-1")).split(",")
    return with_json(
        reply, {**page, "results": sorted(page["results"], key=lambda row: order.index(str(row[api.id_field])))}
    )


async def _empty(operation: Operation, exchange: Exchange) -> Reply:
    reply = await exchange.reply()
    if reply.status != 404 or operation.paging.get("page") in exchange.sent:
        return reply
    fields = (operation.success.schema or {}).get("properties", {})
    page: dict[str, Any] = {"count": 0, "next": None, "previous": None, "results": []}
    return with_json(replace(reply, status=200), {name: value for name, value in page.items() if name in fields})


async def _state_kept(state: str, exchange: Exchange) -> Reply:
    reply, fields = await exchange.reply(), exchange.fields
    if fields and state in fields and refused(reply) and not refused(reply, state):
        await exchange.with_fields({state: fields[state]}).reply()
    return reply


def _foreign(api: Api, operation: Operation, state: str, old: str) -> Around:
    seen: dict[tuple[str, ...], None] = {}

    async def one(exchange: Exchange) -> Reply:
        seen[api.scope(exchange)] = None
        reply = await exchange.reply()
        if reply.status != 404 or exchange.called.id != operation.id:
            return reply
        retrieve = given(api.contract.role(Role.RETRIEVE))
        for scope in seen:
            look = exchange.at(api.path(exchange, retrieve, api.id(exchange), scope)).changed(method="GET")
            if (json_of(await look.reply()) or {}).get(state) == old:
                return await exchange.at(api.path(exchange, operation, api.id(exchange), scope)).reply()
        return reply

    return one


def _merged(api: Api, text: str) -> Around:
    made: dict[str, tuple[Any, Any]] = {}

    async def one(exchange: Exchange) -> Reply:
        body = exchange.fields or {}
        key = json.dumps([api.scope(exchange), {name: value for name, value in body.items() if name != text}])
        if key in made and made[key][1] != body.get(text) and (row := await api.record(exchange, made[key][0])):
            return with_json(await exchange.reply(), row)
        reply = await exchange.reply()
        if reply.status < 300:
            made[key] = json_of(reply)[api.id_field], body.get(text)
        return reply

    return one
