"""The state field, its transitions, and the actions that set a field by themselves.

Owns: reading x-transitions and x-action.
Source: docs/spec-extensions.md, "What may follow what" and "Actions".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cancelkit.spec.errors import SpecError
from cancelkit.spec.facts import fact
from cancelkit.spec.model import Action, Schema
from cancelkit.spec.resource import Transitions

_NEEDED = frozenset({"initial", "allowed", "final", "level"})
_KNOWN = _NEEDED | {"actions", "why", "seen", "unseen"}


def transitions(schema: Schema, place: str) -> Transitions | None:
    """The transitions of the one property of a record that has x-transitions.

    Raises:
        SpecError: they name a value that the field can't have, contradict each other, or stand on two properties.
    """
    found = [(name, node) for name, node in schema.get("properties", {}).items() if "x-transitions" in node]
    if not found:
        return None
    if len(found) > 1:
        raise SpecError(place, f"both {found[0][0]!r} and {found[1][0]!r} have x-transitions; a record has one state")
    name, node = found[0]
    return _read(name, node, node["x-transitions"], f"{place}/properties/{name}/x-transitions")


def _read(name: str, schema: Schema, node: Any, place: str) -> Transitions:
    if not isinstance(node, dict):
        raise SpecError(place, f"must say {', '.join(sorted(_KNOWN))}")
    wrong = (_NEEDED - set(node)) | (set(node) - _KNOWN)
    if wrong:
        raise SpecError(place, f"must have {', '.join(sorted(_KNOWN))}; wrong: {', '.join(sorted(wrong))}")
    statuses = tuple(schema.get("enum", ()))
    allowed, final, actions = node["allowed"] or {}, node["final"] or [], node.get("actions") or {}
    unseen = node.get("unseen") or []
    if not all(isinstance(one, dict) for one in (allowed, actions)) or not all(
        isinstance(one, list) for one in (final, unseen)
    ):
        raise SpecError(place, "`allowed` and `actions` must be mappings, `final` and `unseen` lists")
    if twice := [value for value in dict.fromkeys(statuses) if statuses.count(value) > 1]:
        raise SpecError(place, f"{', '.join(map(repr, twice))} stands twice in the enum of {name}")
    named = [
        node["initial"],
        *final,
        *unseen,
        *actions.values(),
        *allowed,
        *(new for to in allowed.values() for new in to),
    ]
    for value in named:
        if value not in statuses:
            raise SpecError(place, f"{value!r} is not a status; the enum has {', '.join(map(str, statuses))}")
    for value in final:
        if allowed.get(value):
            raise SpecError(place, f"{value!r} is final, yet something may follow it")
    return Transitions(
        field=name,
        statuses=statuses,
        initial=node["initial"],
        allowed={old: frozenset(follows) for old, follows in allowed.items()},
        final=frozenset(final),
        actions=dict(actions),
        fact=fact(node, place, prefix=""),
        unseen=frozenset(unseen),
    )


def action(
    id: str, name: str, node: Mapping[str, Any] | None, moves: Transitions | None, schema: Schema, place: str
) -> Action:
    """What the action `id` does, from its x-action or from the table of x-transitions.

    Raises:
        SpecError: neither says, or it sets what the record does not have.
    """
    if node is None:
        if moves is None or id not in moves.actions:
            raise SpecError(place, f"what this action does is not said; add x-action: {_FORM}")
        return Action(name, moves.field, moves.actions[id], moves.final)
    if not isinstance(node, dict) or not {"field", "value"} <= set(node) <= {"field", "value", "refused"}:
        raise SpecError(f"{place}/x-action", f"must be {_FORM}")
    field, value = node["field"], node["value"]
    properties = schema.get("properties", {})
    if field not in properties:
        raise SpecError(f"{place}/x-action/field", f"the record has no field {field!r}")
    default = moves.final if moves is not None and field == moves.field else frozenset()
    refused = frozenset(node["refused"]) if "refused" in node else default
    enum = properties[field].get("enum")
    for one in (value, *refused):
        if enum is not None and one not in enum:
            raise SpecError(
                f"{place}/x-action", f"{one!r} is not a value of {field}; there are {', '.join(map(str, enum))}"
            )
    return Action(name, field, value, refused)


_FORM = "{field: ..., value: ..., refused: [...]}"
