"""Detailed forms that do not agree with the plain ones.

Owns: extras hidden, another row opened, old values shown.
Source: x-behaviours detailed-agrees; x-reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cancelkit.mockserver.mutants import layers
from cancelkit.mockserver.mutants.api import Api
from cancelkit.mockserver.mutants.exchange import Around, Exchange, json_of, with_json
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.mockserver.mutants.naming import sampled, slug
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Role

AREA = "detailed"
DETAILED = frozenset({Role.RETRIEVE_DETAILED, Role.LIST_DETAILED})
Record = dict[str, Any]


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of the detailed forms, if there are any."""
    if not any(contract.role(role) for role in DETAILED):
        return
    resource = contract.resource
    for name in resource.extras:
        if resource.detailed_fields[name].nullable:
            yield Mutant(
                f"detailed-hides-{slug(name)}",
                f"{name} is always null",
                AREA,
                layer=layers.rows(contract, DETAILED, lambda row, name=name: {**row, name: None}),  # type: ignore[misc]
            )
    yield from sampled(_mixed(contract), 2)
    plain = [f for f in resource.fields.values() if f.type == "string" and f.nullable]
    if plain:
        name = plain[0].name
        yield Mutant(
            f"detailed-lacks-{slug(name)}",
            f"{name} is null in detailed answers",
            AREA,
            layer=layers.rows(contract, DETAILED, lambda row: {**row, name: None}),
        )
    if contract.role(Role.RETRIEVE_DETAILED):
        yield Mutant(
            "detailed-stale",
            "a detailed answer shows old values",
            AREA,
            layer=layers.around(contract, (Role.RETRIEVE_DETAILED,), lambda: _stale(Api(contract))),
        )


def _mixed(contract: Contract) -> Iterator[Mutant]:
    for reference in contract.resource.references.values():
        opened = reference.opened_detailed
        if opened is None:
            continue
        yield Mutant(
            f"detailed-wrong-{slug(reference.field)}",
            f"a detailed answer opens another row for {reference.field}",
            AREA,
            layer=layers.around(contract, DETAILED, lambda name=opened: _other_row(name)),  # type: ignore[misc]
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
