"""Where a schema stands in the document, so that an overlay can change it there.

Owns: places: following references and the parts of allOf, and what people call a place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cancelkit.spec.document import pointed
from cancelkit.spec.errors import from_pointer

Place = tuple[str | int, ...]
Placed = tuple[Place, Any]


def standing(document: Mapping[str, Any], place: Place) -> Any:
    """What stands at a place; an empty mapping where nothing does."""
    node: Any = document
    for key in place:
        node = node.get(key, {}) if isinstance(node, Mapping) else {}
    return node


def followed(document: Mapping[str, Any], place: Place, node: Any) -> Placed:
    """The node with references followed, and where it stands."""
    while isinstance(node, Mapping) and isinstance(ref := node.get("$ref"), str):
        place, node = from_pointer(ref), pointed(document, ref, "")
    return place, node


def parts(document: Mapping[str, Any], place: Place, node: Any) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """A schema and those that it is composed of by allOf."""
    place, node = followed(document, place, node)
    if isinstance(node, Mapping):
        yield place, node
        for index, part in enumerate(node.get("allOf", ())):
            yield from parts(document, (*place, "allOf", index), part)


def called(place: Place) -> str:
    """A schema for people: its name among the components, and what follows."""
    return ".".join(str(key) for key in place if key not in ("components", "schemas", "properties", "allOf"))
