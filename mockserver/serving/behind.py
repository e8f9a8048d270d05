"""A mock behind a proxy: calls as their client made them.

Owns: what a trusted proxy tells put into the call (client, scheme, Host), and the path under which the proxy shows the
    mock: taken off the call's path where the proxy left it there, and kept for links.
Knows nothing of: reading headers (forwarded.py), links.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from cancelkit.mockserver.api.links import HOST, PREFIX_KEY
from cancelkit.mockserver.api.recognition import aliases
from cancelkit.mockserver.replies import Reply
from cancelkit.mockserver.serving.forwarded import SEGMENTS, Trusted, told
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import Contract, SpecError

PEER = "cancelkit.peer"
"""The key of the scope under which stands who is connected, where a trusted proxy has told of another client."""
SCHEMES = frozenset({"http", "https"})


def behind(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application as it is to be served; itself where there is no proxy to think of."""
    return Behind(app, settings.root_path, settings.trusted_proxies) if settings.proxied else app


def check_root(root: str, contract: Contract) -> None:
    """Raises SpecError: a path of the contract begins like the root path, so that nobody could tell the two apart."""
    for path in (*(operation.path for operation in contract.operations.values()), *aliases(contract)):
        if root and f"{path}/".startswith(f"{root}/"):
            raise SpecError(f"paths/{path}", f"begins with the root path {root}: choose another --root-path")


class Behind:
    """root: such as "/mock", or ""."""

    def __init__(self, app: ASGIApp, root: str, trusted: tuple[str, ...]) -> None:
        self._app = app
        self._root = root
        self._trusted = Trusted(trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            prefix = self._told(scope) or self._root
            path: str = scope["path"]
            if self._root and path == self._root:
                await Reply(307, b"", ((b"location", f"{prefix}/".encode()),)).send(send)
                return
            if self._root and path.startswith(f"{self._root}/"):
                scope["path"] = path[len(self._root) :]
                scope["raw_path"] = scope.get("raw_path", path.encode())[len(self._root) :]
            if prefix:
                scope[PREFIX_KEY] = prefix
        await self._app(scope, receive, send)

    def _told(self, scope: Scope) -> str | None:
        """Put what a trusted proxy tells into the call. Returns the prefix that it tells."""
        sender = scope.get("client")
        if (sender[0] if sender else None) not in self._trusted:
            return None
        client, scheme, host, prefix = told(scope["headers"], self._trusted)
        if client:
            scope[PEER] = sender
            scope["client"] = (client, 0)
        if scheme in SCHEMES:
            scope["scheme"] = scheme
        if host and HOST.fullmatch(name := host.encode("latin-1")):
            scope["headers"] = [*(pair for pair in scope["headers"] if pair[0] != b"host"), (b"host", name)]
        prefix = (prefix or "").rstrip("/")
        return prefix if SEGMENTS.fullmatch(prefix) else None
