"""A document that may be changed, in which every part remembers the file and the place that it came from.

Owns: copying data out of a source without sharing, changing the copy, following files that a $ref names.
Source: OpenAPI 3.0.3, "Reference Object" and "Relative References in URLs".
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cancelkit.spec.errors import Location, Place, from_pointer, pointer
from cancelkit.spec.source import Source, read

Origin = tuple[Source | None, Place]
Follow = Callable[[str, Source | None, Place], Any]


class Tracked:
    """Data, and the origin of each of its parts. Made from `data` of `source`; nothing given to it is changed."""

    def __init__(self, data: Any, source: Source | None, follow: Follow | None = None) -> None:
        self._origins: dict[int, tuple[Any, Any]] = {}
        self._root: Origin = (source, ())
        self.files: list[Path] = []
        """The files that references led to."""
        self.data = self.copy(data, source, (), follow)

    def copy(self, value: Any, source: Source | None, place: Place, follow: Follow | None = None) -> Any:
        """Return a copy of `value`, which stands at `place` in `source`, nothing in it shared with anything else.

        `follow`, if given, returns the copy that stands in for an object with a $ref, or None to keep the reference.
        """
        if isinstance(value, dict):
            ref = value.get("$ref")
            if follow and isinstance(ref, str) and (found := follow(ref, source, place)) is not None:
                return found
            copied = {key: self.copy(item, source, (*place, key), follow) for key, item in value.items()}
            self._origins[id(copied)] = (copied, {key: (source, (*place, key)) for key in copied})
            return copied
        if isinstance(value, list):
            items = [self.copy(item, source, (*place, index), follow) for index, item in enumerate(value)]
            self._origins[id(items)] = (items, [(source, (*place, index)) for index in range(len(items))])
            return items
        return value

    def put(self, holder: dict[str, Any], key: str, value: Any, source: Source, place: Place) -> None:
        """Set a copy of `value` under `key`."""
        holder[key] = self.copy(value, source, place)
        self._origins[id(holder)][1][key] = (source, place)

    def append(self, holder: list[Any], value: Any, source: Source, place: Place) -> None:
        """Add a copy of `value` at the end."""
        holder.append(self.copy(value, source, place))
        self._origins[id(holder)][1].append((source, place))

    def remove(self, holder: Any, key: Any) -> None:
        """Delete what stands under `key`, a name or an index."""
        del holder[key]
        del self._origins[id(holder)][1][key]

    def locate(self, place: Place) -> Location | None:
        """Return where `place`, or the deepest part of it that exists, was written; None if that is unknown."""
        origin, node = self._root, self.data
        for key in place:
            known = self._origins.get(id(node))
            if known is None or known[0] is not node:
                break
            try:
                origin, node = known[1][key], node[key]
            except (KeyError, IndexError, TypeError):
                break
        source, at = origin
        return source.locate(at) if source else None


def opened(source: Source) -> Tracked | None:
    """Return `source` with every reference to another file replaced by what it names; None if it has no such reference.

    Files must be in the folder of `source` or below. References within those files are replaced as well; those that
    lead back to `source` become local ones, and those within `source` stay.

    Raises:
        SpecError: a file can't be read, lies elsewhere, or lacks what is named; or references lead back to themselves.
    """
    if not _leaves(source.data):
        return None
    home, main = source.path.resolve().parent, source.path.resolve()
    files: dict[Path, Source] = {main: source}
    trail: list[tuple[Path, str]] = []

    def follow(ref: str, at: Source | None, place: Place) -> Any:
        at = at or source
        name, _, fragment = ref.partition("#")
        path = (at.path.parent / name).resolve() if name else at.path.resolve()
        if at is source and not name:
            return None
        if path == main:
            return tracked.copy({"$ref": f"#{fragment}"}, at, place)
        if "://" in name or not path.is_relative_to(home):
            raise at.error(
                (*place, "$ref"), f"$ref {ref!r} leaves the contract's folder; it may name a file there or below"
            )
        if (path, fragment) in trail:
            raise at.error((*place, "$ref"), f"$ref {ref!r} leads back to itself")
        if path not in files:
            if not path.is_file():
                raise at.error((*place, "$ref"), f"$ref {ref!r} names no file")
            tracked.files.append(at.path.parent / name)
            files[path] = read(at.path.parent / name)
        found, keys = files[path].data, from_pointer(fragment)
        for key in keys:
            if not isinstance(found, dict) or key not in found:
                raise at.error((*place, "$ref"), f"$ref {ref!r} points to nothing: {pointer(keys)} is not in that file")
            found = found[key]
        trail.append((path, fragment))
        copied = tracked.copy(found, files[path], keys, follow)
        trail.pop()
        return copied

    tracked = Tracked(None, source)
    tracked.data = tracked.copy(source.data, source, (), follow)
    return tracked


def _leaves(node: Any) -> bool:
    """Whether a $ref under `node` names another file."""
    if isinstance(node, dict):
        ref = node.get("$ref")
        return (isinstance(ref, str) and not ref.startswith("#")) or any(map(_leaves, node.values()))
    return isinstance(node, list) and any(map(_leaves, node))
