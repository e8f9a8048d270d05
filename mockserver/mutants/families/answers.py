"""Responses that do not have the documented shape or status.

Owns: fields of a record in another type, missing, null or unknown; success statuses.
Source: the responses' schemas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from cancelkit.mockserver.mutants.exchange import restated
from cancelkit.mockserver.mutants.maker import SHOWN, Maker, Record
from cancelkit.mockserver.mutants.mutant import Mutant, given, sent
from cancelkit.mockserver.mutants.naming import sampled, slug, word
from cancelkit.spec import Contract, Field, Operation, Role

ZERO = "00000000-0000-4000-8000-000000000000"
ROWS = (Role.LIST, Role.RETRIEVE, Role.CREATE)


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of the shape of each field, each on one operation, and of each success status."""
    maker = Maker(contract, "schema")
    roles = [role for role in ROWS if contract.role(role)]
    fields = [f for f in contract.resource.fields.values() if f.fact.open is None]
    if roles:
        made = [(f, roles[index % len(roles)]) for index, f in enumerate(fields)]
        made = [(f, roles[0] if f.nullable and not sent(contract, f) else role) for f, role in made]
        typed = [(f, role) for f, role in made if f.type in ("integer", "string")]
        yield from sampled((_as_other_type(maker, f, role) for f, role in typed), 3)
        yield from sampled((m for f, role in made for m in _unnamed(maker, f, role)), 4)
    yield from _same(Maker(contract, "create"), fields)
    yield from sampled(
        (m for o in contract.operations.values() for m in _status(Maker(contract, "status"), o)),
        3,
    )


def _rows(maker: Maker, field: Field, role: Role, what: str, says: str, change: Callable[[Any], Any]) -> Mutant:
    def changed(row: Record) -> Record:
        return {**row, field.name: change(row[field.name])} if field.name in row else row

    about = word(given(maker.contract.role(role)))
    says = f"{about} answers {field.name} {says}"
    return maker.rows(f"schema-{about}-{slug(field.name)}-{what}", says, (role,), changed)


def _as_other_type(maker: Maker, field: Field, role: Role) -> Mutant:
    if field.type == "integer":
        return _rows(maker, field, role, "as-text", "as a text", lambda v: v if v is None else str(v))
    return _rows(maker, field, role, "as-object", "as an object", lambda v: v if v is None else {"value": v})


def _unnamed(maker: Maker, field: Field, role: Role) -> Iterator[Mutant]:
    if field.required:
        about = word(given(maker.contract.role(role)))
        yield maker.rows(
            f"schema-{about}-{slug(field.name)}-missing",
            f"{about} lacks {field.name}",
            (role,),
            lambda row: {k: v for k, v in row.items() if k != field.name},
        )
    if not field.nullable:
        yield _rows(maker, field, role, "null", "null", lambda v: None)
    if field.enum and field.type == "string":
        yield _rows(maker, field, role, "unknown", "with a value that is not documented", lambda v: v and f"{v}_x")
    if field.schema.get("format") == "date-time":
        yield _rows(maker, field, role, "date-only", "as a date", lambda v: v and v[:10])


def _same(maker: Maker, fields: list[Field]) -> Iterator[Mutant]:
    """Identifiers beside the id."""
    resource = maker.contract.resource
    for name in [field.name for field in fields if field.schema.get("format") == "uuid"]:
        if name not in (resource.id_field, *resource.references):
            says = f"all records have one {name}"
            yield maker.rows(f"create-same-{slug(name)}", says, SHOWN, partial(_with, {name: ZERO}))


def _with(fields: Record, row: Record) -> Record:
    return {**row, **fields}


def _status(maker: Maker, operation: Operation) -> Iterator[Mutant]:
    right = operation.success.status
    wrong = next((s for s in (200, 201, 202) if s != right and operation.response(s) is None), None)
    if wrong is not None and operation.method not in ("GET", "DELETE"):
        yield maker.replies(
            f"status-{word(operation)}-{wrong}",
            f"{word(operation)} answers {wrong}",
            (operation.role,),
            restated(right, wrong),
        )
