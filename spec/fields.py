"""The fields of a schema, and the tables that schemas describe.

Owns: required, nullable, x-reference, x-set-on, x-table.
Source: docs/spec-extensions.md; OpenAPI 3.0.3, "Schema Object".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from cancelkit.spec.document import admits_null
from cancelkit.spec.errors import SpecError
from cancelkit.spec.facts import fact
from cancelkit.spec.model import Field, Schema


def fields(schema: Schema, place: str) -> dict[str, Field]:
    """The properties of a schema, by name.

    Raises:
        SpecError: `required` names what is no property, or an extension of a property is wrong.
    """
    required = schema.get("required", [])
    properties = schema.get("properties", {})
    for name in required:
        if name not in properties:
            raise SpecError(f"{place}/required", f"{name!r} is not one of the properties")
    return {
        name: _field(name, node, name in required, f"{place}/properties/{name}") for name, node in properties.items()
    }


def _field(name: str, node: Schema, required: bool, place: str) -> Field:
    reference = node.get("x-reference")
    table = reference.get("table") if isinstance(reference, dict) else reference
    if reference is not None and (not isinstance(table, str) or not table.isidentifier()):
        raise SpecError(
            f"{place}/x-reference", "must name a table in letters, digits and _, or be {table: ..., opened: ...}"
        )
    moment: Literal["create", "change"] | None = node.get("x-set-on")
    if moment not in (None, "create", "change"):
        raise SpecError(f"{place}/x-set-on", f"{moment!r} is neither create nor change")
    if moment and (node.get("type"), node.get("format")) != ("string", "date-time"):
        raise SpecError(f"{place}/x-set-on", "stands on a date-time only")
    return Field(
        name=name,
        schema=node,
        required=required,
        nullable=admits_null(node),
        read_only=bool(node.get("readOnly")),
        fact=fact(node, place),
        reference=table,
        write_only=bool(node.get("writeOnly")),
        set_on=moment,
    )


def tables(schemas: Mapping[str, Schema]) -> frozenset[str]:
    """The tables whose rows the component schemas describe."""
    found = set()
    for name, schema in schemas.items():
        table = schema.get("x-table")
        if table is not None and (not isinstance(table, str) or not table.isidentifier()):
            raise SpecError(f"components/schemas/{name}/x-table", "must be a name of letters, digits and _")
        if table is not None:
            found.add(table)
    return frozenset(found)
