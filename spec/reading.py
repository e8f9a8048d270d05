"""From plain data to the contract's objects, refusing what does not hold together.

Owns: the order in which a contract is read, operations, parameters.
Source: docs/spec-extensions.md; OpenAPI 3.0.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from cancelkit.spec.choices import choices, comparing, kept, settled
from cancelkit.spec.contract import Contract
from cancelkit.spec.document import Json, resolved
from cancelkit.spec.errors import SpecError
from cancelkit.spec.facts import behaviours, check_extensions, fact
from cancelkit.spec.fields import fields, tables
from cancelkit.spec.filters import filter_of
from cancelkit.spec.loading import fingerprint as content_fingerprint
from cancelkit.spec.media import JSON, first_json, json_content
from cancelkit.spec.merging import merged
from cancelkit.spec.model import ApiKey, Body, Comparing, Operation, Parameter, Response, Role, Schema
from cancelkit.spec.representations import Representations, resource
from cancelkit.spec.roles import ROLES, Shape, role_of, shape_of
from cancelkit.spec.states import action, transitions
from cancelkit.spec.wording import wordings

METHODS = ("get", "post", "put", "patch", "delete")
PAGING = ("limit", "page")


def read_contract(document: Mapping[str, Json], *, files: tuple[Path, ...] = (), fingerprint: str = "") -> Contract:
    """Return the contract of `document`; its fingerprint is made of the content where none is given.

    Raises:
        SpecError: with the place in the document and what to mend.
    """
    check_extensions(document, "")
    schemas = {
        name: merged(resolved(document, schema, f"components/schemas/{name}"), f"components/schemas/{name}")
        for name, schema in document.get("components", {}).get("schemas", {}).items()
    }
    nodes = _nodes(document)
    named = {(path, method): _named_role(node, place) for path, method, place, node in nodes if "x-role" in node}
    methods: dict[str, list[str]] = {}
    for path, method, _, _ in nodes:
        methods.setdefault(path, []).append(method)
    shape = shape_of(methods, named)
    roles = _roles(nodes, named, shape)
    shown = Representations.of({roles[path, method]: node for path, method, _, node in nodes})
    moves = transitions(shown.plain, "the record")
    stated = behaviours(document)
    chosen = choices(document, stated)
    operations: dict[str, Operation] = {}
    for path, method, place, node in nodes:
        role = roles[path, method]
        operation = _operation(document, node, (path, method, place), role, shown.detailed, comparing(chosen))
        if role is Role.ACTION:
            word = [part for part in path.split("/") if part][-1]
            does = action(operation.id, word, node.get("x-action"), moves, shown.plain, place)
            operation = replace(operation, action=does)
        if operation.id in operations:
            raise SpecError(place, f"operationId {operation.id!r} is used twice")
        operations[operation.id] = operation
    chosen = settled(chosen, operations.values(), moves)
    for id in moves.actions if moves else ():
        if id not in operations:
            raise SpecError("x-transitions/actions", f"there is no operation {id!r}")
    generator = document.get("x-generator")
    return Contract(
        document=document,
        version=str(document.get("info", {}).get("version", "")),
        operations=operations,
        schemas=schemas,
        behaviours=kept(stated, chosen),
        choices=chosen,
        wordings=wordings(document, operations),
        resource=resource(shape, shown, operations, moves, fields, tables(schemas)),
        api_key=_api_key(document, operations),
        files=files,
        fingerprint=fingerprint or content_fingerprint(document),
        generator=str(generator) if generator is not None else None,
        _fields={name: fields(schema, f"components/schemas/{name}") for name, schema in schemas.items()},
    )


Node = tuple[str, str, str, dict[str, Json]]
"""Path, method in lower case, place, and the operation with references followed and allOf joined in its schemas."""


def _nodes(document: Mapping[str, Json]) -> list[Node]:
    paths = document.get("paths")
    if not isinstance(paths, dict) or not paths:
        raise SpecError("paths", "is missing or not a mapping")
    found: list[Node] = []
    for path, item in paths.items():
        if not isinstance(item, dict):
            raise SpecError(f"paths/{path}", "must be a mapping of methods to operations")
        for method in METHODS:
            if method in item:
                place = f"paths/{path}/{method}"
                if not isinstance(item[method], dict) or not item[method].get("operationId"):
                    raise SpecError(place, "needs an operationId")
                found.append((path, method, place, _whole(document, item, method, place)))
    return found


def _whole(document: Mapping[str, Json], item: dict[str, Json], method: str, place: str) -> dict[str, Json]:
    """An operation with everything that it refers to, and the parameters of its path that it does not replace."""
    node = resolved(document, item[method], place)
    own = node.get("parameters", [])
    names = {(p.get("name"), p.get("in")) for p in own}
    shared = resolved(document, item.get("parameters", []), f"{place.rpartition('/')[0]}/parameters")
    parameters = [*(p for p in shared if (p.get("name"), p.get("in")) not in names), *own]
    joined = [{**p, "schema": merged(p.get("schema", {}), f"{place}/parameters")} for p in parameters]
    answers = {str(status): _joined_content(answer, place) for status, answer in node.get("responses", {}).items()}
    node = {**node, "parameters": joined, "responses": answers}
    if "requestBody" in node:
        node["requestBody"] = _joined_content(node["requestBody"], f"{place}/requestBody")
    return node


def _joined_content(node: dict[str, Json], place: str) -> dict[str, Json]:
    content = {
        kind: {**media, "schema": merged(media["schema"], place)} if "schema" in media else media
        for kind, media in node.get("content", {}).items()
    }
    return {**node, "content": content} if content else node


def _named_role(node: Mapping[str, Json], place: str) -> Role:
    if node["x-role"] not in ROLES:
        raise SpecError(f"{place}/x-role", f"{node['x-role']!r} is not one of {', '.join(ROLES)}")
    return Role(node["x-role"])


def _roles(nodes: list[Node], named: Mapping[tuple[str, str], Role], shape: Shape) -> dict[tuple[str, str], Role]:
    found: dict[tuple[str, str], Role] = {}
    for path, method, place, _ in nodes:
        role = named.get((path, method)) or role_of(path, method, shape, place)
        if role is not Role.ACTION and role in found.values():
            raise SpecError(place, f"another operation has the role {role} already; say x-role on one of them")
        found[path, method] = role
    return found


def _operation(
    document: Mapping[str, Json],
    node: dict[str, Json],
    where: tuple[str, str, str],
    role: Role,
    detailed: Schema,
    texts: Comparing,
) -> Operation:
    path, method, place = where
    parameters = tuple(
        _parameter(p, f"{place}/parameters/{i} ({p.get('name')})", detailed, texts)
        for i, p in enumerate(node["parameters"])
    )
    body = None
    if "requestBody" in node:
        kinds = json_content(node["requestBody"].get("content", {}))
        schema = next((media.get("schema") for media in kinds.values()), None)
        if schema is None:
            raise SpecError(f"{place}/requestBody", f"has no {JSON} schema")
        known = fields(schema, f"{place}/requestBody")
        body = Body(schema, bool(node["requestBody"].get("required")), known, tuple(kinds))
    exact, ranges = _responses(node, place)
    if not any(200 <= status < 300 for status in exact) and "2XX" not in ranges:
        raise SpecError(f"{place}/responses", "has no success answer (2xx)")
    return Operation(
        id=node["operationId"],
        method=method.upper(),
        path=path,
        summary=node.get("summary", ""),
        parameters=parameters,
        body=body,
        responses=exact,
        fact=fact(node, place),
        secured=bool(node.get("security", document.get("security"))),
        role=role,
        ranges=ranges,
    )


def _responses(node: Mapping[str, Json], place: str) -> tuple[dict[int, Response], dict[str, Response]]:
    exact: dict[int, Response] = {}
    ranges: dict[str, Response] = {}
    for status, answer in node["responses"].items():
        where = f"{place}/responses/{status}"
        kind, media = first_json(answer.get("content", {}))
        schema = media.get("schema")
        if status.isdigit() and len(status) == 3:
            exact[int(status)] = Response(int(status), schema, fact(answer, where), kind)
        elif status == "default" or (len(status) == 3 and status[0] in "12345" and status[1:].upper() == "XX"):
            ranges[status if status == "default" else status.upper()] = Response(0, schema, fact(answer, where), kind)
        else:
            raise SpecError(where, "must be a status such as 200, a range such as 4XX, or default")
    return exact, ranges


def _parameter(node: dict[str, Json], place: str, detailed: Schema, texts: Comparing) -> Parameter:
    if "name" not in node or node.get("in") not in ("path", "query", "header", "cookie"):
        raise SpecError(place, "needs `name`, and `in`: path, query or header")
    schema = node.get("schema", {})
    paging = node.get("x-paging")
    if paging not in (None, *PAGING):
        raise SpecError(f"{place}/x-paging", f"{paging!r} is neither limit nor page; no other paging is supported")
    if node.get("x-ordering"):
        _check_ordering(schema, detailed, place)
    return Parameter(
        name=node["name"],
        location=node["in"],
        required=bool(node.get("required")),
        schema=schema,
        fact=fact({**schema, **node}, place),
        filter=filter_of(node["x-filter"], f"{place}/x-filter", detailed, schema, texts)
        if "x-filter" in node
        else None,
        paging=paging,
        ordering=bool(node.get("x-ordering")),
        identity=node.get("x-identity"),
        many=schema.get("type") == "array",
        example=node.get("example", schema.get("example")),
    )


def _check_ordering(schema: Schema, detailed: Schema, place: str) -> None:
    if not schema.get("enum"):
        raise SpecError(f"{place}/x-ordering", "the parameter needs an enum of fields, such as [rating, -rating]")
    for value in schema["enum"]:
        if str(value).removeprefix("-") not in detailed.get("properties", {}):
            raise SpecError(f"{place}/x-ordering", f"the record has no field {str(value).removeprefix('-')!r}")


def _api_key(document: Mapping[str, Json], operations: Mapping[str, Operation]) -> ApiKey | None:
    if not any(operation.secured for operation in operations.values()):
        return None
    for name, scheme in document.get("components", {}).get("securitySchemes", {}).items():
        place = f"components/securitySchemes/{name}"
        if scheme.get("type") == "apiKey" and scheme.get("in") == "header":
            header, prefix = scheme["name"], scheme.get("x-prefix")
        elif scheme.get("type") == "http" and str(scheme.get("scheme")).lower() == "bearer":
            header, prefix = "Authorization", scheme.get("x-prefix", "Bearer")
        else:
            raise SpecError(place, "must be an apiKey in a header, or http bearer")
        unknown = scheme.get("x-unknown-key", "no-such-key")
        if not isinstance(unknown, str) or not unknown.isascii() or not unknown.isprintable() or " " in unknown:
            raise SpecError(f"{place}/x-unknown-key", "must be a key without spaces")
        return ApiKey(header, prefix, unknown)
    raise SpecError("components/securitySchemes", "is empty, yet operations need a key")
