"""Writes that keep something else than what was sent.

Owns: for each body field of each write: forgotten, put into another field, changed on the way, defaults applied or not.
Source: requestBody schemas; x-behaviours patch-partial, put-omitted, null-clears, refused-changes-nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from cancelkit.mockserver.mutants import layers
from cancelkit.mockserver.mutants.api import Api
from cancelkit.mockserver.mutants.exchange import Around, Exchange, sent
from cancelkit.mockserver.mutants.families.bounds import WRITES
from cancelkit.mockserver.mutants.mutant import Mutant
from cancelkit.mockserver.mutants.naming import area, sampled, slug, word
from cancelkit.mockserver.replies import Reply
from cancelkit.spec import Contract, Field, Operation, Role

Body = dict[str, Any]
SHORT = 20


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of each body."""
    updates = []
    for role in WRITES:
        operation = contract.role(role)
        if operation is None or operation.body is None:
            continue
        shown = {*contract.resource.fields, *contract.resource.references}
        fields = [f for f in operation.body.fields.values() if not f.read_only and f.name in shown]
        free = [f for f in fields if f.reference is None and f.name != contract.resource.state]
        yield from sampled((_forgets(contract, operation, f) for f in fields if not f.required), 1)
        yield from sampled(_swaps(contract, operation, free), 1)
        yield from sampled((m for f in free for m in _changes(contract, operation, f)), 1)
        yield from _omitted(contract, operation, free)
        if role is not Role.CREATE:
            updates.append(operation)
    if updates and contract.role(Role.RETRIEVE):
        yield from _beside(contract, updates)


def _on(contract: Contract, operation: Operation, change: Callable[[Body], Body]) -> layers.Make:
    return layers.bodies(contract, (operation.role,), change)


def _forgets(contract: Contract, operation: Operation, field: Field) -> Mutant:
    return Mutant(
        f"{word(operation)}-ignores-{slug(field.name)}",
        f"{word(operation)} does not keep {field.name}",
        area(operation),
        layer=_on(contract, operation, lambda body: {k: v for k, v in body.items() if k != field.name}),
    )


def _swaps(contract: Contract, operation: Operation, fields: list[Field]) -> Iterator[Mutant]:
    def alike(field: Field) -> tuple[Any, ...]:
        schema = field.schema
        return (
            schema.get("type"),
            schema.get("format"),
            schema.get("pattern"),
            field.enum,
            field.nullable,
            field.required,
        )

    for index, field in enumerate(fields):
        other = next((one for one in fields[index + 1 :] if alike(one) == alike(field)), None)
        if other is not None and field.type in ("string", "integer", "number"):
            names = {field.name: other.name, other.name: field.name}
            yield Mutant(
                f"{word(operation)}-swaps-{slug(field.name)}",
                f"{word(operation)} keeps {field.name} as {other.name}, and the other way round",
                area(operation),
                layer=_on(contract, operation, lambda body, n=names: {n.get(k, k): v for k, v in body.items()}),  # type: ignore[misc]
            )


def _changes(contract: Contract, operation: Operation, field: Field) -> Iterator[Mutant]:
    def mutant(name: str, says: str, change: Callable[[Any], Any]) -> Mutant:
        def changed(body: Body) -> Body:
            return {k: change(v) if k == field.name else v for k, v in body.items()}

        return Mutant(
            f"{word(operation)}-{name}-{slug(field.name)}",
            f"{word(operation)} {says} {field.name}",
            area(operation),
            layer=_on(contract, operation, changed),
        )

    schema = field.schema
    if field.type == "string" and not field.enum and "format" not in schema and "pattern" not in schema:
        yield mutant("lowers", "lower-cases", lambda v: v.lower() if isinstance(v, str) else v)
        yield mutant("truncates", f"cuts after {SHORT} characters", lambda v: v[:SHORT] if isinstance(v, str) else v)
    elif field.type == "number":
        yield mutant("rounds", "rounds", lambda v: round(v) if isinstance(v, float) else v)
    elif field.type == "integer":
        yield mutant("increments", "adds one to", lambda v: v + 1 if type(v) is int else v)
    elif field.type == "boolean":
        yield mutant("negates", "turns round", lambda v: not v if isinstance(v, bool) else v)


def _omitted(contract: Contract, operation: Operation, fields: list[Field]) -> Iterator[Mutant]:
    """What becomes of fields that are not sent, and of null."""
    if operation.role is Role.CREATE:
        return
    name, nullable = word(operation), [f for f in fields if f.nullable and not f.has_default]
    defaults = {f.name: f.default for f in fields if f.has_default}
    if nullable:
        yield Mutant(
            f"{name}-blanks-omitted",
            f"{name} clears nullable fields that were not sent",
            area(operation),
            layer=_on(contract, operation, lambda body: {**{f.name: None for f in nullable}, **body}),
        )
        yield Mutant(
            f"{name}-ignores-null",
            f"{name} takes null for left out",
            area(operation),
            layer=_on(
                contract,
                operation,
                lambda body: {k: v for k, v in body.items() if v is not None or k not in {f.name for f in nullable}},
            ),
        )
    if defaults and operation.role is Role.PARTIAL_UPDATE:
        yield Mutant(
            f"{name}-applies-defaults",
            f"{name} resets fields with a default that were not sent",
            area(operation),
            layer=_on(contract, operation, lambda body: {**defaults, **body}),
        )
    elif defaults and contract.behaviour("put-omitted"):
        yield Mutant(
            f"{name}-keeps-default",
            f"{name} does not reset to the default what was left out",
            area(operation),
            layer=layers.around(contract, (operation.role,), lambda: _kept(Api(contract), set(defaults))),
        )


def _kept(api: Api, names: set[str]) -> Around:
    async def one(exchange: Exchange) -> Reply:
        body = sent(exchange)
        before = await api.record(exchange) if api.contract.role(Role.RETRIEVE) else None
        if body is None or before is None:
            return await exchange.reply()
        kept = {name: before[name] for name in names if name in before and name not in body}
        return await sending(exchange, {**kept, **body}).reply()

    return one


def sending(exchange: Exchange, body: Body) -> Exchange:
    content = orjson.dumps(body)
    return exchange.with_body(content).with_header(b"content-length", str(len(content)).encode())


def _beside(contract: Contract, updates: list[Operation]) -> Iterator[Mutant]:
    """Updates that change more, or more often, than they should."""
    api, roles = Api(contract), tuple(o.role for o in updates)
    partial = contract.role(Role.PARTIAL_UPDATE)
    if partial is None or partial.body is None:
        return
    plain = [
        f.name
        for f in partial.body.fields.values()
        if f.reference is None
        and f.name != contract.resource.state
        and not f.read_only
        and f.name in contract.resource.fields
    ]

    async def half(exchange: Exchange) -> Reply:
        reply = await exchange.reply()
        body = sent(exchange)
        if reply.status == 400 and body:
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
                made.append(str(orjson.loads(reply.body)[api.id_field]))
                return reply
            id, body = api.id(exchange), sent(exchange) or {}
            before = next((one for one in reversed(made) if one != id), None)
            extra = {name: body[name] for name in plain if name in body}
            if before and extra:
                await api.call(exchange, Role.PARTIAL_UPDATE, before, extra)
            return reply

        return one

    yield Mutant(
        "update-half-applied",
        "a refused update changes fields",
        "patch",
        layer=layers.around(contract, roles, lambda: half),
    )
    yield Mutant(
        "update-neighbour",
        "an update changes the record that was created last, too",
        "patch",
        layer=layers.around(contract, (*roles, Role.CREATE), neighbour),
    )
    nullable = next((f for f in partial.body.fields.values() if f.name in plain and f.nullable), None)
    if nullable is not None:

        async def reading(exchange: Exchange) -> Reply:
            reply = await exchange.reply()
            if reply.status == 200:
                await api.call(exchange, Role.PARTIAL_UPDATE, api.id(exchange), {nullable.name: None})
            return reply

        yield Mutant(
            "read-writes",
            f"reading a record clears {nullable.name}",
            "retrieve",
            layer=layers.around(contract, (Role.RETRIEVE,), lambda: reading),
        )
