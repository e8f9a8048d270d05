"""Between the contract's paths and the target's URLs.

Owns: where a path of the contract is on the target, and which operation and record a URL of the target names.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from cancelkit.contract_tests.target.encoding import Query, encode_query
from cancelkit.spec import Contract, Operation
from cancelkit.spec.templates import Template

Found = tuple[Operation, dict[str, str]]


class Addresses:
    """The target's URLs. origin: its scheme and host; prefix: stands in place of the contract's first path segment."""

    def __init__(self, contract: Contract, url: str, prefix: str) -> None:
        parts = urlsplit(url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._base = parts.path.rstrip("/")
        self._root = _root(contract)
        self._prefix = (prefix or self._root).rstrip("/")
        self._resource = contract.resource
        self._words = _words(contract)
        by_parameters = sorted(contract.operations.values(), key=lambda o: o.path.count("{"))
        self._operations = [(o.method, Template(o.path), o) for o in by_parameters]

    def url(self, path: str, query: Query) -> str:
        """The URL of a path of the contract; of an absolute URL path and query are kept, and the origin is ours."""
        if path.startswith(("http://", "https://")):
            parts = urlsplit(path)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
        elif path == self._root or path.startswith(f"{self._root}/"):
            path = self._base + self._prefix + path.removeprefix(self._root)
        else:
            path = self._base + path
        text = encode_query(query)
        return f"{self.origin}{path}" + (f"{'&' if '?' in path else '?'}{text}" if text else "")

    def documented(self, path: str) -> str:
        """The path as the contract writes it."""
        start = self._base + self._prefix
        return self._root + path.removeprefix(start) if path.startswith(f"{start}/") else path

    def match(self, method: str, path: str) -> Found | None:
        """The operation that a method and a path (without prefix) belong to, and its path parameters as text."""
        identity = self._resource.identity
        for known, shape, operation in self._operations:
            found = shape.values(path) if known == method else None
            if found is not None:
                values = {name: unquote(text) for name, text in found.items()}
                if identity is None or values.get(identity.name) not in self._words:
                    return operation, values
        return None

    def record_of(self, values: Mapping[str, str]) -> str:
        """The record's id, as text, that path parameters name; empty where they name none."""
        identity = self._resource.identity
        return values.get(identity.name, "") if identity is not None else ""

    def scope_of(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """The scope, as text, that path parameters name."""
        return tuple(values.get(parameter.name, "") for parameter in self._resource.scope)


def _root(contract: Contract) -> str:
    """The fixed first segment that all paths of the contract share, with its slash; empty where they share none."""
    first = {operation.path.split("/")[1] for operation in contract.operations.values()}
    return f"/{first.pop()}" if len(first) == 1 and "{" not in next(iter(first)) else ""


def _words(contract: Contract) -> frozenset[str]:
    """Fixed words that stand where other paths have a record's id, and so are not ids."""
    resource = contract.resource
    if resource.item is None or resource.identity is None:
        return frozenset()
    at = resource.item.split("/").index(f"{{{resource.identity.name}}}")
    found = (operation.path.split("/") for operation in contract.operations.values())
    return frozenset(parts[at] for parts in found if len(parts) > at and parts[at] and "{" not in parts[at])
