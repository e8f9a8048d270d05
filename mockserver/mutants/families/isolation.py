"""Scopes that see each other's records.

Owns: for each operation on a record: another scope's is found; lists and counts that leak; references that are not
checked, or of any scope.
Source: x-behaviours channel-isolation, references-exist; the path parameters in front of the record's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cancelkit.mockserver.mutants import layers
from cancelkit.mockserver.mutants.api import Api
from cancelkit.mockserver.mutants.exchange import Around, Exchange, json_of, sent, with_json
from cancelkit.mockserver.mutants.families.storing import sending
from cancelkit.mockserver.mutants.layers import ITEM, LISTS
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.mockserver.mutants.naming import sampled, slug, word
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Operation, Role

AREA = "isolation"


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of each operation, where records live in scopes."""
    api = Api(contract)
    yield from sampled(_references(contract), 3)
    if not contract.resource.scope:
        return
    every = [one for one in contract.operations.values() if one.role in ITEM]
    for operation in every:
        yield Mutant(
            f"isolation-{word(operation)}",
            f"{word(operation)} finds records of any scope",
            AREA,
            layer=layers.around(contract, ITEM | LISTS | {Role.CREATE}, lambda o=operation: _across(api, o)),  # type: ignore[misc]
        )
    for role in sorted(LISTS):
        if contract.role(role):
            name = word(contract.role(role))  # type: ignore[arg-type]
            everything = ITEM | LISTS | {Role.CREATE}
            yield Mutant(
                f"isolation-{name}-leaks",
                f"{name} shows records of other scopes, too",
                AREA,
                layer=layers.around(contract, everything, lambda role=role: _leaking(api, role, rows=True)),  # type: ignore[misc]
            )
            yield Mutant(
                f"isolation-{name}-count-leaks",
                f"the count of {name} has records of other scopes",
                AREA,
                role is Role.LIST,
                layer=layers.around(contract, everything, lambda role=role: _leaking(api, role, rows=False)),  # type: ignore[misc]
            )
    if any(one.role is Role.RETRIEVE for one in every):

        async def forbidden(exchange: Exchange) -> Reply:
            reply = await exchange.reply()
            return replace(reply, status=403) if reply.status == 404 else reply

        yield Mutant(
            "isolation-403",
            "an id that is not there is 403",
            AREA,
            layer=layers.around(contract, (Role.RETRIEVE, Role.DESTROY), lambda: forbidden),
        )


def _across(api: Api, operation: Operation) -> Around:
    """Look for what is not found in every scope that was called before."""
    seen: dict[tuple[str, ...], None] = {}

    async def one(exchange: Exchange) -> Reply:
        seen[api.scope(exchange)] = None
        reply = await exchange.reply()
        if reply.status != 404 or exchange.operation is None or exchange.operation.id != operation.id:
            return reply
        for scope in seen:
            names = dict(zip(api.scope_names, scope, strict=True))
            path = api.contract.resource.url(operation.path, names, api.id(exchange))
            other = await exchange.at(path).reply()
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
        if exchange.operation is None or exchange.operation.role is not role or reply.status != 200:
            return reply
        page = json_of(reply)
        for scope in seen:
            if scope != own:
                more = json_of(await exchange.at(api.path(exchange, role, scope=scope)).reply())
                if more and "results" in more:
                    page["count"] += more["count"]
                    page["results"] += more["results"] if rows else []
        return with_json(reply, page)

    return one


def _references(contract: Contract) -> Iterator[Mutant]:
    """A refused reference is taken all the same: the record is made with another one, and shows the one sent."""
    if not contract.behaviour("references-exist"):
        return
    for role in (Role.CREATE, Role.UPDATE, Role.PARTIAL_UPDATE):
        operation = contract.role(role)
        if operation is None or operation.body is None or not contract.role(Role.LIST):
            continue
        for name in contract.resource.references:
            if name in operation.body.fields and contract.resource.references[name].opened is None:
                yield Mutant(
                    f"{word(operation)}-any-{slug(name)}",
                    f"{word(operation)} accepts a {name} that does not exist in the scope",
                    AREA,
                    layer=layers.around(contract, (role,), lambda n=name: _any(Api(contract), n)),  # type: ignore[misc]
                )


def _any(api: Api, name: str) -> Around:
    async def one(exchange: Exchange) -> Reply:
        reply = await exchange.reply()
        body = sent(exchange)
        if reply.status != 400 or body is None or name not in body or name not in (json_of(reply) or {}):
            return reply
        if type(body[name]) not in (int, str):
            return reply
        known: list[dict[str, Any]] = (json_of(await api.call(exchange, Role.LIST)) or {}).get("results", [])
        for row in known[:1]:
            made = await sending(exchange, {**body, name: row[name]}).reply()
            if made.status < 300:
                return with_json(made, {**json_of(made), name: body[name]})
        return reply

    return one
