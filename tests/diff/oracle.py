"""Whether a client of the old contract can break, by messages and by plain reasoning: the judge of the classifier.

Owns: which schema is held against which, and what needs no value: operations, parameters, bodies and statuses that are
    gone or new, moves, actions and filters. A server of the old contract breaks where a client of the new one would.
Knows nothing of: cancelkit.diff. It reads the documents by itself, and what no schema says from spec's own reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cancelkit.spec import Contract
from cancelkit.spec.document import Direction, resolved
from cancelkit.spec.media import first_json
from tests.diff.witness import Schema, witness

Document = Mapping[str, Any]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True)
class Broken:
    """Where a client breaks, by what it sends or by what it gets, and the message that shows it, if one is needed."""

    by: Direction
    where: str
    value: Any = None


Judged = dict[tuple[Literal["clients", "servers"], Direction], Broken]


def judged(old: Contract, new: Contract) -> Judged:
    """One reason for each side and direction that breaks."""
    found: Judged = {}
    for side, one, other in (("clients", old, new), ("servers", new, old)):
        for broken in _clients(one, other):
            found.setdefault((side, broken.by), broken)  # type: ignore[arg-type]
    return found


def _clients(old: Contract, new: Contract) -> Iterator[Broken]:
    yield from _promises(old, new)
    theirs = _operations(new.document)
    for key, operation in _operations(old.document).items():
        if key not in theirs:
            yield Broken("request", f"{key} is gone")
            continue
        yield from _parameters(operation["parameters"], theirs[key]["parameters"], str(key))
        yield from _bodies(operation.get("requestBody"), theirs[key].get("requestBody"), str(key))
        yield from _answers(operation["responses"], theirs[key]["responses"], str(key))


def _operations(document: Document) -> dict[tuple[str, str], dict[str, Any]]:
    """By method and the shape of the path; the parameters of a path by their order, as no URL shows their names."""
    found = {}
    for path, item in document["paths"].items():
        names = re.findall(r"{([^}]*)}", path)
        for method in METHODS:
            if method in item:
                node = resolved(document, item[method], path)
                listed = [*resolved(document, item.get("parameters", []), path), *node.get("parameters", [])]
                keyed = {(p["in"], names.index(p["name"]) if p["in"] == "path" else p["name"]): p for p in listed}
                found[method, re.sub(r"{[^}]*}", "{}", path)] = {**node, "parameters": keyed}
    return found


def _parameters(old: Mapping[Any, Any], new: Mapping[Any, Any], where: str) -> Iterator[Broken]:
    for key, parameter in old.items():
        if key not in new:
            yield Broken("request", f"{where} {key} is lost")
            continue
        yield from _held(parameter["schema"], new[key]["schema"], "request", f"{where} {key}", text=True)
        if any(parameter.get(mark) != new[key].get(mark) for mark in ("x-filter", "x-paging", "x-ordering")):
            yield Broken("request", f"{where} {key} does something else")
    for key, parameter in new.items():
        if parameter.get("required") and not (key in old and old[key].get("required")):
            yield Broken("request", f"{where} {key} is needed")


def _bodies(old: Any, new: Any, where: str) -> Iterator[Broken]:
    if new and new.get("required") and not (old and old.get("required")):
        yield Broken("request", f"{where} needs a body")
    if old and not new:
        yield Broken("request", f"{where} takes no body")
    if old and new:
        schemas = [first_json(body["content"])[1].get("schema", {}) for body in (old, new)]
        yield from _held(schemas[0], schemas[1], "request", f"{where} body")


def _answers(old: Mapping[str, Any], new: Mapping[str, Any], where: str) -> Iterator[Broken]:
    """What the new server answers, held against what the client knows of that status."""
    for status, answer in new.items():
        known = old.get(status) or old.get(f"{status[0]}XX") or old.get("default")
        if known is None:
            if status[0] == "2":
                yield Broken("response", f"{where} answers {status}")
            continue
        schemas = [first_json(side.get("content", {}))[1].get("schema", {}) for side in (answer, known)]
        yield from _held(schemas[0], schemas[1], "response", f"{where} {status}")


def _held(sent: Schema, taken: Schema, direction: Direction, where: str, *, text: bool = False) -> Iterator[Broken]:
    if (found := witness(sent, taken, direction, text=text)) is not None:
        yield Broken(direction, where, found[0])


def _promises(old: Contract, new: Contract) -> Iterator[Broken]:
    """Moves and actions that an old client may make, and the new server refuses or does otherwise."""
    before, now = old.resource.transitions, new.resource.transitions
    if before and now:
        known = set(before.statuses) & set(now.statuses)
        lost = {(a, b) for a in known for b in known if before.permits(a, b) and not now.permits(a, b)}
        if lost or (now.final - before.final) & known or before.initial != now.initial:
            yield Broken("request", f"moves {lost}, final {now.final}, initial {now.initial}")
    theirs = {(one.method, re.sub(r"{[^}]*}", "{}", one.path)): one.action for one in new.actions}
    for one in old.actions:
        action, other = one.action, theirs.get((one.method, re.sub(r"{[^}]*}", "{}", one.path)))
        if action and other:
            same = (action.field, action.value) == (other.field, other.value)
            if not same or other.refused - action.refused:
                yield Broken("request", f"{one.id} does something else")
