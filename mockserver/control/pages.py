"""/_mock/ and /_mock/assets/: the dashboard's files.

Owns: serving them, with headers that keep foreign content and frames out.
Knows nothing of: what is in them (mockserver/dashboard/).
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cancelkit.mockserver.control.answers import Refusal
from cancelkit.mockserver.control.room import Room

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


def _file(name: str) -> bytes | None:
    try:
        return files("cancelkit.mockserver.dashboard").joinpath(name).read_bytes()
    except (FileNotFoundError, ModuleNotFoundError, IsADirectoryError):
        return None


def _serve(name: str) -> Response:
    kind = TYPES.get(PurePosixPath(name).suffix)
    content = _file(name) if kind and "/" not in name and "\\" not in name and not name.startswith(".") else None
    if content is None:
        raise Refusal(404, f"there is no {name}", "not_found")
    return Response(content, media_type=None, headers={**HEADERS, "content-type": kind or ""})


async def page(room: Room, request: Request) -> Response:
    return _serve("index.html")


async def asset(room: Room, request: Request) -> Response:
    return _serve(request.path_params["name"])


async def to_page(room: Room, request: Request) -> Response:
    query = request.url.query
    return RedirectResponse(f"_mock/{'?' + query if query else ''}", 308)
