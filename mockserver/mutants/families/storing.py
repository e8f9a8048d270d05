"""Writes that keep something else than what was sent.

Owns: for each body field of each write: forgotten, put into another field, changed on the way, defaults applied or not.
Source: requestBody schemas; x-behaviours patch-partial, put-omitted, null-clears, refused-changes-nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from cancelkit.mockserver.mutants.api import Api
from cancelkit.mockserver.mutants.exchange import Around, Exchange, json_of, refused
from cancelkit.mockserver.mutants.maker import Maker, Record, written
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.mockserver.mutants.naming import area, sampled, slug, word
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Field, Operation, Role

SHORT = 20


def family(contract: Contract) -> Iterator[Mutant]:
    updates = []
    for operation, body in written(contract):
        maker = Maker(contract, area(operation))
        shown = {*contract.resource.fields, *contract.resource.references}
        fields = [f for f in body.fields.values() if not f.read_only and f.name in shown]
        free = [f for f in fields if f.reference is None and f.name != contract.resource.state]
        yield from sampled((_forgets(maker, operation, f) for f in fields if not f.required), 1)
        yield from sampled(_swaps(maker, operation, free), 1)
        yield from sampled((m for f in free for m in _changes(maker, operation, f)), 1)
        required = [f.name for f in fields if f.required]
        if operation.role is Role.CREATE and required and contract.behaviour("refused-changes-nothing"):
            says = f"a create that is refused for {required[-1]} alone leaves a record"
            leaving = partial(_leaving, required, {*body.fields})
            yield maker.around("create-refused-leaves", says, (Role.CREATE,), leaving)
        if operation.role is not Role.CREATE:
            yield from _omitted(maker, operation, free)
            updates.append(operation)
    if updates and contract.role(Role.RETRIEVE):
        yield from _beside(Maker(contract, "patch"), updates)


def _forgets(maker: Maker, operation: Operation, field: Field) -> Mutant:
    return maker.bodies(
        f"{word(operation)}-ignores-{slug(field.name)}",
        f"{word(operation)} does not keep {field.name}",
        (operation.role,),
        lambda body: {k: v for k, v in body.items() if k != field.name},
    )


def _swaps(maker: Maker, operation: Operation, fields: list[Field]) -> Iterator[Mutant]:
    def alike(field: Field) -> tuple[Any, ...]:
        keywords = (field.schema.get(keyword) for keyword in ("type", "format", "pattern"))
        return (*keywords, field.enum, field.nullable, field.required)

    for index, field in enumerate(fields):
        other = next((one for one in fields[index + 1 :] if alike(one) == alike(field)), None)
        if other is not None and field.type in ("string", "integer", "number"):
            yield maker.bodies(
                f"{word(operation)}-swaps-{slug(field.name)}",
                f"{word(operation)} keeps {field.name} as {other.name}, and the other way round",
                (operation.role,),
                partial(_renamed, {field.name: other.name, other.name: field.name}),
            )


def _renamed(names: dict[str, str], body: Record) -> Record:
    return {names.get(key, key): value for key, value in body.items()}


def _changes(maker: Maker, operation: Operation, field: Field) -> Iterator[Mutant]:
    def mutant(name: str, says: str, change: Callable[[Any], Any]) -> Mutant:
        return maker.bodies(
            f"{word(operation)}-{name}-{slug(field.name)}",
            f"{word(operation)} {says} {field.name}",
            (operation.role,),
            lambda body: {k: change(v) if k == field.name else v for k, v in body.items()},
        )

    schema = field.schema
    if field.type == "string" and not field.enum and "format" not in schema and "pattern" not in schema:
        yield mutant("lowers", "lower-cases", lambda v: v.lower() if isinstance(v, str) else v)
        if schema.get("maxLength", SHORT + 1) > SHORT:
            yield mutant("truncates", f"cuts after {SHORT} characters", lambda v: v[:SHORT] if type(v) is str else v)
    elif field.type == "number":
        yield mutant("rounds", "rounds", lambda v: round(v) if isinstance(v, float) else v)
    elif field.type == "integer":
        yield mutant("increments", "adds one to", lambda v: v + 1 if type(v) is int else v)
    elif field.type == "boolean":
        yield mutant("negates", "turns round", lambda v: not v if isinstance(v, bool) else v)


def _leaving(required: list[str], names: set[str]) -> Around:
    """The record has the required fields only, the last one as the create before had it."""
    valid: list[Any] = []
    name = required[-1]

    async def one(exchange: Exchange) -> Reply:
        reply, body = await exchange.reply(), exchange.fields
        if body is not None and reply.status < 300:
            valid[:] = [body[name]]
        elif body is not None and valid and refused(reply, name) and names & {*json_of(reply)} == {name}:
            left = {key: value for key, value in body.items() if key in required}
            await exchange.with_fields({**left, name: valid[0]}).reply()
        return reply

    return one


def _omitted(maker: Maker, operation: Operation, fields: list[Field]) -> Iterator[Mutant]:
    """What becomes of fields that are not sent, and of null."""
    name, roles = word(operation), (operation.role,)
    blank = {f.name: None for f in fields if f.nullable and not f.has_default}
    defaults = {f.name: f.default for f in fields if f.has_default}
    if blank:
        says = f"{name} clears nullable fields that were not sent"
        yield maker.bodies(f"{name}-blanks-omitted", says, roles, lambda body: {**blank, **body})
        yield maker.bodies(
            f"{name}-ignores-null",
            f"{name} treats null as if the field were not sent",
            roles,
            lambda body: {k: v for k, v in body.items() if v is not None or k not in blank},
        )
    if defaults and operation.role is Role.PARTIAL_UPDATE:
        says = f"{name} resets fields with a default that were not sent"
        yield maker.bodies(f"{name}-applies-defaults", says, roles, lambda body: {**defaults, **body})
    elif defaults and maker.contract.behaviour("put-omitted"):
        says = f"{name} does not reset to the default what was left out"
        yield maker.always(f"{name}-keeps-default", says, roles, partial(_kept, Api(maker.contract), set(defaults)))


async def _kept(api: Api, names: set[str], exchange: Exchange) -> Reply:
    body = exchange.fields
    before = await api.record(exchange) if api.contract.role(Role.RETRIEVE) else None
    if body is None or before is None:
        return await exchange.reply()
    kept = {name: before[name] for name in names if name in before and name not in body}
    return await exchange.with_fields({**kept, **body}).reply()


def _beside(maker: Maker, updates: list[Operation]) -> Iterator[Mutant]:
    """Updates that change more, or more often, than they should."""
    contract, roles = maker.contract, tuple(o.role for o in updates)
    api, partial_update = Api(contract), contract.role(Role.PARTIAL_UPDATE)
    if partial_update is None or partial_update.body is None:
        return
    fields = partial_update.body.fields.values()
    plain = [
        f.name
        for f in fields
        if f.reference is None
        and f.name != contract.resource.state
        and not f.read_only
        and f.name in contract.resource.fields
    ]

    async def half(exchange: Exchange) -> Reply:
        reply = await exchange.reply()
        body = exchange.fields
        if refused(reply) and body:
            for name in plain:
                if name in body:
                    await api.call(exchange, Role.PARTIAL_UPDATE, api.id(exchange), {name: body[name]})
        return reply

    def neighbour() -> Around:
        made: list[str] = []

        async def one(exchange: Exchange) -> Reply:
            reply = await exchange.reply()
            if reply.status >= 300:
                return reply
            if exchange.called.role is Role.CREATE:
                made.append(str(json_of(reply)[api.id_field]))
                return reply
            id, body = api.id(exchange), exchange.fields or {}
            before = next((one for one in reversed(made) if one != id), None)
            extra = {name: body[name] for name in plain if name in body}
            if before and extra:
                await api.call(exchange, Role.PARTIAL_UPDATE, before, extra)
            return reply

        return one

    def bystander(reference: str) -> Around:
        made: dict[str, str] = {}

        async def one(exchange: Exchange) -> Reply:
            reply, body = await exchange.reply(), exchange.fields or {}
            key, texts = str(body.get(reference)), {n: body[n] for n in plain if isinstance(body.get(n), str)}
            if reply.status < 300:
                made[key] = str(json_of(reply)[api.id_field])
            elif texts and key in made:
                await api.call(exchange, Role.PARTIAL_UPDATE, made[key], texts)
            return reply

        return one

    create = contract.role(Role.CREATE)
    named = next((n for n in contract.resource.references if create and create.body and n in create.body.fields), None)
    if named and plain and not contract.one_each:
        says = "a create that is refused writes its texts into the record that was made last for the same row"
        mutant = maker.around("create-refused-edits-other", says, (Role.CREATE,), partial(bystander, named))
        yield replace(mutant, sample=False)
    yield maker.always("update-half-applied", "a refused update changes fields", roles, half)
    says = "an update changes the record that was created last, too"
    yield maker.around("update-neighbour", says, (*roles, Role.CREATE), neighbour)
    nullable = next((f.name for f in fields if f.name in plain and f.nullable), None)
    if nullable is not None:

        async def reading(exchange: Exchange) -> Reply:
            reply = await exchange.reply()
            if reply.status == 200:
                await api.call(exchange, Role.PARTIAL_UPDATE, api.id(exchange), {nullable: None})
            return reply

        says = f"reading a record clears {nullable}"
        yield Maker(contract, "retrieve").always("read-writes", says, (Role.RETRIEVE,), reading)
