"""What each operation does to the resource, inferred from its method and the shape of its path.

Owns: finding the collection's and the record's path, and the role of each operation; x-role overrides both.
Source: docs/spec-extensions.md, "Roles".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cancelkit.spec.errors import SpecError
from cancelkit.spec.model import Role
from cancelkit.spec.templates import PARAMETER

ROLES = tuple(role.value for role in Role if role is not Role.OTHER)
ON_COLLECTION = {"get": Role.LIST, "post": Role.CREATE}
ON_RECORD = {
    "get": Role.RETRIEVE,
    "put": Role.UPDATE,
    "patch": Role.PARTIAL_UPDATE,
    "delete": Role.DESTROY,
}
BELOW_COLLECTION = {"get": Role.LIST_DETAILED}
BELOW_RECORD = {"get": Role.RETRIEVE_DETAILED, "post": Role.ACTION}


@dataclass(frozen=True, slots=True)
class Shape:
    """The paths of a resource, as the file writes them; item is None where no operation is about a single record."""

    collection: str
    item: str | None

    @property
    def name(self) -> str:
        """The last fixed segment of the collection's path."""
        return next((part for part in reversed(segments(self.collection)) if not PARAMETER.fullmatch(part)), "records")

    @property
    def scope(self) -> tuple[str, ...]:
        """The names of the path parameters in front of the record's own, outermost first."""
        return tuple(PARAMETER.findall(self.collection))

    @property
    def identity(self) -> str | None:
        """The name of the path parameter that names a record."""
        return PARAMETER.findall(self.item)[-1] if self.item else None


def segments(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part)


def shape_of(methods: Mapping[str, Iterable[str]], named: Mapping[tuple[str, str], str]) -> Shape:
    """The shape of the one resource that the paths are about.

    Args:
        methods: by path, in lower case. named: the roles that x-role gives, by path and method.
    Raises:
        SpecError: there is no collection, or there are several.
    """
    items = [path for path in methods if _is_item(path, methods)]
    items += [path for (path, _), role in named.items() if role == Role.RETRIEVE and path not in items]
    by_collection = {segments(path)[:-1]: path for path in items}
    if len(by_collection) > 1:
        listed = ", ".join(sorted(items))
        raise SpecError("paths", f"several kinds of record are described ({listed}); a contract is about one")
    for (path, _), role in named.items():
        if role in (Role.LIST, Role.CREATE):
            return Shape(path, items[0] if items else None)
    if by_collection:
        ((parts, item),) = by_collection.items()
        found = [path for path in methods if segments(path) == parts]
        return Shape(found[0] if found else "/" + "/".join(parts) + ("/" if item.endswith("/") else ""), item)
    collections = [path for path in methods if not path.rstrip("/").endswith("}")]
    shortest = min((len(segments(path)) for path in collections), default=0)
    found = [path for path in collections if len(segments(path)) == shortest]
    if len(found) != 1:
        raise SpecError("paths", "no collection of records is found; say x-role: list on the operation that lists them")
    return Shape(found[0], None)


def _is_item(path: str, methods: Mapping[str, Iterable[str]]) -> bool:
    """Whether a path ends in a record's parameter: below a fixed segment, with an operation that a record can have."""
    parts = segments(path)
    return (
        len(parts) > 1
        and bool(PARAMETER.fullmatch(parts[-1]))
        and not PARAMETER.fullmatch(parts[-2])
        and bool(set(methods[path]) & set(ON_RECORD))
    )


def role_of(path: str, method: str, shape: Shape, place: str) -> Role:
    """The role of an operation that has no x-role.

    Raises:
        SpecError: neither method nor path tell; it says what to add.
    """
    own, collection = segments(path), segments(shape.collection)
    item = segments(shape.item) if shape.item else None
    role = None
    if own == collection:
        role = ON_COLLECTION.get(method)
    elif own == item:
        role = ON_RECORD.get(method)
    elif item and len(own) == len(item) + 1 and own[:-1] == item:
        role = BELOW_RECORD.get(method)
    elif len(own) == len(collection) + 1 and own[:-1] == collection:
        role = BELOW_COLLECTION.get(method)
    if role is None:
        raise SpecError(
            place, f"its role can't be inferred from the method and the path; add x-role: one of {', '.join(ROLES)}"
        )
    return role
