"""How records are answered: plain, and with their references opened; and the resource that follows from it.

Owns: finding the schemas of a record in the answers of the operations, references, identity.
Source: docs/spec-extensions.md, "Roles" and "References".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cancelkit.spec.errors import SpecError
from cancelkit.spec.media import first_json
from cancelkit.spec.model import Field, Operation, Parameter, Role, Schema
from cancelkit.spec.resource import Reference, Resource, Transitions
from cancelkit.spec.roles import Shape

RESULTS = "results"
PLAIN = (Role.RETRIEVE, Role.CREATE, Role.UPDATE, Role.PARTIAL_UPDATE)
ReadFields = Callable[[Schema, str], Mapping[str, Field]]


@dataclass(frozen=True, slots=True)
class Representations:
    """The schemas of a record, resolved and joined: as most operations answer it, and in most detail."""

    plain: Schema
    detailed: Schema

    @classmethod
    def of(cls, nodes: Mapping[Role, Mapping[str, Any]]) -> Representations:
        """Read them from the operations by role.

        Raises:
            SpecError: no answer shows a record.
        """
        plain = _first([_success(nodes[role]) for role in PLAIN if role in nodes]) or _rows(nodes.get(Role.LIST))
        if plain is None:
            raise SpecError("paths", "no answer shows a record: neither retrieving, creating nor listing has a schema")
        detailed = _success(nodes.get(Role.RETRIEVE_DETAILED)) or _rows(nodes.get(Role.LIST_DETAILED)) or plain
        return cls(plain, detailed)


def _first(found: list[Schema | None]) -> Schema | None:
    return next((schema for schema in found if schema is not None), None)


def _success(node: Mapping[str, Any] | None) -> Schema | None:
    """The schema of a success answer, if it is an object."""
    for status, answer in sorted((node or {}).get("responses", {}).items()):
        schema: Schema | None = first_json(answer.get("content", {}))[1].get("schema")
        if status.startswith("2") and schema and "properties" in schema:
            return schema
    return None


def _rows(node: Mapping[str, Any] | None) -> Schema | None:
    """The schema of a row of a page."""
    page = _success(node)
    rows: Schema | None = page["properties"].get(RESULTS, {}).get("items") if page else None
    return rows if rows and "properties" in rows else None


def resource(
    shape: Shape,
    shown: Representations,
    operations: Mapping[str, Operation],
    moves: Transitions | None,
    fields: ReadFields,
    tables: frozenset[str],
) -> Resource:
    """The resource that the operations are about.

    Args:
        tables: those that x-table declares; a reference may name no other, unless none is declared.
    Raises:
        SpecError: which field holds a record's id, or what a reference opens, can't be inferred.
    """
    plain = fields(shown.plain, "the record")
    detailed = plain if shown.detailed is shown.plain else fields(shown.detailed, "the detailed record")
    references = dict(_references(operations, plain, detailed, tables))
    opened = {reference.opened_detailed for reference in references.values()}
    identity = _path_parameter(operations, shape.identity) if shape.identity else None
    return Resource(
        name=shape.name,
        collection=shape.collection,
        item=shape.item,
        scope=tuple(_path_parameter(operations, name) for name in shape.scope),
        identity=identity,
        id_field=_id_field(identity, plain, operations),
        schema=shown.plain,
        detailed_schema=shown.detailed,
        fields=plain,
        detailed_fields=detailed,
        extras=tuple(name for name in detailed if name not in plain and name not in opened),
        references=references,
        transitions=moves,
    )


def _path_parameter(operations: Mapping[str, Operation], name: str) -> Parameter:
    for operation in operations.values():
        for parameter in operation.parameters:
            if parameter.location == "path" and parameter.name == name:
                return parameter
    raise SpecError("paths", f"the path parameter {name!r} is not described among the parameters")


def _id_field(identity: Parameter | None, plain: Mapping[str, Field], operations: Mapping[str, Operation]) -> str:
    """The field that holds what the path names a record by."""
    if identity is None:
        return next((name for name in ("id", "uuid") if name in plain), next(iter(plain), ""))
    for name in (identity.identity, identity.name, "id", identity.name.rpartition("_")[2]):
        if name and name in plain:
            return str(name)
    raise SpecError(
        f"the path parameter {identity.name}",
        f"no field of the record holds its value; say x-identity: one of {', '.join(plain)}",
    )


def _references(
    operations: Mapping[str, Operation],
    plain: Mapping[str, Field],
    detailed: Mapping[str, Field],
    tables: frozenset[str],
) -> Iterator[tuple[str, Reference]]:
    seen: set[str] = set()
    for operation in operations.values():
        for name, field in (operation.body.fields if operation.body else {}).items():
            if field.reference is None or name in seen:
                continue
            seen.add(name)
            if tables and field.reference not in tables:
                raise SpecError(
                    f"{operation.id}, {name}/x-reference",
                    f"no schema has x-table: {field.reference}; there are {', '.join(sorted(tables))}",
                )
            node = field.schema["x-reference"]
            more = node if isinstance(node, dict) else {}
            shown = str(more.get("opened", name))
            if more.get("opened") and shown not in detailed:
                raise SpecError(f"{operation.id}, {name}/x-reference/opened", f"the record has no field {shown!r}")
            opened = shown if _is_object(plain.get(shown)) else None
            in_detail = shown if _is_object(detailed.get(shown)) else None
            schema = detailed[shown].schema if in_detail else field.schema
            key = str(more.get("key", "id"))
            if in_detail and key not in schema["properties"]:
                raise SpecError(
                    f"{operation.id}, {name}/x-reference", f"{shown} has no field {key!r}; say which in `key`"
                )
            yield name, Reference(name, field.reference, key, opened, in_detail, schema)


def _is_object(field: Field | None) -> bool:
    return field is not None and "properties" in field.schema
