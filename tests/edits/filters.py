"""Edits of filters and of other query parameters.

Source: docs/spec-extensions.md, "Filters".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from cancelkit.spec.model import Role
from tests.edits.editor import Document, Editor, Made, Node, followed


def filters_of(document: Document, wanted: Callable[[list[str]], bool]) -> list[tuple[list[Any], int]]:
    found = []
    for item in document["paths"].values():
        for operation in item.values():
            if not isinstance(operation, dict):
                continue
            parameters = operation.get("parameters", [])
            for index, parameter in enumerate(parameters):
                node = followed(document, parameter)
                if "x-filter" in node and wanted(node["x-filter"]["path"].split(".")):
                    found.append((parameters, index))
    return found


def compacted(document: Document) -> None:
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and "parameters" in operation:
                operation["parameters"] = [p for p in operation["parameters"] if p is not None]


def filter_removed(editor: Editor, document: Document) -> Made:
    found = filters_of(document, lambda path: True)
    if not found:
        return None
    parameters, index = editor.pick(found)
    name = followed(document, parameters[index])["name"]
    del parameters[index]
    return name, name


def filter_added(editor: Editor, document: Document) -> Made:
    lists = [o for role in (Role.LIST, Role.LIST_DETAILED) if (o := editor.contract.role(role))]
    paths = list(_leaves(editor.contract.resource.detailed_schema))
    if not lists or not paths:
        return None
    path, schema = editor.pick(paths)
    kind = schema.get("type")
    lookups = ["exact"]
    if kind == "string" and "enum" not in schema and "format" not in schema:
        lookups.append("iexact")
    if kind in ("integer", "number") or schema.get("format") in ("date-time", "date"):
        lookups += ["gt", "gte", "lt", "lte"]
    if schema.get("format") == "date-time":
        lookups += ["date__gt", "date__gte", "date__lt", "date__lte", "date__exact"]
    if kind in ("string", "integer") and "format" not in schema:
        lookups.append("in")
    lookup = editor.pick(lookups)
    name = f"q_{path[-1]}_{lookup}"
    own = {key: schema[key] for key in ("type", "format", "enum") if key in schema}
    if lookup.startswith("date__"):
        own = {"type": "string", "format": "date"}
    elif lookup == "in":
        own = {"type": "array", "minItems": 1, "items": own}
    elif kind == "string":
        own.setdefault("minLength", 1)
    node = {"name": name, "in": "query", "schema": own, "x-filter": {"path": ".".join(path), "lookup": lookup}}
    if lookup == "in":
        node |= {"style": "form", "explode": False}
    for operation in lists if editor.pick((True, True, False)) else lists[:1]:
        editor.node(document, operation).setdefault("parameters", []).append(deepcopy(node))
    return f"{name} on {'.'.join(path)}", name


def _leaves(schema: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
    for name, node in schema.get("properties", {}).items():
        if "properties" in node:
            yield from _leaves(node, (*path, name))
        elif node.get("type") in ("string", "integer", "number", "boolean"):
            yield (*path, name), node


def filter_bounded(editor: Editor, document: Document) -> Made:
    """The values of a filter are bounded."""
    found = filters_of(document, lambda path: True)
    if not found:
        return None
    parameters, index = editor.pick(found)
    node = deepcopy(followed(document, parameters[index]))
    schema = followed(document, node["schema"])
    if schema.get("type") not in ("string", "integer") or "enum" in schema or "format" in schema:
        return None
    bound = {"maxLength": 40} if schema["type"] == "string" else {"minimum": 1, "maximum": 1000}
    if schema.keys() & bound.keys():
        return None
    node["schema"] = {**schema, **bound}
    parameters[index] = node
    return f"{node['name']} {bound}", node["name"]


def parameter_added(editor: Editor, document: Document) -> Made:
    """A query parameter that selects nothing."""
    name, operation = "verbose", editor.contract.role(Role.LIST)
    if operation is None or name in (parameter.name for parameter in operation.parameters):
        return None
    kinds = ({"type": "boolean"}, {"type": "integer", "minimum": 1}, {"type": "string", "enum": ["a", "b"]})
    schema = editor.pick((*kinds, {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "minItems": 1}))
    node = {"name": name, "in": "query", "schema": dict(schema)}
    editor.node(document, operation).setdefault("parameters", []).append(node)
    return f"{name} {schema}", name
