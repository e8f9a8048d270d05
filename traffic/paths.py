"""Which operation of the contract a call means, under whatever prefix the API was served.

Owns: matching method and path to a path template, and telling calls of other APIs from wrong calls of this one.
Source: the contract's paths and servers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal
from urllib.parse import unquote, urlsplit

from cancelkit.spec import Contract, Operation
from cancelkit.spec.templates import Template

_VERSION = re.compile(r"v\d+")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What method and path say.

    operation: None where the path is none of the contract's, or does not offer the method.
    path: as the contract writes it, without prefix. methods: that the path offers; empty for an unknown path.
    slash: how the final slash differs from the documented path. values: the path parameters as sent, decoded.
    """

    operation: Operation | None
    path: str
    methods: tuple[str, ...]
    slash: Literal["missing", "extra"] | None
    values: Mapping[str, str]


def root(contract: Contract) -> str:
    """What stands before the names of a contract's paths, such as "/api"; "" where nothing does.

    It is what servers put another prefix in place of: the fixed segments with which all paths begin, without the last,
    which names the collection or its scope.
    """
    shared = _shared([operation.path for operation in contract.operations.values()])
    fixed = list(takewhile(lambda segment: segment and "{" not in segment, shared[1:]))
    return "".join(f"/{segment}" for segment in fixed[:-1])


def prefixes(contract: Contract) -> tuple[str, ...]:
    """What may stand in place of the contract's root, where nobody says so: it, its aliases, its servers' paths.

    Its aliases are those of x-aliases; where the contract names none, its version 1.
    """
    own, named = root(contract), contract.document.get("x-aliases")
    versioned = [f"{own}/v1"] if own and not any(_VERSION.fullmatch(part) for part in own.split("/")) else []
    if isinstance(named, dict):
        pairs = [(str(alias), str(real)) for alias, real in named.items()]
        versioned = [(a + f"{own}/".removeprefix(r)).rstrip("/") for a, r in pairs if f"{own}/".startswith(r)]
    servers = contract.document.get("servers") or []
    urls = [server.get("url") for server in servers if isinstance(server, dict)]
    below = [f"{_path(url).rstrip('/')}{own}" for url in urls if isinstance(url, str)]
    return tuple(dict.fromkeys(sorted([*versioned, *below, own], key=len, reverse=True)))


def _path(url: str) -> str:
    try:
        return "" if "{" in url else urlsplit(url).path
    except ValueError:
        return ""


class Paths:
    """Finds operations.

    prefixes: what may stand in place of the contract's root; none for `prefixes(contract)`. base: stands before every
    prefix, such as "/shop" for a server below a path.
    """

    def __init__(self, contract: Contract, given: Sequence[str] = (), base: str = "") -> None:
        by_path: dict[str, dict[str, Operation]] = {}
        for operation in contract.operations.values():
            by_path.setdefault(operation.path, {})[operation.method] = operation
        self._templates = [
            (Template(path.rstrip("/")), path, methods)
            for path, methods in sorted(by_path.items(), key=lambda item: item[0].count("{"))
        ]
        self._root = root(contract)
        self._ours = re.compile(Template("/".join(_shared(list(by_path)))).pattern.pattern + "(?:/.*)?", re.DOTALL)
        self._prefixes = [base.rstrip("/") + prefix.rstrip("/") for prefix in given or prefixes(contract)]

    def find(self, method: str, path: str) -> Meaning | None:
        """What the call means; None where it is no call of this API at all."""
        return next((self._meaning(method, found) for found in self._documented(path)), None)

    def certain(self, method: str, path: str) -> Meaning:
        """What a call of this API means, whatever its path."""
        return self.find(method, path) or Meaning(None, path, (), None, {})

    def _documented(self, path: str) -> Iterator[str]:
        """The path as the contract writes it, if it is below what all of the contract's paths share."""
        for prefix in self._prefixes:
            if path.startswith(f"{prefix}/"):
                documented = self._root + path.removeprefix(prefix)
                if self._ours.fullmatch(documented):
                    yield documented

    def _meaning(self, method: str, path: str) -> Meaning:
        for form, template, methods in self._templates:
            found = form.values(path.removesuffix("/"))
            if found is None:
                continue
            slash: Literal["missing", "extra"] | None = None
            if path.endswith("/") != template.endswith("/"):
                slash = "missing" if template.endswith("/") else "extra"
            operation = methods.get("GET" if method == "HEAD" else method)
            values = {name: unquote(value) for name, value in found.items()}
            return Meaning(operation, path, tuple(methods), slash, values)
        return Meaning(None, path, (), None, {})


def _shared(paths: Sequence[str]) -> list[str]:
    """The segments with which all paths begin."""
    split = zip(*(path.rstrip("/").split("/") for path in paths), strict=False)
    return [same[0] for same in takewhile(lambda segments: len(set(segments)) == 1, split)]
