"""From plain data to the contract's objects, refusing what does not hold together.

Owns: the meaning of the x- extensions, and the checks that name the broken place.
Knows nothing of: how the file is stored (document.py).
Source: docs/spec-extensions.md; OpenAPI 3.0.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cancelkit.spec.document import Json, resolved
from cancelkit.spec.errors import SpecError
from cancelkit.spec.model import (
    ApiKey,
    Behaviour,
    Body,
    Fact,
    Field,
    Filter,
    Level,
    Operation,
    Parameter,
    Response,
    Schema,
    Spec,
    Transitions,
)

METHODS = ("get", "post", "put", "patch", "delete")
EXTENSIONS = frozenset(
    {
        "x-behaviours",
        "x-filter",
        "x-level",
        "x-open",
        "x-paging",
        "x-prefix",
        "x-reference",
        "x-transitions",
        "x-unknown-key",
        "x-why",
    }
)
LOOKUPS = frozenset({"exact", "iexact", "in", "gt", "gte", "lt", "lte"})
TRANSFORMS = frozenset({"date"})
TABLES = frozenset({"order_items", "reasons"})
DETAILED = "DetailedCancellationRequest"
FREE_TEXT = frozenset({"example", "examples", "default", "enum"})


def read_spec(document: Mapping[str, Json]) -> Spec:
    """Return the contract that `document` writes down.

    Raises:
        SpecError: with the place in the document and what to mend.
    """
    _check_extensions(document, "")
    schemas = {
        name: resolved(document, schema, f"components/schemas/{name}")
        for name, schema in _mapping(document, "components/schemas").items()
    }
    if DETAILED not in schemas:
        raise SpecError("components/schemas", f"{DETAILED} is missing; x-filter paths point into it")
    transitions = _transitions(schemas)
    operations: dict[str, Operation] = {}
    for path, method, place, node in _operations(document):
        operation = _operation(document, path, method, place, node, schemas[DETAILED])
        if operation.id in operations:
            raise SpecError(place, f"operationId {operation.id!r} is used twice")
        operations[operation.id] = operation
    for action in transitions.actions:
        if action not in operations:
            raise SpecError("components/schemas/Status/x-transitions/actions", f"there is no operation {action!r}")
    return Spec(
        document=document,
        version=str(document.get("info", {}).get("version", "")),
        operations=operations,
        schemas=schemas,
        behaviours=_behaviours(document),
        transitions=transitions,
        api_key=_api_key(document),
        _fields={name: _fields(schema, f"components/schemas/{name}") for name, schema in schemas.items()},
    )


def _mapping(document: Mapping[str, Json], path: str) -> dict[str, Json]:
    found: Json = document
    for key in path.split("/"):
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        raise SpecError(path, "is missing or not a mapping")
    return found


def _check_extensions(node: Json, place: str) -> None:
    """Refuse x- keys that nobody reads: a misspelt one would silently do nothing."""
    if isinstance(node, dict):
        for key, value in node.items():
            here = f"{place}/{key}" if place else str(key)
            if isinstance(key, str) and key.startswith("x-") and key not in EXTENSIONS:
                raise SpecError(here, f"unknown extension; known are {', '.join(sorted(EXTENSIONS))}")
            if key not in FREE_TEXT:
                _check_extensions(value, here)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            _check_extensions(value, f"{place}/{index}")


def _fact(node: Mapping[str, Json], place: str, *, prefix: str = "x-", default: Level = Level.DOCUMENTED) -> Fact:
    text = node.get(f"{prefix}level", default.value)
    if text not in {level.value for level in Level}:
        raise SpecError(f"{place}/{prefix}level", f"{text!r} is not documented, published or assumed")
    level, why = Level(text), node.get(f"{prefix}why")
    if level is Level.ASSUMED and not why:
        raise SpecError(f"{place}/{prefix}why", "what is assumed must say why")
    return Fact(level, why, node.get("x-open"))


def _behaviours(document: Mapping[str, Json]) -> dict[str, Behaviour]:
    found = {}
    for name, node in _mapping(document, "x-behaviours").items():
        place = f"x-behaviours/{name}"
        if not isinstance(node, dict) or not node.get("requires"):
            raise SpecError(place, "needs `requires`, the sentence that a server must keep")
        if "level" not in node:
            raise SpecError(place, "needs `level`: documented, published or assumed")
        found[name] = Behaviour(name, node["requires"], _fact(node, place, prefix=""))
    return found


def _operations(document: Mapping[str, Json]) -> Iterator[tuple[str, str, str, dict[str, Json]]]:
    for path, item in _mapping(document, "paths").items():
        for method in METHODS:
            if method in item:
                yield path, method, f"paths/{path}/{method}", item[method]


def _operation(
    document: Mapping[str, Json], path: str, method: str, place: str, node: dict[str, Json], detailed: Schema
) -> Operation:
    if not node.get("operationId"):
        raise SpecError(place, "needs an operationId")
    full = resolved(document, node, place)
    parameters = tuple(
        _parameter(p, f"{place}/parameters/{i}", detailed) for i, p in enumerate(full.get("parameters", []))
    )
    body = None
    if "requestBody" in full:
        schema = full["requestBody"].get("content", {}).get("application/json", {}).get("schema")
        if schema is None:
            raise SpecError(f"{place}/requestBody", "has no application/json schema")
        body = Body(schema, bool(full["requestBody"].get("required")), _fields(schema, f"{place}/requestBody"))
    responses = {}
    for status, answer in full.get("responses", {}).items():
        content = answer.get("content", {}).get("application/json", {})
        where = f"{place}/responses/{status}"
        responses[int(status)] = Response(
            int(status), content.get("schema"), _fact(answer, where, default=Level.DOCUMENTED)
        )
    if not any(200 <= status < 300 for status in responses):
        raise SpecError(f"{place}/responses", "has no success answer (2xx)")
    secured = bool(full.get("security", document.get("security")))
    return Operation(
        node["operationId"],
        method.upper(),
        path,
        node.get("summary", ""),
        parameters,
        body,
        responses,
        _fact(node, place),
        secured,
    )


def _parameter(node: dict[str, Json], place: str, detailed: Schema) -> Parameter:
    name, schema = node["name"], node.get("schema", {})
    place = f"{place} ({name})"
    paging = node.get("x-paging")
    if paging not in (None, "limit", "page"):
        raise SpecError(f"{place}/x-paging", f"{paging!r} is neither limit nor page")
    return Parameter(
        name=name,
        location=node["in"],
        required=bool(node.get("required")),
        schema=schema,
        fact=_fact({**schema, **node}, place),
        filter=_filter(node["x-filter"], f"{place}/x-filter", detailed, schema) if "x-filter" in node else None,
        paging=paging,
        many=schema.get("type") == "array",
        example=node.get("example", schema.get("example")),
    )


def _filter(node: Json, place: str, detailed: Schema, own: Schema) -> Filter:
    if not isinstance(node, dict) or set(node) != {"path", "lookup"}:
        raise SpecError(place, "must be {path: ..., lookup: ...}")
    path = tuple(str(node["path"]).split("."))
    transform, _, lookup = str(node["lookup"]).rpartition("__")
    if lookup not in LOOKUPS or transform not in {"", *TRANSFORMS}:
        raise SpecError(
            place, f"unknown lookup {node['lookup']!r}; known are {', '.join(sorted(LOOKUPS))}, and date__ before one"
        )
    schema, nullable = detailed, False
    for depth, key in enumerate(path):
        properties = schema.get("properties", {})
        if key not in properties:
            raise SpecError(place, f"{'.'.join(path[: depth + 1])!r} is not in {DETAILED}")
        schema = properties[key]
        nullable = nullable or bool(schema.get("nullable"))
    wants_list = own.get("type") == "array"
    if wants_list != (lookup == "in"):
        raise SpecError(place, "lookup `in` goes with an array parameter, and only with one")
    if lookup == "iexact" and own.get("type") != "string":
        raise SpecError(place, "lookup `iexact` goes with a string parameter")
    return Filter(path, lookup, transform or None, schema, nullable)


def _fields(schema: Schema, place: str) -> dict[str, Field]:
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
    if reference is not None and reference not in TABLES:
        raise SpecError(f"{place}/x-reference", f"{reference!r} is not one of {', '.join(sorted(TABLES))}")
    return Field(
        name=name,
        schema=node,
        required=required,
        nullable=bool(node.get("nullable")),
        read_only=bool(node.get("readOnly")),
        fact=_fact(node, place),
        reference=reference,
    )


def _transitions(schemas: Mapping[str, Schema]) -> Transitions:
    place = "components/schemas/Status/x-transitions"
    status = schemas.get("Status", {})
    node: Any = status.get("x-transitions")
    if not isinstance(node, dict):
        raise SpecError(place, "is missing: say initial, allowed, final and actions")
    statuses = tuple(status.get("enum", ()))
    unknown = {"initial", "allowed", "final", "actions", "level", "why"} ^ set(node)
    if unknown:
        raise SpecError(
            place, f"must have initial, allowed, final, actions, level and why; wrong: {', '.join(sorted(unknown))}"
        )
    named = [node["initial"], *node["final"], *node["actions"].values(), *node["allowed"]]
    named += [new for follows in node["allowed"].values() for new in follows]
    for name in named:
        if name not in statuses:
            raise SpecError(place, f"{name!r} is not a status; the enum has {', '.join(statuses)}")
    for name in node["final"]:
        if node["allowed"].get(name):
            raise SpecError(place, f"{name!r} is final, yet something may follow it")
    return Transitions(
        statuses=statuses,
        initial=node["initial"],
        allowed={old: frozenset(follows) for old, follows in node["allowed"].items()},
        final=frozenset(node["final"]),
        actions=dict(node["actions"]),
        fact=_fact(node, place, prefix=""),
    )


def _api_key(document: Mapping[str, Json]) -> ApiKey:
    for name, scheme in _mapping(document, "components/securitySchemes").items():
        if scheme.get("type") == "apiKey" and scheme.get("in") == "header":
            unknown = scheme.get("x-unknown-key")
            if not isinstance(unknown, str) or not unknown.isascii() or not unknown.isprintable() or " " in unknown:
                raise SpecError(f"components/securitySchemes/{name}/x-unknown-key", "must be a key without spaces")
            return ApiKey(scheme["name"], scheme.get("x-prefix"), unknown)
        raise SpecError(f"components/securitySchemes/{name}", "must be an apiKey in a header")
    raise SpecError("components/securitySchemes", "is empty")
