"""Which operation of the contract a call means, read from its method and path alone.

Owns: matching a path as sent (also under an alias of x-aliases, or with the wrong final slash) to a path template, and
    reading the path's values by their schemas.
Knows nothing of: sessions, records, answers.
Source: the contract's paths and x-aliases; spec/points/protocol.py: large-id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from cancelkit.spec import Contract, Operation, Schema, SpecError
from cancelkit.spec.templates import Template

CACHED_LENGTH = 200
OWN = ("_mock", "s")
"""First segments of paths that are the mock's own: control endpoints, and the prefix that names a session."""

PATH_INTEGER = "0|[1-9][0-9]*"
"""How a path integer looks: plain decimal digits."""
_MOST_DIGITS = 18
"""As many as surely fit in 64 bits; any larger number is read as one that nothing has."""
TOO_LARGE = 10**_MOST_DIGITS
_FITTING = f"0|[1-9][0-9]{{0,{_MOST_DIGITS - 1}}}"
"""How one looks where a larger one is no path."""
_FORMS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "integer": (PATH_INTEGER, lambda text: int(text) if len(text) <= _MOST_DIGITS else TOO_LARGE),
    "number": (r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?", float),
    "boolean": ("true|false", lambda text: text == "true"),
    "uuid": ("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", str.lower),
    "text": ("[^/]+", str),
}


@dataclass(frozen=True, slots=True)
class PathValue:
    """How one path parameter looks and is read. A text of any other form is a path that does not exist."""

    pattern: str
    read: Callable[[str], Any]

    @classmethod
    def of(cls, schema: Schema, large: str) -> PathValue:
        """large: the option of large-id."""
        kind = schema.get("type", "string")
        form = "uuid" if kind == "string" and schema.get("format") == "uuid" else kind
        pattern, read = _FORMS.get(form, _FORMS["text"])
        return cls(_FITTING if kind == "integer" and large == "no-path" else pattern, read)


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a call means.

    operation: None when no operation has this path, or none of the path's operations has this method.
    methods: those that the path offers; empty when the path is unknown.
    slash: "missing" or "extra" when only the final slash differs from the documented path.
    values: the path parameters as sent. fits: whether each looks as its schema wants.
    record: the record's id as answers hold it; None where the path names none.
    """

    operation: Operation | None
    methods: tuple[str, ...] = ()
    slash: str | None = None
    values: Mapping[str, str] | None = None
    fits: bool = True
    record: Any = None


_UNKNOWN = Recognised(None)


def aliases(contract: Contract) -> dict[str, str]:
    """The prefixes under which the API is served as well, and what stands there in the contract (x-aliases).

    Raises:
        SpecError: they are no mapping of prefixes to prefixes.
    """
    found = contract.document.get("x-aliases") or {}
    if not isinstance(found, dict):
        raise SpecError("x-aliases", "must be a mapping of a prefix such as /v1/ to the contract's, such as /")
    for pair in found.items():
        for prefix in pair:
            if not isinstance(prefix, str) or not (prefix.startswith("/") and prefix.endswith("/")):
                raise SpecError("x-aliases", f"{prefix!r} must begin and end with a slash")
    return dict(found)


class Recogniser:
    """Compiled once from the contract.

    Raises:
        SpecError: a path is one of the mock's own.
    """

    def __init__(self, contract: Contract) -> None:
        self.identity = contract.resource.identity.name if contract.resource.identity else None
        self._aliases = aliases(contract)
        by_path: dict[str, dict[str, Operation]] = {}
        for operation in contract.operations.values():
            if operation.path.split("/")[1] in OWN:
                raise SpecError(f"paths/{operation.path}", "the mock's own endpoints are under /_mock and /s")
            by_path.setdefault(operation.path, {})[operation.method] = operation
        self._templates = [
            (Template(path.rstrip("/")), path.endswith("/"), methods, path_values(contract, methods))
            for path, methods in sorted(by_path.items(), key=lambda item: item[0].count("{"))
        ]
        self._cached = lru_cache(maxsize=4096)(self._find)

    def __call__(self, method: str, path: str) -> Recognised:
        """Recognise a call by its method and its path, percent-encoded or not, without the query."""
        return self._cached(method, path) if len(path) <= CACHED_LENGTH else self._find(method, path)

    def _find(self, method: str, path: str) -> Recognised:
        if "%" in path:
            path = unquote(path)
        for alias, real in self._aliases.items():
            if path.startswith(alias):
                path = real + path[len(alias) :]
                break
        bare = path[:-1] if path.endswith("/") else path
        for template, slashed, methods, values in self._templates:
            texts = template.values(bare)
            if texts is None:
                continue
            slash = None if path.endswith("/") == slashed else "missing" if slashed else "extra"
            operation = methods.get("GET" if method == "HEAD" else method)
            fits = all(re.fullmatch(values[name].pattern, text, re.ASCII) for name, text in texts.items())
            id = texts.get(self.identity or "")
            record = values[self.identity].read(id) if fits and self.identity and id is not None else None
            return Recognised(operation, tuple(methods), slash, texts, fits, record)
        return _UNKNOWN


def path_values(contract: Contract, methods: Mapping[str, Operation]) -> dict[str, PathValue]:
    """How the parameters of one path are read, by name."""
    return {
        parameter.name: PathValue.of(parameter.schema, contract.chosen("large-id"))
        for operation in methods.values()
        for parameter in operation.parameters
        if parameter.location == "path"
    }


def strict(template: str, values: Mapping[str, PathValue]) -> Template:
    """Exactly this path, with values that look as their schemas want."""
    return Template(template, {name: value.pattern for name, value in values.items()})
