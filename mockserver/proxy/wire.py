"""What a proxy changes of a call and of its answer: what HTTP says that it must, and nothing else.

Owns: hop-by-hop headers, forwarding headers, Via, the request's target, the encodings that upstream is offered.
Source: RFC 9110, 7.6 "Message Forwarding"; RFC 9112, 9.6.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from starlette.types import Scope

from cancelkit.mockserver.api.links import PREFIX_KEY
from cancelkit.mockserver.serving.behind import PEER
from cancelkit.traffic.encodings import readable

Header = tuple[bytes, bytes]
Pairs = list[Header]

HOP: Final = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding "
    b"upgrade expect".split()
)
"""Headers that concern one connection only; `expect` has been answered by the time that a body is here."""
LENGTHLESS: Final = frozenset({204, 304})
"""Statuses of answers without a body. A 304 may say how long the body would be; servers refuse to send that."""


def path(scope: Scope) -> str:
    """The path of a request as it was sent."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.decode("latin-1")


def target(scope: Scope, base: str) -> bytes:
    """The request's target as it was sent: path and query, byte for byte, below the upstream's own path."""
    query = scope["query_string"]
    whole = base.encode() + path(scope).encode("latin-1") + (b"?" + query if query else b"")
    return re.sub(rb"[^\x21-\x7e]", lambda byte: b"%%%02X" % byte[0][0], whole)


def onward(scope: Scope, *, host: bytes, keep_host: bool, via: bytes, ours: bool) -> Pairs:
    """The headers of a request as upstream is to see them.

    Args:
        host: of the upstream. via: this proxy's name.
        ours: the answer is to be judged, so only encodings are offered that can be read here.
    """
    given: Pairs = [(bytes(name).lower(), value) for name, value in scope["headers"]]
    gone = HOP | _named(given)
    kept = [(name, value) for name, value in given if name not in gone and name not in (b"host", b"via")]
    if ours:
        kept = [(n, _readable(v)) if n == b"accept-encoding" else (n, v) for n, v in kept]
    known = dict(given)
    peer = scope.get(PEER, scope.get("client"))
    client = peer[0].encode() if peer else b"unknown"
    before = known.get(b"x-forwarded-for")
    kept = [pair for pair in kept if pair[0] != b"x-forwarded-for"]
    kept.append((b"x-forwarded-for", b"%b, %b" % (before, client) if before else client))
    if b"x-forwarded-host" not in known and b"host" in known:
        kept.append((b"x-forwarded-host", known[b"host"]))
    if b"x-forwarded-proto" not in known:
        kept.append((b"x-forwarded-proto", scope.get("scheme", "http").encode()))
    if prefix := scope.get(PREFIX_KEY):
        kept = [*(pair for pair in kept if pair[0] != b"x-forwarded-prefix"), (b"x-forwarded-prefix", prefix.encode())]
    kept.append((b"via", b", ".join([*(v for n, v in given if n == b"via"), b"1.1 " + via])))
    return [(b"host", known.get(b"host", host) if keep_host else host), *kept]


def backward(headers: Iterable[Header], status: int) -> Pairs:
    """The headers of an answer as the client is to see them."""
    given = [(name.lower(), value) for name, value in headers]
    gone = HOP | _named(given) | ({b"content-length"} if status in LENGTHLESS else set())
    return [(name, value) for name, value in given if name not in gone]


def went_through(scope: Scope, via: bytes) -> bool:
    """Whether a request has passed this very proxy before: it would go round for ever."""
    return any(name == b"via" and via in value for name, value in scope["headers"])


def has_body(scope: Scope) -> bool:
    known = dict(scope["headers"])
    return known.get(b"content-length", b"0").strip() not in (b"", b"0") or b"transfer-encoding" in known


def texts(headers: Iterable[Header]) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)


def _named(headers: Pairs) -> set[bytes]:
    """The headers that Connection names."""
    return {
        part.strip().lower() for name, value in headers if name == b"connection" for part in value.split(b",") if part
    }


def _readable(value: bytes) -> bytes:
    """Accept-Encoding without what can't be read here."""
    offered = [part.strip() for part in value.decode("latin-1").split(",")]
    kept = [part for part in offered if part.partition(";")[0].strip().lower() in readable()]
    return ", ".join(kept).encode("latin-1") or b"identity"
