"""Edits of fields: added, removed, renamed, bounded, required, nullable, read-only, in bodies and answers.

Source: OpenAPI 3.0.3, "Schema Object".
"""

from __future__ import annotations

from copy import deepcopy

from cancelkit.spec.model import Role
from cancelkit.spec.values import Values
from tests.edits.editor import Document, Editor, Made, followed
from tests.edits.filters import compacted, filters_of
from tests.edits.schemas import BOUNDS, new_schema


def field_added(editor: Editor, document: Document) -> Made:
    name, schema = editor.new_name(), new_schema(editor)
    if name in editor.contract.resource.fields:
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
    name, schema = editor.new_name(), {**new_schema(editor), "readOnly": editor.pick((True, False))}
    if name in editor.contract.resource.fields:
        return None
    editor.answer(document, name, schema)
    return f"{name} {schema}", name


def bound_added(editor: Editor, document: Document) -> Made:
    fields = editor.plain_fields()
    if not fields:
        return None
    name = editor.pick(fields)
    schema = editor.contract.role(Role.CREATE).body.fields[name].schema  # type: ignore[union-attr]
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
    for parameters, index in filters_of(document, lambda path: path[0] == name):
        parameters[index] = None
    compacted(document)
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
    for parameters, index in filters_of(document, lambda path: path[0] == name):
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


def field_default(editor: Editor, document: Document) -> Made:
    """An optional field gets a default; one that has one loses it."""
    create = editor.body(document, Role.CREATE) or {}
    fields = [name for name in editor.plain_fields() if name not in create.get("required", [])]
    if not fields:
        return None
    name = editor.pick(fields)
    value = Values(editor.contract.role(Role.CREATE).body.fields[name].schema).typical()  # type: ignore[union-attr]
    for properties in editor.places(document, name):
        schema = deepcopy(followed(document, properties[name]))
        if schema.pop("default", None) is None:
            schema["default"] = value
        properties[name] = schema
    return f"{name} {value!r}", name


def field_not_sent(editor: Editor, document: Document) -> Made:
    """A field leaves the bodies, and stays in the answers."""
    create = editor.body(document, Role.CREATE) or {}
    shown = {name for part in editor.shown(document) for name in part.get("properties", {})}
    fields = [name for name in editor.plain_fields() if name not in create.get("required", []) and name in shown]
    if not fields:
        return None
    name = editor.pick(fields)
    for body in editor.bodies(document):
        body.get("properties", {}).pop(name, None)
        if name in body.get("required", []):
            body["required"].remove(name)
    return name, name


def field_of_one_body_added(editor: Editor, document: Document) -> Made:
    """A field that is only created, or only changed."""
    name, schema = editor.new_name(), new_schema(editor)
    bodies = list(editor.bodies(document))
    if name in editor.contract.resource.fields or not bodies:
        return None
    editor.pick(bodies).setdefault("properties", {})[name] = deepcopy(schema)
    editor.answer(document, name, schema)
    return f"{name} {schema}", name


def write_only_field_added(editor: Editor, document: Document) -> Made:
    """A field that bodies have and no answer shows, such as a password."""
    name, schema = editor.new_name(), new_schema(editor)
    if name in editor.contract.resource.fields:
        return None
    schema = {**schema, "writeOnly": True}
    for body in editor.bodies(document):
        body.setdefault("properties", {})[name] = deepcopy(schema)
    return f"{name} {schema}", name


def moment_added(editor: Editor, document: Document) -> Made:
    """A time that the server writes."""
    name, moment = editor.pick(("seen_at", "moved")), editor.pick(("create", "change"))
    if name in editor.contract.resource.fields:
        return None
    schema = {"type": "string", "format": "date-time", "readOnly": True, "x-set-on": moment}
    editor.answer(document, name, schema)
    return f"{name} set on {moment}", name


def column_added(editor: Editor, document: Document) -> Made:
    """A column of a table that references name."""
    tables = [schema for schema in document["components"]["schemas"].values() if "x-table" in schema]
    name, schema = editor.new_name(), new_schema(editor)
    if not tables:
        return None
    table = editor.pick(tables)
    if name in table.setdefault("properties", {}):
        return None
    table["properties"][name] = schema
    if editor.pick((True, False)):
        table.setdefault("required", []).append(name)
    return (f"{name} of {table['x-table']} {schema}",)
