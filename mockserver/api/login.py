"""The login that the platform's own client calls before anything else; not part of the contract.

Owns: POST to the path that x-login names; without it there is no login.
Knows nothing of: operations, state. Takes any username and password: a mock has no accounts.
Source: omnisdk 0.0.103 posts {"username", "password"} and reads {"key"}.
"""

from __future__ import annotations

import orjson
from starlette.types import Receive, Scope, Send

from cancelkit.mockserver.api import bodies
from cancelkit.mockserver.api.links import PREFIX_KEY
from cancelkit.mockserver.problem import Problem
from cancelkit.mockserver.replies import ApiError, Reply, error, invalid, json_reply, malformed, wrong_slash
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import Contract, SpecError

_FIELDS = ("username", "password")


class Login:
    """Answers a login with a key that this mock knows."""

    def __init__(self, path: str, settings: Settings) -> None:
        self.path = path
        self._settings = settings

    @classmethod
    def of(cls, contract: Contract, settings: Settings) -> Login | None:
        """The login that the contract names in x-login; None where it names none.

        Raises:
            SpecError: it is no path.
        """
        path = contract.document.get("x-login")
        if path is None:
            return None
        if not isinstance(path, str) or not path.startswith("/"):
            raise SpecError("x-login", "must be the path that a login is posted to")
        return cls(path, settings)

    def answers(self, path: str) -> bool:
        """Whether it is the login's path, or that with a wrong final slash."""
        return path.rstrip("/") == self.path.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            reply = await self._reply(scope, receive)
        except ApiError as refused:
            reply = refused.reply
        except bodies.ClientGone:
            return
        await reply.send(send)

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        if scope["path"] != self.path:
            raise wrong_slash(scope.get(PREFIX_KEY, "") + self.path)
        if scope["method"] != "POST":
            raise error(405, f'Method "{scope["method"][:40]}" not allowed.', "method_not_allowed", {"Allow": "POST"})
        content = await bodies.read(scope, receive, self._settings.max_body)
        try:
            body = orjson.loads(content)
        except orjson.JSONDecodeError as problem:
            raise malformed(f"JSON parse error - {problem}") from None
        missing = [name for name in _FIELDS if not isinstance(body, dict) or not body.get(name)]
        if missing:
            raise invalid([Problem(name, "This field is required.", "required") for name in missing])
        return json_reply(200, {"key": self._settings.example_token})
