"""Responses that do not have the documented shape or status.

Owns: fields of a record in another type, missing, null or unknown; success statuses.
Source: the responses' schemas.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cancelkit.mockserver.mutants import layers
from cancelkit.mockserver.mutants.families.actions import SHOWN
from cancelkit.mockserver.mutants.mutant import Mutant, given, sent
from cancelkit.mockserver.mutants.naming import sampled, slug, word
from cancelkit.spec import Contract, Field, Operation, Role

AREA = "schema"
ZERO = "00000000-0000-4000-8000-000000000000"
ROWS = (Role.LIST, Role.RETRIEVE, Role.CREATE)


def family(contract: Contract) -> Iterator[Mutant]:
    """Mutants of the shape of each field, each on one operation, and of each success status."""
    roles = [role for role in ROWS if contract.role(role)]
    fields = [f for f in contract.resource.fields.values() if f.fact.open is None]
    if roles:
        made = [(f, roles[index % len(roles)]) for index, f in enumerate(fields)]
        made = [
            (f, roles[0] if role is Role.CREATE and f.nullable and not sent(contract, f) else role) for f, role in made
        ]
        yield from sampled(
            (_as_other_type(contract, f, role) for f, role in made if f.type in ("integer", "string")), 3
        )
        yield from sampled((m for f, role in made for m in _unnamed(contract, f, role)), 4)
    yield from _same(contract, fields)
    yield from sampled((m for o in contract.operations.values() for m in _status(contract, o)), 3)


def _about(contract: Contract, role: Role) -> str:
    return word(given(contract.role(role)))


def _rows(contract: Contract, field: Field, role: Role, what: str, says: str, value: Any) -> Mutant:
    def change(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, field.name: value(row[field.name])} if field.name in row else row

    return Mutant(
        f"schema-{_about(contract, role)}-{slug(field.name)}-{what}",
        f"{_about(contract, role)} answers {field.name} {says}",
        AREA,
        layer=layers.rows(contract, (role,), change),
    )


def _as_other_type(contract: Contract, field: Field, role: Role) -> Mutant:
    if field.type == "integer":
        return _rows(contract, field, role, "as-text", "as a text", lambda v: v if v is None else str(v))
    return _rows(contract, field, role, "as-object", "as an object", lambda v: v if v is None else {"value": v})


def _unnamed(contract: Contract, field: Field, role: Role) -> Iterator[Mutant]:
    if field.required:
        yield Mutant(
            f"schema-{_about(contract, role)}-{slug(field.name)}-missing",
            f"{_about(contract, role)} lacks {field.name}",
            AREA,
            layer=layers.rows(contract, (role,), lambda row: {k: v for k, v in row.items() if k != field.name}),
        )
    if not field.nullable:
        yield _rows(contract, field, role, "null", "null", lambda v: None)
    if field.enum and field.type == "string":
        yield _rows(contract, field, role, "unknown", "with a value that is not documented", lambda v: v and f"{v}_x")
    if field.schema.get("format") == "date-time":
        yield _rows(contract, field, role, "date-only", "as a date", lambda v: v and v[:10])


def _same(contract: Contract, fields: list[Field]) -> Iterator[Mutant]:
    """Identifiers beside the id."""
    for field in fields:
        if field.schema.get("format") == "uuid" and field.name not in (
            contract.resource.id_field,
            *contract.resource.references,
        ):
            yield Mutant(
                f"create-same-{slug(field.name)}",
                f"all records have one {field.name}",
                "create",
                layer=layers.rows(contract, SHOWN, lambda row, name=field.name: {**row, name: ZERO}),  # type: ignore[misc]
            )


def _status(contract: Contract, operation: Operation) -> Iterator[Mutant]:
    right = operation.success.status
    wrong = next((s for s in (200, 201, 202) if s != right and operation.response(s) is None), None)
    if wrong is None or operation.method in ("GET", "DELETE"):
        return
    yield Mutant(
        f"status-{word(operation)}-{wrong}",
        f"{word(operation)} answers {wrong}",
        "status",
        layer=layers.replies(
            contract,
            (operation.role,),
            lambda reply, exchange: replace(reply, status=wrong) if reply.status == right else reply,
        ),
    )
