"""The real server's key, lent to those who show one of ours.

Owns: the check of the client's key, and putting the real one in its place. It is written nowhere else.
Knows nothing of: how calls are sent.

Without such a key the client's own is sent on as it came, and the real server alone judges it.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.types import Scope

from cancelkit.mockserver.api.bodies import header
from cancelkit.mockserver.api.refusing import fitting
from cancelkit.mockserver.api.security import refusing
from cancelkit.mockserver.proxy.wire import Pairs
from cancelkit.mockserver.replies import Reply
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import Contract, SpecError


class Lending:
    """key: the real server's. tokens: those that it is lent to."""

    def __init__(self, contract: Contract, key: str, tokens: Sequence[str]) -> None:
        """
        Raises:
            SpecError: the contract has no key, or anybody would get this one.
        """
        if contract.api_key is None:
            raise SpecError("--upstream-token", "the contract names no header for a key")
        if not tokens:
            raise SpecError("--upstream-token", "whoever calls would use this key: say with --token who may")
        kind = contract.api_key
        self._name = kind.header.lower().encode()
        self._value = (f"{kind.prefix} {key}" if kind.prefix else key).encode()
        self._refuses = refusing(contract, Settings(tokens=tuple(tokens)))
        self._fit = fitting(*(operation for operation in contract.operations.values() if operation.secured))

    def refusal(self, scope: Scope) -> Reply | None:
        """The 401 for a client without a key of ours."""
        refused = self._refuses(header(scope, self._name))
        return self._fit(refused.reply) if refused else None

    def lent(self, headers: Pairs) -> Pairs:
        """The headers with the real key in place of the client's."""
        return [*(pair for pair in headers if pair[0] != self._name), (self._name, self._value)]
