"""Overlays: files that say how to change a contract without editing it.

Owns: reading and checking an overlay, and applying its actions to a document.
Source: OpenAPI Overlay Specification 1.0.0; how values merge, of which 1.0.0 says only "recursively", follows the steps
    that 1.1.0 spells out under "Action Object". Stricter than both: an action whose target matches nothing is an error.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from jsonpath import JSONPath, JSONPathEnvironment
from jsonpath.exceptions import JSONPathError

from cancelkit.spec.errors import Place, SpecError
from cancelkit.spec.origins import Tracked
from cancelkit.spec.source import Source, read

_ENVIRONMENT = JSONPathEnvironment(strict=True)


@dataclass(frozen=True, slots=True)
class Action:
    """One change: `index` counts from 0; `update` means nothing where `remove` is set."""

    index: int
    target: str
    query: JSONPath = field(repr=False)
    description: str
    update: Any
    remove: bool

    @property
    def place(self) -> Place:
        return ("actions", self.index)

    def __str__(self) -> str:
        about = f", {self.description.strip().splitlines()[0]!r}" if self.description.strip() else ""
        return f"action {self.index + 1} (target {self.target}{about})"


@dataclass(frozen=True, slots=True)
class Overlay:
    """A checked overlay; `extends` is the contract that it was written for, if it says so."""

    source: Source
    title: str
    version: str
    extends: str | None
    actions: tuple[Action, ...]

    @property
    def path(self) -> Path:
        return self.source.path


def read_overlay(path: Path) -> Overlay:
    """Return the overlay in the file at `path`, YAML or JSON.

    Raises:
        SpecError: it can't be read, or is not an overlay by version 1.0; with file, line and column.
    """
    return checked(read(path))


def checked(source: Source) -> Overlay:
    """Return the overlay that `source` holds; see `read_overlay`."""
    data = source.data
    if not isinstance(data, dict) or "overlay" not in data:
        raise source.error((), "is not an overlay: it must be a mapping with overlay, info and actions")
    _only(source, (), data, ("overlay", "info", "extends", "actions"))
    version = _text(source, ("overlay",), data)
    if not re.fullmatch(r"1\.0\.\d+", version):
        raise source.error(("overlay",), f"version {version!r} is not supported; it must be 1.0.0")
    info = data.get("info")
    if not isinstance(info, dict):
        raise source.error(("info",), "is missing or not a mapping; it must have title and version")
    _only(source, ("info",), info, ("title", "version"))
    actions = data.get("actions")
    if not isinstance(actions, list) or not actions:
        raise source.error(("actions",), "is missing, empty or not a list")
    return Overlay(
        source=source,
        title=_text(source, ("info", "title"), info),
        version=_text(source, ("info", "version"), info),
        extends=_text(source, ("extends",), data) if "extends" in data else None,
        actions=tuple(_action(source, index, action) for index, action in enumerate(actions)),
    )


def _action(source: Source, index: int, node: Any) -> Action:
    place: Place = ("actions", index)
    if not isinstance(node, dict):
        raise source.error(place, "must be a mapping with target, and update or remove")
    _only(source, place, node, ("target", "description", "update", "remove"))
    target = _text(source, (*place, "target"), node)
    description = _text(source, (*place, "description"), node) if "description" in node else ""
    remove = node.get("remove", False)
    if not isinstance(remove, bool):
        raise source.error((*place, "remove"), f"must be true or false, not {remove!r}")
    if not remove and "update" not in node:
        raise source.error(place, "changes nothing: it needs `update`, or `remove: true`")
    try:
        query = _ENVIRONMENT.compile(target)
    except JSONPathError as error:
        problem = str(error).splitlines()[0]
        raise source.error((*place, "target"), f"{target!r} is not a JSONPath (RFC 9535): {problem}") from error
    if not isinstance(query, JSONPath):
        raise source.error((*place, "target"), f"{target!r} is not one JSONPath (RFC 9535)")
    return Action(index, target, query, description, node.get("update"), remove)


def _only(source: Source, place: Place, node: Mapping[str, Any], known: Sequence[str]) -> None:
    for key in node:
        if key not in known and not key.startswith("x-"):
            raise source.error((*place, key), f"unknown key; known are {', '.join(known)}, and keys that begin with x-")


def _text(source: Source, place: Place, node: Mapping[str, Any]) -> str:
    value = node.get(str(place[-1]))
    if value is None:
        raise source.error(place, "is missing")
    if not isinstance(value, str):
        raise source.error(place, f"must be text; write {str(value)!r} in quotes, if that is meant")
    return value


def apply(document: Mapping[str, Any], overlays: Iterable[Overlay]) -> dict[str, Any]:
    """Return `document` (JSON data) with every action of every overlay applied, in order; `document` is not changed.

    Raises:
        SpecError: an action's target matches nothing, or what its update can't be merged with; it names the action.
    """
    tracked = Tracked(document, None)
    for overlay in overlays:
        change(tracked, overlay)
    data: dict[str, Any] = tracked.data
    return data


def change(tracked: Tracked, overlay: Overlay) -> None:
    """Apply every action of `overlay` to `tracked`, each to what the one before left. Raises as `apply` does."""
    for action in overlay.actions:
        places = list(dict.fromkeys(tuple(match.parts) for match in action.query.finditer(tracked.data)))
        if not places:
            raise _error(overlay, action, "target", f"matches nothing{_hint(action, tracked.data)}")
        for place in places:
            if not isinstance(_at(tracked.data, place), dict | list):
                raise _error(overlay, action, "target", _primitive(action, place))
        if action.remove:
            _remove(tracked, overlay, action, places)
            continue
        nodes = [(place, _at(tracked.data, place)) for place in places]
        for place, node in nodes:
            at = (*action.place, "update")
            if isinstance(node, list):
                tracked.append(node, action.update, overlay.source, at)
            else:
                _merge(tracked, overlay, action, (place, node), (at, action.update))


def _merge(
    tracked: Tracked, overlay: Overlay, action: Action, into: tuple[Place, Any], what: tuple[Place, Any]
) -> None:
    """Merge an update into an object: its objects recursively, lists one after the other, other values replaced."""
    (where, target), (at, update) = into, what
    if isinstance(target, dict) and isinstance(update, dict):
        for key, value in update.items():
            old = target.get(key)
            if isinstance(value, dict | list) and type(value) is type(old):
                _merge(tracked, overlay, action, ((*where, key), old), ((*at, key), value))
            elif key in target and (isinstance(old, dict | list) or isinstance(value, dict | list)):
                raise _unlike(overlay, action, (*where, key), old, (*at, key), value)
            else:
                tracked.put(target, key, value, overlay.source, (*at, key))
    elif isinstance(target, list) and isinstance(update, list):
        for index, value in enumerate(update):
            tracked.append(target, value, overlay.source, (*at, index))
    else:
        raise _unlike(overlay, action, where, target, at, update)


def _remove(tracked: Tracked, overlay: Overlay, action: Action, places: list[Place]) -> None:
    if () in places:
        raise _error(overlay, action, "target", "the whole document can't be removed")
    holders = {place[:-1]: _at(tracked.data, place[:-1]) for place in places}
    for place in sorted(places, key=lambda p: p[-1] if isinstance(p[-1], int) else -1, reverse=True):
        tracked.remove(holders[place[:-1]], place[-1])


def _at(data: Any, place: Iterable[str | int]) -> Any:
    for key in place:
        data = data[key]
    return data


def _error(overlay: Overlay, action: Action, key: str, message: str) -> SpecError:
    return overlay.source.error((*action.place, key), f"{action}: {message}")


def _unlike(overlay: Overlay, action: Action, where: Place, old: Any, at: Place, new: Any) -> SpecError:
    way = "to replace it, remove it in an action before this one" if where else "it must be a mapping"
    return overlay.source.error(
        at, f"{action}: {_kind(new)} can't be merged into {_kind(old)} at {_path(where)}; {way}"
    )


def _primitive(action: Action, place: Place) -> str:
    way = f"target what holds it, {_path(place[:-1])}, and put {place[-1]!r} into `update`"
    if action.remove:
        way = f"only objects and lists can be removed: remove {_path(place[:-1])} and add again what is to stay"
    return f"selects {_path(place)}, which is neither an object nor a list; {way}"


def _path(place: Place) -> str:
    return "$" + "".join(f"[{key}]" if isinstance(key, int) else f"['{key}']" for key in place)


def _kind(value: Any) -> str:
    return {dict: "an object", list: "a list", str: "text", bool: "a boolean", type(None): "null"}.get(
        type(value), "a number"
    )


def _hint(action: Action, data: Any) -> str:
    """Say how far the target does match, and what is there."""
    segments = tuple(action.query.segments)
    for length in range(len(segments) - 1, 0, -1):
        prefix = JSONPath(env=_ENVIRONMENT, segments=segments[:length])
        found = [match.obj for match in prefix.finditer(data)]
        if found:
            return f"; {prefix} does match, and has {_keys(found, str(segments[length]))}"
    return f"; $ has {_keys([data], str(segments[0]))}" if segments else ""


def _keys(nodes: list[Any], missing: str) -> str:
    """The keys of `nodes`, those that are most like the one that is missing first."""
    names = list(dict.fromkeys(str(key) for node in nodes if isinstance(node, dict) for key in node))
    if not names:
        lists = [node for node in nodes if isinstance(node, list)]
        return f"a list of {len(lists[0])}" if lists else "nothing below it"
    wanted = re.sub(r"^\[['\"]?|['\"]?\]$", "", missing)
    near = difflib.get_close_matches(wanted, names, n=3)
    shown = [*near, *(name for name in names if name not in near)]
    return ", ".join(shown[:8]) + (", …" if len(shown) > 8 else "")


def check_extends(overlay: Overlay, contract: Path) -> None:
    """Refuse an overlay whose `extends` names another file that exists. URLs and missing files are not looked at.

    Raises:
        SpecError: at `extends`.
    """
    parts = urlsplit(overlay.extends or "")
    if not parts.path or parts.scheme not in ("", "file") or parts.netloc:
        return
    named = overlay.path.parent / unquote(parts.path)
    if named.exists() and contract.exists() and not named.samefile(contract):
        raise overlay.source.error(("extends",), f"is for {overlay.extends}, not for {contract.name}")
