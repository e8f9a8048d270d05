"""Detailed forms that do not agree with the plain ones.

Owns: extras hidden, another row opened, old values shown. An extra that no reference opens and no filter compares may
be null in every record: to hide it would be right.
Source: x-behaviours detailed-agrees; x-reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from cancelkit.mockserver.mutants.api import Api
from cancelkit.mockserver.mutants.exchange import Around, Exchange, json_of, with_json
from cancelkit.mockserver.mutants.families.filters import judged
from cancelkit.mockserver.mutants.maker import Maker
from cancelkit.mockserver.mutants.mutant import Mutant, given
from cancelkit.mockserver.mutants.naming import sampled, slug
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Role

DETAILED = frozenset({Role.RETRIEVE_DETAILED, Role.LIST_DETAILED})


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of the detailed forms, if there are any."""
    if not any(contract.role(role) for role in DETAILED):
        return
    resource, maker = contract.resource, Maker(contract, "detailed")

    def blank(kind: str, name: str, says: str) -> Mutant:
        return maker.rows(f"detailed-{kind}-{slug(name)}", f"{name} {says}", DETAILED, lambda row: {**row, name: None})

    told = {one.opened_detailed for one in resource.references.values()}
    told |= {given(parameter.filter).path[0] for parameter in judged(contract).values()}
    for name in resource.extras:
        if name in told and resource.detailed_fields[name].nullable:
            yield blank("hides", name, "is always null")
    yield from sampled(_mixed(maker), 2)
    plain = [f.name for f in resource.fields.values() if f.type == "string" and f.nullable]
    if plain:
        yield blank("lacks", plain[0], "is null in detailed answers")
    if contract.role(Role.RETRIEVE_DETAILED):
        says = "a detailed answer shows old values"
        yield maker.around("detailed-stale", says, (Role.RETRIEVE_DETAILED,), lambda: _stale(Api(contract)))


def _mixed(maker: Maker) -> Iterator[Mutant]:
    for reference in maker.contract.resource.references.values():
        if reference.opened_detailed is not None:
            yield maker.around(
                f"detailed-wrong-{slug(reference.field)}",
                f"a detailed answer opens another row for {reference.field}",
                DETAILED,
                partial(_other_row, reference.opened_detailed),
            )


def _other_row(name: str) -> Around:
    last: list[Any] = []

    async def one(exchange: Exchange) -> Reply:
        reply = await exchange.reply()
        value = json_of(reply)
        if reply.status != 200:
            return reply
        for row in value.get("results", [value]) if isinstance(value, dict) else []:
            right = row[name]
            if last and right is not None:
                row[name] = last[0]
            if right is not None:
                last[:] = [right]
        return with_json(reply, value)

    return one


def _stale(api: Api) -> Around:
    first: dict[str, Reply] = {}

    async def one(exchange: Exchange) -> Reply:
        reply = await exchange.reply()
        return first.setdefault(api.id(exchange), reply) if reply.status == 200 else reply

    return one
