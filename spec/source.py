"""One file of YAML or JSON as plain data that can tell the line and column of each part.

Owns: reading the file, its errors, and finding a place in it (done only when an error is to be located).
Source: YAML 1.2; RFC 8259 (JSON).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from cancelkit.spec.errors import Location, Place, SpecError
from cancelkit.spec.places import compose, compose_json, find, plain, repeated_key


@dataclass(frozen=True)
class Source:
    """A file's data (JSON types only), its path as it was given, and its text."""

    path: Path
    data: Any = field(repr=False)
    text: str = field(repr=False)
    is_json: bool = False

    @cached_property
    def _nodes(self) -> yaml.Node | None:
        return compose_json(self.text) if self.is_json else compose(self.text)

    @property
    def name(self) -> str:
        """The file as errors name it: relative to the working directory where it is below that."""
        return _name(self.path)

    def locate(self, place: Place) -> Location:
        """Return where `place`, or the deepest part of it that exists, stands; without a line if nothing of it does."""
        found = find(self._nodes, place)
        return Location(self.name, *found) if found else Location(self.name)

    def error(self, place: Place, message: str) -> SpecError:
        """Return a SpecError about `place` in this file."""
        return SpecError(place, message, self.locate(place))


def read(path: Path) -> Source:
    """Return the file at `path`: JSON if its suffix is .json or it reads as JSON, else YAML. A BOM is accepted.

    Raises:
        SpecError: it can't be read, is not UTF-8, is not well-formed, or repeats a key; with file, line and column.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SpecError((), f"can't be read: {error.strerror or error}", Location(_name(path))) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = Location(_name(path), raw[: error.start].count(b"\n") + 1)
        raise SpecError((), f"can't be read: it is not UTF-8 ({error.reason})", where) from error
    return parse(path, text)


def parse(path: Path, text: str) -> Source:
    """Return `text`, the content of the file at `path`; see `read`.

    Raises:
        SpecError: it is not well-formed, or repeats a key; with file, line and column.
    """
    named_json = path.suffix.lower() == ".json"
    try:
        if named_json or text.lstrip()[:1] == "{":
            try:
                return Source(path, _json(text), text, is_json=True)
            except json.JSONDecodeError as error:
                if named_json:
                    where = Location(_name(path), error.lineno, error.colno)
                    raise SpecError((), f"is not valid JSON: {error.msg}", where) from error
        return Source(path, plain(compose(text)), text)
    except yaml.YAMLError as error:
        raise _refused(error, path, text) from error
    except RecursionError as error:
        raise SpecError((), "is nested too deeply", Location(_name(path))) from error
    except ValueError as error:
        raise SpecError((), f"can't be read: {error}", Location(_name(path))) from error


def _json(text: str) -> Any:
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        out = dict(found)
        if len(out) != len(found):
            repeated.append(True)
        return out

    def constant(name: str) -> Any:
        raise json.JSONDecodeError(f"{name} is not JSON", text, text.find(name))

    repeated: list[bool] = []
    data = json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    if repeated and (error := repeated_key(compose_json(text))):
        raise error
    return data


def _refused(error: yaml.YAMLError, path: Path, text: str) -> SpecError:
    """A YAML error as ours: syntax is named as such, what was read but not accepted is named by itself."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        where = Location(_name(path), mark.line + 1, mark.column + 1) if mark else Location(_name(path))
        said = error.problem or str(error)
        own = isinstance(error, yaml.constructor.ConstructorError)
        return SpecError((), said if own else f"is not valid YAML: {said}", where)
    at = getattr(error, "position", None)
    line = text.encode()[:at].count(b"\n") + 1 if isinstance(at, int) else None
    return SpecError((), f"is not valid YAML: {getattr(error, 'reason', error)}", Location(_name(path), line))


def _name(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd())) if path.is_absolute() else str(path)
    except ValueError:
        return str(path)
