"""Who may call: the API key of the contract, checked by Connexion's security stage.

Owns: reading the Authorization header, the keys that are known, the 401s.
Knows nothing of: operations, state. Never writes a key anywhere.
Source: spec/openapi.yaml, securitySchemes; contract, "Security".
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from cancelkit.mockserver.api.bodies import header
from cancelkit.mockserver.api.framework import AbstractSecurityHandler
from cancelkit.mockserver.replies import unauthorized
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import ApiKey

Check = Callable[[Any], dict[str, Any]]


def key_of(value: bytes, prefix: str | None) -> bytes | None:
    """The key in an Authorization header: after the prefix (any case) or bare; None where there is none."""
    words = value.split()
    if len(words) == 2 and prefix and words[0].lower() == prefix.lower().encode():
        return words[1]
    if len(words) == 1 and words[0].lower() != (prefix or "").lower().encode():
        return words[0]
    return None


def handler(api_key: ApiKey, settings: Settings) -> type[AbstractSecurityHandler]:
    """The class that Connexion's `security_map` wants for the scheme `apiKey`."""
    name = api_key.header.lower().encode()
    known, unknown = tuple(token.encode() for token in settings.tokens), api_key.unknown.encode()

    def check(request: Any) -> dict[str, Any]:
        value = header(request.scope, name)
        if not value:
            raise unauthorized("Authentication credentials were not provided.", "not_authenticated")
        key = key_of(value, api_key.prefix)
        if key in (None, unknown) or (known and not any(hmac.compare_digest(key, token) for token in known)):
            raise unauthorized("Invalid token.", "authentication_failed")
        return {"active": True}

    class ApiKeyHandler(AbstractSecurityHandler):
        def get_fn(self, security_scheme: dict[str, Any], required_scopes: list[str]) -> Check:
            return check

    return ApiKeyHandler
