"""The next and previous of a page: absolute, with everything else of the query kept.

Owns: making these URLs from the call as it came in.
Knows nothing of: how rows are found.
Source: contract, "page envelope".
"""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.types import Scope

from cancelkit.mockserver.api.bodies import header

PREFIX_KEY = "mock.prefix"
"""The key of the scope under which stands what precedes the path in links: a proxy's sub-path, a session's prefix."""
_HALF_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
HOST = re.compile(rb"[A-Za-z0-9.\-_]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


def origin(scope: Scope) -> str:
    """Scheme and host as the client named them, or the server's own where it named none that can be one."""
    host = header(scope, b"host")
    if HOST.fullmatch(host):
        return f"{scope.get('scheme', 'http')}://{host.decode()}"
    address, port = scope.get("server") or ("localhost", 80)
    if port is None:  # a Unix socket
        return f"{scope.get('scheme', 'http')}://localhost"
    return f"{scope.get('scheme', 'http')}://{f'[{address}]' if ':' in address else address}:{port}"


def page_url(scope: Scope, path: str, parameter: str, page: int | None) -> str:
    """The URL of another page of the list at `path`, as the client wrote it. page: None to name none."""
    kept = [
        quote(_HALF_ESCAPE.sub(b"%25", pair), safe="%=+,:@!$'()*;/?-._~")
        for pair in scope["query_string"].split(b"&")
        if pair and pair.partition(b"=")[0] != parameter.encode()
    ]
    query = "&".join(kept if page is None else [*kept, f"{parameter}={page}"])
    return f"{origin(scope)}{quote(path, safe='/')}{'?' if query else ''}{query}"
