"""Edits of operations, paths and behaviours.

Source: docs/spec-extensions.md, "Roles" and "Behaviours".
"""

from __future__ import annotations

from cancelkit.spec.model import Operation, Role
from tests.edits.editor import Document, Editor, Made


def operation_removed(editor: Editor, document: Document) -> Made:
    removable = [o for o in editor.contract.operations.values() if o.role not in (Role.LIST, Role.RETRIEVE)]
    if not removable:
        return None
    return _removed(editor, document, editor.pick(removable))


def action_removed(editor: Editor, document: Document) -> Made:
    actions = list(editor.contract.actions)
    return _removed(editor, document, editor.pick(actions)) if actions else None


def _removed(editor: Editor, document: Document, operation: Operation) -> Made:
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
    new = {id: f"op_{index}" for index, id in enumerate(editor.contract.operations)}
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
    name = editor.contract.resource.name
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


def behaviours_removed(editor: Editor, document: Document) -> Made:
    """Half of what is promised is not promised any more."""
    gone = [name for name in document["x-behaviours"] if editor.pick((True, False))]
    for name in gone:
        del document["x-behaviours"][name]
    return (f"{len(gone)} of them",)


def path_parameter_renamed(editor: Editor, document: Document) -> Made:
    resource = editor.contract.resource
    old, new = editor.pick(resource.scope).name if resource.scope else "", f"the-{editor.pick(('shop', 'Place.x'))}"
    if not old or any(parameter.name == new for parameter in resource.scope):
        return None
    for holder in [document["components"], *document["paths"].values()]:
        found = holder.get("parameters", [])
        for node in found.values() if isinstance(found, dict) else found:
            if node.get("in") == "path" and node["name"] == old:
                node["name"] = new
    document["paths"] = {path.replace(f"{{{old}}}", f"{{{new}}}"): item for path, item in document["paths"].items()}
    for item in document["paths"].values():
        for operation in item.values():
            for answer in operation.get("responses", {}).values() if isinstance(operation, dict) else ():
                for link in answer.get("links", {}).values():
                    if old in link.get("parameters", {}):
                        link["parameters"][new] = link["parameters"].pop(old)
    return (f"{old} -> {new}",)
