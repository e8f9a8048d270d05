"""The one exception of this package, and how it says where the fault is.

Owns: SpecError; Location, a line and a column of a file; Place, a path of keys into a document, and its text form.
"""

from __future__ import annotations

from dataclasses import dataclass

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Location:
    """Where in a file: line and column count from 1; both are None where only the file is known."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


class SpecError(Exception):
    """The contract is wrong: `place` says where in the document, `location` where in a file, `message` what to mend.

    A place is a tuple of keys, `("paths", "/orders/{id}/", "get")`; text is taken as well, and kept as it is. `keys`
    holds the tuple, or None where the place was given as text.
    """

    def __init__(self, place: str | Place, message: str, location: Location | None = None) -> None:
        self.keys = None if isinstance(place, str) else place
        self.place = place if isinstance(place, str) else rendered(place)
        self.message = message
        self.location = location
        super().__init__(": ".join(str(part) for part in (location, self.place, message) if part))

    def at(self, location: Location) -> SpecError:
        """Return the same error with `location`, or itself if it has one already."""
        if self.location is not None:
            return self
        return SpecError(self.place if self.keys is None else self.keys, self.message, location)

    def __reduce__(self) -> tuple[type[SpecError], tuple[str | Place, str, Location | None]]:
        return SpecError, (self.place if self.keys is None else self.keys, self.message, self.location)


def rendered(place: Place) -> str:
    """Return a place as people read it: keys joined by "/", a key that itself holds "/" in quotes."""
    return "/".join(f"'{key}'" if "/" in str(key) else str(key) for key in place)


def joined(place: str | Place, *keys: str | int) -> str | Place:
    """Return the place of what stands under `place` by `keys`, as text if `place` is text."""
    if isinstance(place, str):
        return "/".join([place, *map(str, keys)]) if place else "/".join(map(str, keys))
    return (*place, *keys)


def pointer(keys: Place) -> str:
    """Return `keys` as a JSON pointer fragment, `#/paths/~1orders~1/get`."""
    return "#" + "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in keys)


def from_pointer(text: str) -> tuple[str, ...]:
    """Return the keys of a JSON pointer fragment such as `#/components/schemas/Order`; an empty tuple for `#`."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.removeprefix("#").split("/")[1:])
