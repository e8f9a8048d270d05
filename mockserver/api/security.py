"""Who may call: the API key of the contract, checked by Connexion's security stage.

Owns: reading the key's header, the keys that are known, the 401s.
Knows nothing of: operations, state. Never writes a key anywhere.
Source: the contract's securitySchemes, x-prefix and x-unknown-key.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from cancelkit.mockserver.api.bodies import header
from cancelkit.mockserver.api.framework import AbstractSecurityHandler
from cancelkit.mockserver.replies import ApiError, error
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import Contract, SpecError

Check = Callable[[Any], dict[str, Any]]
Refuses = Callable[[bytes], ApiError | None]


def key_of(value: bytes, prefix: str | None, *, bare: bool = True) -> bytes | None:
    """The key in its header: after the prefix (any case), or alone where that is allowed; None where there is none."""
    words = value.split()
    if len(words) == 2 and prefix and words[0].lower() == prefix.lower().encode():
        return words[1]
    if len(words) == 1 and (bare or not prefix) and words[0].lower() != (prefix or "").lower().encode():
        return words[0]
    return None


def refusing(contract: Contract, settings: Settings) -> Refuses:
    """The check of the key's header, empty where it was not sent: the refusal, or None for a good key.

    Raises:
        SpecError: the contract has no key.
    """
    api_key = contract.api_key
    if api_key is None:
        raise SpecError("components/securitySchemes", "the contract has no key")
    status = 403 if contract.chosen("missing-key") == "forbidden" else 401
    challenged = contract.chosen("key-challenge") == "sent"
    bare = contract.chosen("bare-key")
    word = api_key.prefix or "ApiKey"
    known, unknown = tuple(token.encode() for token in settings.tokens), api_key.unknown.encode()

    def refusal(detail: str, code: str) -> ApiError:
        return error(status, detail, code, {"WWW-Authenticate": word} if challenged else None)

    def refuses(value: bytes) -> ApiError | None:
        key = key_of(value, api_key.prefix, bare=bare == "accepted")
        alone = key is None and key_of(value, api_key.prefix) is not None
        if not value or (alone and bare == "no-key"):
            return refusal("Authentication credentials were not provided.", "not_authenticated")
        if alone:
            return refusal("Invalid token header.", "authentication_failed")
        if key in (None, unknown) or (known and not any(hmac.compare_digest(key, token) for token in known)):
            return refusal("Invalid token.", "authentication_failed")
        return None

    return refuses


def security(contract: Contract, settings: Settings) -> dict[str, type[AbstractSecurityHandler]]:
    """What Connexion's `security_map` wants: a handler for each kind of scheme that a contract may have."""
    if contract.api_key is None:
        return {}
    name, refuses = contract.api_key.header.lower().encode(), refusing(contract, settings)

    def check(request: Any) -> dict[str, Any]:
        if refusal := refuses(header(request.scope, name)):
            raise refusal
        return {"active": True}

    class ApiKeyHandler(AbstractSecurityHandler):
        def get_fn(self, security_scheme: dict[str, Any], required_scopes: list[str]) -> Check:
            return check

    return {"apiKey": ApiKeyHandler, "bearer": ApiKeyHandler}
