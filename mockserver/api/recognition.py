"""Which operation of the contract a call means, read from its method and path alone.

Owns: matching a path as sent (also under an alias such as /api/v1, or with the wrong final slash) to a path template.
Knows nothing of: sessions, records, answers.
Source: spec/openapi.yaml, paths.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from cancelkit.spec import Contract, Operation

ALIASES = {"/api/v1/": "/api/"}
"""Prefixes under which the same API is served, and what stands there in the contract."""

CACHED_LENGTH = 200

PATH_INTEGER = "0|[1-9][0-9]{0,17}"
"""How a path integer looks: plain decimal digits, as many as surely fit in 64 bits."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a call means.

    operation: None when no operation has this path, or none of the path's operations has this method.
    methods: those that the path offers; empty when the path is unknown.
    slash: "missing" or "extra" when only the final slash differs from the documented path.
    values: the path parameters as sent.
    """

    operation: Operation | None
    methods: tuple[str, ...] = ()
    slash: str | None = None
    values: Mapping[str, str] | None = None

    @property
    def record(self) -> int | None:
        """The id in the path, if it has one and it is a number of a sane size."""
        value = (self.values or {}).get("id", "")
        return int(value) if value.isascii() and value.isdigit() and len(value) < 20 else None


_UNKNOWN = Recognised(None)


class Recogniser:
    """Compiled once from the contract."""

    def __init__(self, spec: Contract) -> None:
        by_path: dict[str, dict[str, Operation]] = {}
        for operation in spec.operations.values():
            by_path.setdefault(operation.path, {})[operation.method] = operation
        self._templates = [
            (re.compile(_pattern(path.rstrip("/"))), path.endswith("/"), methods)
            for path, methods in sorted(by_path.items(), key=lambda item: item[0].count("{"))
        ]
        self._cached = lru_cache(maxsize=4096)(self._find)

    def __call__(self, method: str, path: str) -> Recognised:
        """Recognise a call by its method and its path, percent-encoded or not, without the query."""
        return self._cached(method, path) if len(path) <= CACHED_LENGTH else self._find(method, path)

    def _find(self, method: str, path: str) -> Recognised:
        if "%" in path:
            path = unquote(path)
        for alias, real in ALIASES.items():
            if path.startswith(alias):
                path = real + path[len(alias) :]
                break
        bare = path[:-1] if path.endswith("/") else path
        for pattern, slashed, methods in self._templates:
            found = pattern.fullmatch(bare)
            if found is None:
                continue
            slash = None if path.endswith("/") == slashed else "missing" if slashed else "extra"
            operation = methods.get("GET" if method == "HEAD" else method)
            return Recognised(operation, tuple(methods), slash, found.groupdict())
        return _UNKNOWN


def _pattern(template: str) -> str:
    parts = re.split(r"\{(\w+)\}", template)
    return "".join(f"(?P<{part}>[^/]+)" if index % 2 else re.escape(part) for index, part in enumerate(parts))
