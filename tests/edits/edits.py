"""Edits that a team may make to a contract, drawn at random: what the property test of edits searches through.

Owns: Edit, and the families of edits; each changes a document (plain data, JSON types) in place.
Source: OpenAPI 3.0.3, "Schema Object"; docs/spec-extensions.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from typing import Any

from cancelkit.spec.contract import Contract
from cancelkit.spec.model import Operation, Role

Document = dict[str, Any]
Node = dict[str, Any]
JSON = "application/json"


@dataclass(frozen=True)
class Edit:
    """One edit. about: words (field, parameter, operation) that rules about the edited thing have in their ids."""

    what: str
    about: tuple[str, ...]
    document: Document


class Editor:
    """Draws edits of one contract."""

    def __init__(self, contract: Contract, random: Random) -> None:
        self._contract = contract
        self._random = random

    def draw(self) -> Edit:
        """An edit of a family chosen at random, among those that the contract has a place for."""
        families = list(FAMILIES)
        self._random.shuffle(families)
        for family in families:
            document = deepcopy(dict(self._contract.document))
            made = family(self, document)
            if made is not None:
                what, *about = made
                return Edit(f"{family.__name__}: {what}", tuple(about), document)
        raise AssertionError("no family of edits fits the contract")

    # --- where things stand ---

    def node(self, document: Document, operation: Operation) -> Node:
        found: Node = document["paths"][operation.path][operation.method.lower()]
        return found

    def body(self, document: Document, role: Role) -> Node | None:
        """The schema of the body of the operation with this role, as it stands in the document."""
        operation = self._contract.role(role)
        if operation is None or operation.body is None:
            return None
        return followed(document, self.node(document, operation)["requestBody"]["content"][JSON]["schema"])

    def bodies(self, document: Document) -> Iterator[Node]:
        seen: list[int] = []
        for role in (Role.CREATE, Role.UPDATE, Role.PARTIAL_UPDATE):
            schema = self.body(document, role)
            if schema is not None and id(schema) not in seen:
                seen.append(id(schema))
                yield schema

    def shown(self, document: Document) -> list[Node]:
        """The schemas that hold the properties of a record as it is answered: the parts of an allOf, or the one."""
        roles = (Role.RETRIEVE, Role.RETRIEVE_DETAILED, Role.CREATE)
        found: list[Node] = []
        for role in roles:
            operation = self._contract.role(role)
            if operation is None:
                continue
            answers = self.node(document, operation)["responses"]
            status = next(status for status in answers if status.startswith("2"))
            answer = followed(document, answers[status])
            for part in parts(document, answer["content"][JSON]["schema"]):
                if not any(part is known for known in found):
                    found.append(part)
        return found

    def places(self, document: Document, name: str) -> list[Node]:
        """Every mapping of properties, of bodies and of answers, in which a field stands."""
        schemas = [*self.bodies(document), *self.shown(document)]
        return [schema["properties"] for schema in schemas if name in schema.get("properties", {})]

    def plain_fields(self, *, kinds: tuple[str, ...] = ("string", "integer", "number", "boolean")) -> list[str]:
        """Fields that a create body sets, that are no references and no state, of these types, without an enum."""
        operation = self._contract.role(Role.CREATE)
        fields = operation.body.fields if operation and operation.body else {}
        state = self._contract.resource.state
        return [
            name
            for name, field in fields.items()
            if not field.reference and name != state and field.type in kinds and not field.enum and not field.read_only
        ]

    def put_everywhere(self, document: Document, name: str, schema: Node) -> None:
        """Add a property to all bodies, and to one part of each answered representation."""
        for body in self.bodies(document):
            body.setdefault("properties", {})[name] = deepcopy(schema)
        self.answer(document, name, schema)

    def answer(self, document: Document, name: str, schema: Node) -> None:
        """Add a property to each answered representation, once."""
        for role in (Role.RETRIEVE, Role.RETRIEVE_DETAILED, Role.CREATE):
            operation = self._contract.role(role)
            if operation is None:
                continue
            answers = self.node(document, operation)["responses"]
            status = next(status for status in answers if status.startswith("2"))
            schemas = parts(document, followed(document, answers[status])["content"][JSON]["schema"])
            if not any(name in part.get("properties", {}) for part in schemas):
                schemas[-1].setdefault("properties", {})[name] = deepcopy(schema)

    def status_node(self, document: Document) -> Node | None:
        """The schema that has x-transitions."""
        state = self._contract.resource.state
        for part in self.shown(document):
            if state in part.get("properties", {}):
                return followed(document, part["properties"][state])
        return None

    def pick(self, choices: Any) -> Any:
        return self._random.choice(list(choices))

    def new_name(self) -> str:
        return self.pick(("contact_phone", "note", "weight", "due", "tags2", "İçerik", "channel_ref", "type", "x1"))


def followed(document: Document, node: Node) -> Node:
    while "$ref" in node:
        found: Any = document
        for key in node["$ref"][2:].split("/"):
            found = found[key.replace("~1", "/").replace("~0", "~")]
        node = found
    return node


def parts(document: Document, node: Node) -> list[Node]:
    node = followed(document, node)
    if "allOf" not in node:
        return [node]
    return [part for inner in node["allOf"] for part in parts(document, inner)]


Made = tuple[str, ...] | None
Family = Callable[[Editor, Document], Made]

NEW_SCHEMAS: tuple[Node, ...] = (
    {"type": "string", "maxLength": 20},
    {"type": "string", "minLength": 3, "maxLength": 5},
    {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{4}$"},
    {"type": "string", "format": "email", "maxLength": 60},
    {"type": "string", "format": "date"},
    {"type": "string", "format": "date-time"},
    {"type": "string", "format": "uuid"},
    {"type": "string", "format": "uri"},
    {"type": "string", "format": "decimal"},
    {"type": "string", "format": "ipv4"},
    {"type": "string", "format": "time"},
    {"type": "string", "format": "hostname"},
    {"type": "string", "format": "duration"},
    {"type": "string", "format": "byte"},
    {"type": "string", "format": "colour"},
    {"type": "string", "enum": ["red", "green", "Blue"]},
    {"type": "integer", "minimum": 0, "maximum": 100},
    {"type": "integer", "minimum": 5, "exclusiveMinimum": True},
    {"type": "integer", "multipleOf": 5},
    {"type": "integer", "format": "int32"},
    {"type": "integer", "enum": [1, 2, 3]},
    {"type": "number", "minimum": 0, "maximum": 1},
    {"type": "number", "multipleOf": 0.01, "minimum": 0, "maximum": 1000},
    {"type": "boolean"},
    {"type": "boolean", "default": True},
    {"type": "array", "items": {"type": "string", "maxLength": 10}, "maxItems": 3},
    {"type": "array", "items": {"type": "integer"}, "minItems": 1, "uniqueItems": True},
    {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["a"]},
    {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False},
    {"type": "object", "additionalProperties": {"type": "integer"}},
    {"oneOf": [{"type": "string", "maxLength": 4}, {"type": "integer"}]},
    {"anyOf": [{"type": "string", "enum": ["x"]}, {"type": "boolean"}]},
    {"allOf": [{"type": "string", "minLength": 2}, {"maxLength": 6}]},
    {"type": "string", "not": {"enum": ["forbidden"]}},
)

BOUNDS: dict[str, tuple[Node, ...]] = {
    "string": ({"maxLength": 80}, {"minLength": 2}, {"maxLength": 7}, {"pattern": "^[^<>]*$"}, {"minLength": 1}),
    "integer": ({"maximum": 100}, {"minimum": 2}, {"multipleOf": 2}, {"enum": [1, 2, 4]}),
    "number": ({"maximum": 100}, {"minimum": 0}),
    "boolean": ({"default": True},),
}


def field_added(editor: Editor, document: Document) -> Made:
    name, schema = editor.new_name(), dict(editor.pick(NEW_SCHEMAS))
    if name in editor._contract.resource.fields:
        return None
    if "oneOf" not in schema and "anyOf" not in schema and "allOf" not in schema and editor.pick((True, False)):
        schema["nullable"] = True
    required = editor.pick((True, False, False))
    editor.put_everywhere(document, name, schema)
    create = editor.body(document, Role.CREATE)
    if required and create is not None:
        create.setdefault("required", []).append(name)
    return f"{name} {schema}{' required' if required else ''}", name


def answer_field_added(editor: Editor, document: Document) -> Made:
    name, schema = editor.new_name(), {**editor.pick(NEW_SCHEMAS), "readOnly": editor.pick((True, False))}
    if name in editor._contract.resource.fields:
        return None
    editor.answer(document, name, schema)
    return f"{name} {schema}", name


def bound_added(editor: Editor, document: Document) -> Made:
    fields = editor.plain_fields()
    if not fields:
        return None
    name = editor.pick(fields)
    schema = editor._contract.role(Role.CREATE).body.fields[name].schema  # type: ignore[union-attr]
    bound = editor.pick(BOUNDS[schema["type"]])
    if any(key in schema for key in bound) or ("minimum" in bound and "maximum" in schema and schema["maximum"] < 2):
        return None
    for properties in editor.places(document, name):
        properties[name] = {**deepcopy(followed(document, properties[name])), **bound}
    return f"{name} {bound}", name


def bound_removed(editor: Editor, document: Document) -> Made:
    fields = editor.plain_fields()
    if not fields:
        return None
    name, gone = editor.pick(fields), []
    for properties in editor.places(document, name):
        schema = dict(followed(document, properties[name]))
        for key in ("minimum", "maximum", "maxLength", "minLength", "pattern", "format"):
            if key in schema:
                gone.append(key)
                schema.pop(key)
        properties[name] = schema
    return (f"{name} {sorted(set(gone))}", name) if gone else None


def field_removed(editor: Editor, document: Document) -> Made:
    create = editor.body(document, Role.CREATE) or {}
    fields = [name for name in editor.plain_fields() if name not in create.get("required", [])]
    if not fields:
        return None
    name = editor.pick(fields)
    for properties in editor.places(document, name):
        del properties[name]
    for schema in [*editor.bodies(document), *editor.shown(document)]:
        if name in schema.get("required", []):
            schema["required"].remove(name)
    for parameters, index in _filters(document, lambda path: path[0] == name):
        parameters[index] = None
    _compact(document)
    return name, name


def field_renamed(editor: Editor, document: Document) -> Made:
    fields = editor.plain_fields()
    if not fields:
        return None
    name, new = editor.pick(fields), f"{editor.pick(('my', 'the', 'new'))}_field"
    for properties in editor.places(document, name):
        properties[new] = properties.pop(name)
    for schema in [*editor.bodies(document), *editor.shown(document)]:
        if name in schema.get("required", []):
            schema["required"][schema["required"].index(name)] = new
    for parameters, index in _filters(document, lambda path: path[0] == name):
        node = followed(document, parameters[index])
        node["x-filter"] = {**node["x-filter"], "path": new}
    return f"{name} -> {new}", new


def field_required(editor: Editor, document: Document) -> Made:
    create = editor.body(document, Role.CREATE)
    fields = [name for name in editor.plain_fields() if name not in (create or {}).get("required", [])]
    if create is None or not fields:
        return None
    name = editor.pick(fields)
    create.setdefault("required", []).append(name)
    return name, name


def field_nullable(editor: Editor, document: Document) -> Made:
    fields = editor.plain_fields()
    if not fields:
        return None
    name = editor.pick(fields)
    nullable = False
    for properties in editor.places(document, name):
        schema = deepcopy(followed(document, properties[name]))
        nullable = not schema.pop("nullable", False)
        if nullable:
            schema["nullable"] = True
        properties[name] = schema
    create = editor.body(document, Role.CREATE) or {}
    if not nullable and name not in create.get("required", []):
        create.setdefault("required", []).append(name)
    return f"{name} nullable={nullable}", name


def field_read_only(editor: Editor, document: Document) -> Made:
    create = editor.body(document, Role.CREATE) or {}
    fields = [name for name in editor.plain_fields() if name not in create.get("required", [])]
    if not fields:
        return None
    name = editor.pick(fields)
    for properties in editor.places(document, name):
        properties[name] = {**deepcopy(followed(document, properties[name])), "readOnly": True}
    return name, name


def _filters(document: Document, wanted: Callable[[list[str]], bool]) -> list[tuple[list[Any], int]]:
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


def _compact(document: Document) -> None:
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and "parameters" in operation:
                operation["parameters"] = [p for p in operation["parameters"] if p is not None]


def filter_removed(editor: Editor, document: Document) -> Made:
    found = _filters(document, lambda path: True)
    if not found:
        return None
    parameters, index = editor.pick(found)
    name = followed(document, parameters[index])["name"]
    del parameters[index]
    return name, name


def filter_added(editor: Editor, document: Document) -> Made:
    lists = [o for role in (Role.LIST, Role.LIST_DETAILED) if (o := editor._contract.role(role))]
    paths = list(_leaves(editor._contract.resource.detailed_schema))
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


def status_added(editor: Editor, document: Document) -> Made:
    node = editor.status_node(document)
    if node is None:
        return None
    moves = node["x-transitions"]
    node["enum"].append("on_hold")
    moves["allowed"].setdefault(moves["initial"], []).append("on_hold")
    if editor.pick((True, False)):
        moves["allowed"]["on_hold"] = [moves["initial"]]
    else:
        moves["final"].append("on_hold")
    return "on_hold", "on_hold", "transitions"


def status_renamed(editor: Editor, document: Document) -> Made:
    node = editor.status_node(document)
    if node is None:
        return None
    old = editor.pick(node["enum"])
    moves = node["x-transitions"]

    def renamed(value: Any) -> Any:
        return "renamed_state" if value == old else value

    node["enum"] = [renamed(value) for value in node["enum"]]
    moves["initial"] = renamed(moves["initial"])
    moves["final"] = [renamed(value) for value in moves["final"]]
    moves["allowed"] = {renamed(k): [renamed(v) for v in to] for k, to in moves["allowed"].items()}
    moves["actions"] = {k: renamed(v) for k, v in moves.get("actions", {}).items()}
    for operation in editor._contract.actions:
        action = editor.node(document, operation).get("x-action")
        if action:
            action["value"] = renamed(action["value"])
            action["refused"] = [renamed(value) for value in action.get("refused", [])]
    for key in ("example", "default"):
        if node.get(key) == old:
            node[key] = "renamed_state"
    for item in document["components"].get("parameters", {}).values():
        if item.get("example") == old:
            del item["example"]
    return old, "renamed_state", "transitions"


def status_final(editor: Editor, document: Document) -> Made:
    node = editor.status_node(document)
    if node is None:
        return None
    moves = node["x-transitions"]
    open_ones = [s for s in node["enum"] if s not in moves["final"] and s != moves["initial"]]
    if not open_ones:
        return None
    status = editor.pick(open_ones)
    moves["final"].append(status)
    moves["allowed"].pop(status, None)
    return status, status, "transitions"


def transition_changed(editor: Editor, document: Document) -> Made:
    node = editor.status_node(document)
    if node is None:
        return None
    moves = node["x-transitions"]
    old = editor.pick([s for s in node["enum"] if s not in moves["final"]])
    new = editor.pick(node["enum"])
    if old == new:
        return None
    allowed = moves["allowed"].setdefault(old, [])
    if new in allowed and len(allowed) > 1:
        allowed.remove(new)
        return f"{old} -x-> {new}", "transitions"
    if new not in allowed:
        allowed.append(new)
    return f"{old} -> {new}", "transitions"


def action_added(editor: Editor, document: Document) -> Made:
    contract = editor._contract
    retrieve, moves = contract.role(Role.RETRIEVE), contract.resource.transitions
    if retrieve is None or moves is None or contract.resource.item is None:
        return None
    item = contract.resource.item
    path = f"{item.rstrip('/')}/finish{'/' if item.endswith('/') else ''}"
    value = editor.pick([s for s in moves.statuses if s != moves.initial])
    source = editor.node(document, retrieve)
    responses = deepcopy(source["responses"])
    ranges = {key for key in responses if not key.isdigit()}
    if not ranges:
        responses["400"] = deepcopy(next(iter(_refusals(editor, document)), {"description": "refused"}))
    refused = editor.pick((None, [value], [*moves.final]))
    action: Node = {"field": moves.field, "value": value}
    if refused is not None:
        action["refused"] = refused
    node = {"operationId": "finishIt", "x-action": action, "responses": responses}
    for key in ("parameters", "tags"):
        if key in source:
            node[key] = deepcopy(source[key])
    shared = document["paths"][retrieve.path].get("parameters")
    document["paths"][path] = {**({"parameters": deepcopy(shared)} if shared else {}), "post": node}
    return f"finish sets {value}, refused in {refused}", "finish"


def _refusals(editor: Editor, document: Document) -> Iterator[Node]:
    for operation in editor._contract.operations.values():
        responses = editor.node(document, operation)["responses"]
        if "400" in responses:
            yield responses["400"]


def operation_removed(editor: Editor, document: Document) -> Made:
    removable = [o for o in editor._contract.operations.values() if o.role not in (Role.LIST, Role.RETRIEVE)]
    if not removable:
        return None
    operation = editor.pick(removable)
    node = editor.status_node(document)
    if node is not None:
        node["x-transitions"].get("actions", {}).pop(operation.id, None)
    item = document["paths"][operation.path]
    del item[operation.method.lower()]
    if not any(method in item for method in ("get", "post", "put", "patch", "delete")):
        del document["paths"][operation.path]
    _drop_links(document, operation.id)
    return (operation.id,)


def _drop_links(document: Document, id: str) -> None:
    for item in document["paths"].values():
        for operation in item.values():
            for answer in operation.get("responses", {}).values() if isinstance(operation, dict) else ():
                links = answer.get("links", {})
                for name in [name for name, link in links.items() if link.get("operationId") == id]:
                    del links[name]


def ids_renamed(editor: Editor, document: Document) -> Made:
    new = {id: f"op_{index}" for index, id in enumerate(editor._contract.operations)}
    node = editor.status_node(document)
    if node is not None and "actions" in node["x-transitions"]:
        node["x-transitions"]["actions"] = {new[k]: v for k, v in node["x-transitions"]["actions"].items()}
    for item in document["paths"].values():
        for operation in item.values():
            if not isinstance(operation, dict):
                continue
            operation["operationId"] = new[operation["operationId"]]
            for answer in operation.get("responses", {}).values():
                for link in answer.get("links", {}).values():
                    link["operationId"] = new[link["operationId"]]
    return ("all operationIds",)


def paths_renamed(editor: Editor, document: Document) -> Made:
    name = editor._contract.resource.name
    document["paths"] = {path.replace(f"/{name}", "/things"): item for path, item in document["paths"].items()}
    return ("paths below /things",)


def behaviour_removed(editor: Editor, document: Document) -> Made:
    name = editor.pick(document["x-behaviours"])
    del document["x-behaviours"][name]
    return (name,)


def level_changed(editor: Editor, document: Document) -> Made:
    name = editor.pick(document["x-behaviours"])
    document["x-behaviours"][name] |= {"level": editor.pick(("documented", "published", "assumed")), "why": "we say so"}
    return (name,)


FAMILIES: tuple[Family, ...] = (
    field_added,
    field_added,
    field_added,
    answer_field_added,
    bound_added,
    bound_added,
    bound_removed,
    field_removed,
    field_renamed,
    field_required,
    field_nullable,
    field_read_only,
    filter_added,
    filter_added,
    filter_removed,
    status_added,
    status_renamed,
    status_final,
    transition_changed,
    action_added,
    operation_removed,
    ids_renamed,
    paths_renamed,
    behaviour_removed,
    level_changed,
)
