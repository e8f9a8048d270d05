"""How a call names its session: by a path prefix, a header or a cookie.

Owns: these three, and which goes first. A load balancer that is to send a session's calls to one server reads the same.
Knows nothing of: sessions. Source: docs/workbench.md, "Sessions".
"""

from __future__ import annotations

from collections.abc import Mapping

HEADER = b"x-mock-session"
COOKIE = b"mock_session="
PREFIX = "/s/"


def named(path: str, headers: Mapping[bytes, bytes]) -> tuple[str | None, str | None]:
    """Return the name, None where there is none, and what the path is behind a prefix, None where it has none."""
    if path.startswith(PREFIX):
        name, slash, rest = path[len(PREFIX) :].partition("/")
        return name, slash + rest
    value = headers.get(HEADER)
    if value is None and b"cookie" in headers:
        value = _cookie(headers[b"cookie"])
    return value.decode("latin-1") if value else None, None


def _cookie(header: bytes) -> bytes | None:
    for part in header.split(b";"):
        part = part.strip()
        if part.startswith(COOKIE):
            return part[len(COOKIE) :].strip(b'"')
    return None
