"""Which operation of the contract a recorded call means, under whatever prefix the API was served.

Owns: matching method and path to a path template, and telling calls of other APIs from wrong calls of this one.
Knows nothing of: queries, bodies, answers.
Source: spec/openapi.yaml, paths.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final, Literal
from urllib.parse import unquote

from cancelkit.spec import Contract, Operation

PREFIXES: Final = ("/api/v1", "/api")
"""What may stand in place of the contract's own first segment."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What method and path say.

    operation: None where the path is none of the contract's, or does not offer the method.
    path: as the contract writes it, without prefix. methods: that the path offers; empty for an unknown path.
    slash: how the final slash differs from the documented path. values: the path parameters as sent.
    """

    operation: Operation | None
    path: str
    methods: tuple[str, ...]
    slash: Literal["missing", "extra"] | None
    values: Mapping[str, str]


class Paths:
    """prefixes: tried in this order. base: stands before every prefix, such as "/shop" for a server below a path."""

    def __init__(self, spec: Contract, prefixes: Sequence[str] = PREFIXES, base: str = "") -> None:
        by_path: dict[str, dict[str, Operation]] = {}
        for operation in spec.operations.values():
            by_path.setdefault(operation.path, {})[operation.method] = operation
        self._templates = [
            (_pattern(path.rstrip("/")), path, methods)
            for path, methods in sorted(by_path.items(), key=lambda item: item[0].count("{"))
        ]
        self._root = "/" + next(iter(by_path)).split("/")[1]
        self._ours = re.compile(_pattern(_shared(list(by_path))).pattern + "(?:/.*)?", re.DOTALL)
        self._prefixes = [base.rstrip("/") + prefix.rstrip("/") for prefix in prefixes]

    def find(self, method: str, path: str) -> Meaning | None:
        """What the call means; None where it is no call of this API at all."""
        for prefix in self._prefixes:
            if path.startswith(f"{prefix}/"):
                documented = self._root + path.removeprefix(prefix)
                if self._ours.fullmatch(documented):
                    return self._meaning(method, documented)
        return None

    def _meaning(self, method: str, path: str) -> Meaning:
        for pattern, template, methods in self._templates:
            found = pattern.fullmatch(path.removesuffix("/"))
            if found is None:
                continue
            slash: Literal["missing", "extra"] | None = None
            if path.endswith("/") != template.endswith("/"):
                slash = "missing" if template.endswith("/") else "extra"
            operation = methods.get("GET" if method == "HEAD" else method)
            values = {name: unquote(value) for name, value in found.groupdict().items()}
            return Meaning(operation, path, tuple(methods), slash, values)
        return Meaning(None, path, (), None, {})


def _shared(paths: Sequence[str]) -> str:
    """The segments with which all paths begin."""
    return "/".join(
        same[0] for same in takewhile(lambda s: len(set(s)) == 1, zip(*(p.split("/") for p in paths), strict=False))
    )


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)))
