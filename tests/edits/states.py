"""Edits of states, of what may follow them, and of actions.

Source: docs/spec-extensions.md, "Transitions".
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from cancelkit.spec.model import Role
from tests.edits.editor import Document, Editor, Made, Node


def status_added(editor: Editor, document: Document) -> Made:
    node = editor.status_node(document)
    new = editor.pick(("on_hold", "archived", "In Review"))
    if node is None or new in node["enum"]:
        return None
    moves = node["x-transitions"]
    node["enum"].append(new)
    moves["allowed"].setdefault(moves["initial"], []).append(new)
    if editor.pick((True, False)):
        moves["allowed"][new] = [moves["initial"]]
    else:
        moves["final"].append(new)
    return new, new, "transitions"


def status_removed(editor: Editor, document: Document) -> Made:
    node = editor.status_node(document)
    set_by = {operation.action.value for operation in editor.contract.actions if operation.action}
    open_ones = [s for s in node["enum"] if s != node["x-transitions"]["initial"] and s not in set_by] if node else []
    if node is None or not open_ones:
        return None
    old = editor.pick(open_ones)
    moves = node["x-transitions"]
    node["enum"].remove(old)
    moves["final"] = [s for s in moves["final"] if s != old]
    moves["allowed"] = {s: [new for new in to if new != old] for s, to in moves["allowed"].items() if s != old}
    for operation in editor.contract.actions:
        action = editor.node(document, operation).get("x-action", {})
        if old in action.get("refused", []):
            action["refused"].remove(old)
    for item in [node, *document["components"].get("parameters", {}).values()]:
        if item.get("example") == old:
            del item["example"]
    return old, "transitions"


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
    for operation in editor.contract.actions:
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
    contract = editor.contract
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
    for operation in editor.contract.operations.values():
        responses = editor.node(document, operation)["responses"]
        if "400" in responses:
            yield responses["400"]
