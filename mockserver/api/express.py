"""The well-formed call answered in one step, by a table made of what Connexion resolved at the start.

Owns: the table (method and shape of the path -> compiled operation and the check of its key), and which calls may take
    it. Any other call - unknown path, wrong method or slash, no or a wrong key, odd headers - goes through Connexion's
    stages; the answers are the same to the byte.
Source: connexion.middleware.security: what is demanded of each operation; the paths and x-aliases of the contract.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from starlette.types import ASGIApp, Receive, Scope

from cancelkit.mockserver.api.dispatch import ORIGINAL_PATH, CompiledOperation
from cancelkit.mockserver.api.framework import SecurityMiddleware
from cancelkit.mockserver.api.recognition import CACHED_LENGTH, PathValue, aliases, path_values, strict
from cancelkit.mockserver.api.security import Refuses
from cancelkit.mockserver.replies import Reply, error
from cancelkit.spec import Contract, Operation
from cancelkit.spec.templates import Template

log = logging.getLogger("mockserver")
Headers = Mapping[bytes, bytes]
Found = tuple[CompiledOperation, Mapping[str, Any], bool]
"""The operation of a path, the path's values, and whether the operation demands a key."""
_ODD = frozenset((b"origin", b"prefer", b"transfer-encoding", b"expect", b"content-encoding"))
FAILED = error(500, "The mock failed; its log says why. Please report it.", "error").reply


class Express:
    """Compiled once from the contract, its compiled operations, and Connexion's stages."""

    def __init__(
        self,
        contract: Contract,
        operations: Mapping[str, CompiledOperation],
        stages: Iterable[ASGIApp],
        refuses: Refuses | None,
        *,
        closed: Callable[[str], bool] = lambda path: False,
    ) -> None:
        """
        Args:
            operations: those that are answered here. stages: Connexion's, put together.
            refuses: the check of the key; None where the contract has no key.
            closed: whether a path is answered by something that stands in front of the operations.
        """
        key = contract.api_key
        self._header = key.header.lower().encode() if key else b""
        self._accepts = lru_cache(maxsize=256)(lambda value: refuses is not None and refuses(value) is None)
        self._closed = closed
        demanded = _demanded(stages, keyed=refuses is not None)
        by_path: dict[str, dict[str, Operation]] = {}
        for operation in contract.operations.values():
            by_path.setdefault(operation.path, {})[operation.method] = operation
        self._shapes: list[tuple[Template, Mapping[str, PathValue], Mapping[str, tuple[Any, bool]]]] = []
        for path, methods in sorted(by_path.items(), key=lambda item: item[0].count("{")):
            values = path_values(contract, methods)
            open_to = {
                m: (operations[o.id], demanded[o.id])
                for m, o in methods.items()
                if o.id in demanded and o.id in operations
            }
            self._shapes.append((strict(path, values), values, open_to))
        self._aliases = tuple(aliases(contract).items())
        self._cached = lru_cache(maxsize=4096)(self._find)

    def find(self, method: str, path: str, headers: Headers, number: int) -> Found | None:
        """The operation that answers a call in one step; None where the call must go through all stages.

        Args:
            headers: by name. number: how many headers were sent; more than names where one was sent twice.
        """
        found = self._cached(method, path) if len(path) <= CACHED_LENGTH else None
        if found is None or number != len(headers) or not _ODD.isdisjoint(headers):
            return None
        return found if not found[2] or self._accepted(headers.get(self._header, b"")) else None

    def _accepted(self, value: bytes) -> bool:
        return len(value) <= CACHED_LENGTH and self._accepts(value)

    async def reply(self, found: Found, path: str, scope: Scope, receive: Receive) -> Reply | None:
        """The answer; None where the client left before its body was read. path: as the client wrote it."""
        scope[ORIGINAL_PATH] = path
        scope["path_params"] = found[1]
        try:
            return await found[0].reply(scope, receive)
        except Exception:
            log.exception("a call could not be answered")
            return FAILED

    def _find(self, method: str, path: str) -> Found | None:
        if self._closed(path):
            return None
        for alias, real in self._aliases:
            if path.startswith(alias):
                path = real + path[len(alias) :]
        for template, values, methods in self._shapes:
            found = template.values(path)
            if found is None:
                continue
            compiled, keyed = methods.get(method, (None, False))
            if compiled is None:
                return None
            return compiled, {name: values[name].read(text) for name, text in found.items()}, keyed
        return None


def _demanded(stages: Iterable[ASGIApp], *, keyed: bool) -> dict[str, bool]:
    """Whether each operation demands a key, by operationId; those that demand anything else are left out."""
    found = {}
    for stage in stages:
        if not isinstance(stage, SecurityMiddleware):
            continue
        for apis in stage.apis.values():
            for api in apis:
                for id, operation in api.operations.items():
                    kinds = [
                        [operation.security_schemes[name]["type"] for name in demand]
                        for demand in operation.security or ()
                    ]
                    if not kinds:
                        found[str(id)] = False
                    elif keyed and all(kind in (["apiKey"], ["http"]) for kind in kinds):
                        found[str(id)] = True
    return found
