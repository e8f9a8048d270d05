"""Edits of a contract that was read: a wrong one, made of the right one.

Owns: replacing parameters, body fields, transitions and actions in the frozen objects; the document stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from typing import Any

from cancelkit.mockserver.mutants.mutant import given
from cancelkit.spec import Contract, Field, Operation, Parameter, Role, Transitions
from cancelkit.spec.document import admits_null

Edit = Callable[[Contract], Contract]
DROP: Any = object()
"""Given for a keyword that is to be taken away."""


def operations(roles: Container[Role], change: Callable[[Operation], Operation]) -> Edit:
    def edit(contract: Contract) -> Contract:
        changed = {id: change(one) if one.role in roles else one for id, one in contract.operations.items()}
        return replace(contract, operations=changed)

    return edit


def parameter(name: str, roles: Container[Role], change: Callable[[Parameter], Parameter]) -> Edit:
    def changed(operation: Operation) -> Operation:
        return replace(
            operation, parameters=tuple(change(one) if one.name == name else one for one in operation.parameters)
        )

    return operations(roles, changed)


def keywords(schema: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A schema with some keywords set, or dropped."""
    return {key: value for key, value in {**schema, **changes}.items() if value is not DROP}


def parameter_schema(name: str, roles: Container[Role], **changes: Any) -> Edit:
    return parameter(name, roles, lambda one: replace(one, schema=keywords(one.schema, changes)))


def body_field(name: str, role: Role, change: Callable[[Field], Field | None]) -> Edit:
    """Change a body field of the operation with this role; None takes it away."""

    def changed(operation: Operation) -> Operation:
        body = operation.body
        if body is None or name not in body.fields:
            return operation
        wrong = change(body.fields[name])
        fields = {key: value for key, value in {**body.fields, name: wrong}.items() if value is not None}
        return _with_fields(operation, fields)

    return operations((role,), changed)


def body_keyword(name: str, role: Role, **changes: Any) -> Edit:
    """Change keywords of a body field's schema."""

    def change(field: Field) -> Field:
        schema = keywords(field.schema, changes)
        return replace(field, schema=schema, nullable=admits_null(schema))

    return body_field(name, role, change)


def required(name: str, role: Role, value: bool) -> Edit:
    """Make a body field required, or optional."""
    return body_field(name, role, lambda field: replace(field, required=value))


def more_fields(role: Role, field: Field) -> Edit:
    """A body takes a field that it does not have."""

    def changed(operation: Operation) -> Operation:
        if operation.body is None:
            return operation
        taken = replace(field, read_only=False, required=False)
        return _with_fields(operation, {**operation.body.fields, field.name: taken})

    return operations((role,), changed)


def _with_fields(operation: Operation, fields: Mapping[str, Field]) -> Operation:
    body = given(operation.body)
    schema = {
        **body.schema,
        "properties": {name: field.schema for name, field in fields.items()},
        "required": [name for name, field in fields.items() if field.required],
    }
    if not schema["required"]:
        del schema["required"]
    return replace(operation, body=replace(body, schema=schema, fields=dict(fields)))


def transitions(change: Callable[[Transitions], Transitions]) -> Edit:
    def edit(contract: Contract) -> Contract:
        resource = contract.resource
        return replace(contract, resource=replace(resource, transitions=change(given(resource.transitions))))

    return edit


def action(id: str, **changes: Any) -> Edit:
    def edit(contract: Contract) -> Contract:
        operation = contract.operations[id]
        wrong = replace(operation, action=replace(given(operation.action), **changes))
        return replace(contract, operations={**contract.operations, id: wrong})

    return edit


def every(*edits: Edit) -> Edit:
    """One edit after the other."""

    def edit(contract: Contract) -> Contract:
        for one in edits:
            contract = one(contract)
        return contract

    return edit
