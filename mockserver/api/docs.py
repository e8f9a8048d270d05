"""The contract, served: as JSON, as YAML, and as a page to try it out, all offline.

Owns: /openapi.json, /openapi.yaml, /docs.
Knows nothing of: operations. Swagger UI's own files come from the package swagger_ui_bundle.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from cancelkit.mockserver.api.links import PREFIX_KEY, origin
from cancelkit.mockserver.replies import Header, Reply, error
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import Contract

_TYPES = {
    "js": b"text/javascript; charset=utf-8",
    "css": b"text/css; charset=utf-8",
    "html": b"text/html; charset=utf-8",
}
_ASSETS = frozenset({"swagger-ui.css", "swagger-ui-bundle.js"})
_POLICY = b"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="swagger-ui.css"></head>
<body><div id="page"></div><script src="swagger-ui-bundle.js"></script><script src="start.js"></script></body></html>
"""
_START = """window.onload = () => {{
  const page = SwaggerUIBundle({{
    url: "../openapi.json", dom_id: "#page", deepLinking: true, persistAuthorization: false, validatorUrl: null,
    onComplete: () => {{ const key = {key}; if (key) page.preauthorizeApiKey("apiKey", key); }},
  }});
}};
"""


class Docs:
    """Answers the paths of the contract's own pages; `find` says whether a path is one of them."""

    def __init__(self, contract: Contract, settings: Settings) -> None:
        self._document = contract.document
        self._prefix = contract.api_key.prefix if contract.api_key else None
        self._settings = settings
        self._written: dict[tuple[str, str], bytes] = {}

    def find(self, path: str) -> Callable[[Scope], Reply] | None:
        if path in ("/openapi.json", "/openapi.yaml"):
            return self._contract
        if path == "/docs":
            return lambda scope: Reply(307, b"", ((b"location", b"docs/"),))
        if path.startswith("/docs/"):
            return self._page
        if path == "/":
            return lambda scope: Reply(307, b"", ((b"location", b"docs/"),))
        return None

    def _contract(self, scope: Scope) -> Reply:
        kind = "yaml" if scope["path"].endswith("yaml") else "json"
        server = origin(scope) + scope.get(PREFIX_KEY, "")
        if (kind, server) not in self._written:
            if len(self._written) > 8:
                self._written.clear()
            self._written[kind, server] = _written({**self._document, "servers": [{"url": server}]}, kind)
        return Reply(200, self._written[kind, server], ((b"content-type", b"application/" + kind.encode()),))

    def _page(self, scope: Scope) -> Reply:
        name = scope["path"].removeprefix("/docs/")
        if name == "":
            title = html.escape(str(self._document.get("info", {}).get("title", "")))
            return _file("html", _PAGE.format(title=title).encode())
        if name == "start.js":
            return _file("js", _START.format(key=self._key()).encode())
        if name in _ASSETS:
            from swagger_ui_bundle import swagger_ui_path

            return _file(name.rpartition(".")[2], (swagger_ui_path / name).read_bytes())
        return error(404, "Not found.", "not_found").reply

    def _key(self) -> str:
        """The key to fill in, as a JavaScript text; none where others than this machine could read it."""
        if not self._settings.loopback and self._settings.tokens:
            return "null"
        word = f"{self._prefix} " if self._prefix else ""
        return orjson.dumps(word + self._settings.example_token).decode().replace("<", "\\u003c")


class DocsApp:
    """Serves Docs as an ASGI app."""

    def __init__(self, reply: Callable[[Scope], Reply]) -> None:
        self._reply = reply

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            refusal = error(405, "This page is only read.", "method_not_allowed", {"Allow": "GET, HEAD"})
            await refusal.reply.send(send)
            return
        await self._reply(scope).send(send)


def _written(document: Any, kind: str) -> bytes:
    if kind == "json":
        return orjson.dumps(document)
    import yaml

    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True).encode()


def _file(kind: str, content: bytes) -> Reply:
    headers: tuple[Header, ...] = ((b"content-type", _TYPES[kind]), (b"content-security-policy", _POLICY))
    return Reply(200, content, headers)
