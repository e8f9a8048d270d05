"""Calls that never reached the application: refused by the protocol parser, or broken off in their head.

Owns: what is known of one, with no key in it; the keys of a scope under which the protocol leaves notes on a call.
Knows nothing of: sockets, journals.
"""

from __future__ import annotations

import re
from time import time
from typing import NamedTuple, Self
from urllib.parse import unquote_to_bytes

from starlette.types import Scope

from cancelkit.mockserver.journal.masking import masked_query

RAW_TARGET = "cancelkit.raw_target"
"""Marks a call whose target held bytes that the client should have percent-encoded."""
REFUSED = "cancelkit.refused"
"""The status of the answer that the protocol has given to a call while its body was read: it broke HTTP."""
JOURNALLED = "cancelkit.journalled"
"""Marks a call that whoever answers it keeps in the journal."""
CLIENT_LEFT = "client left"
MALFORMED = "malformed request"
RAW_NOTE = "the request line held raw bytes beyond ASCII; read as if they were percent-encoded"
KEPT = 2048
"""Bytes of a request that are looked at for what it was."""
_LINE = re.compile(rb"[\r\n]*([A-Za-z]{1,20}) +(/\S*)([^\r\n]*)")
_VERSION = re.compile(rb"( +HTTP/[\d.]+)?")
_TLS = b"\x16\x03"
_PREFACE = b"PRI * HTTP/2.0"


class Lost(NamedTuple):
    """A request that was no call. method, path: "?" where they can't be read; at: seconds since 1970; status: 0 where
    there was no answer; fault, note: as in the journal."""

    at: float
    method: str
    path: str
    query: bytes
    status: int
    fault: str
    note: str | None

    @classmethod
    def of(cls, method: bytes, target: bytes, begun: bytes, status: int, fault: str) -> Self:
        """
        Args:
            method, target: as the parser has read them; empty where it could not. begun: what was received first: only
                its request line is looked at, for the lines behind it may hold a key.
        """
        found, note = _LINE.match(begun), None
        if not method:
            method, target = (found[1], found[2]) if found else (b"?", b"?")
        if found and not _VERSION.fullmatch(found[3]):
            note = "the request line holds a space that should be percent-encoded"
        elif begun.startswith(_TLS):
            note = "a TLS handshake: the client was given an https:// address, and this is http://"
        elif begun.startswith(_PREFACE):
            note = "HTTP/2 without asking first; this server speaks HTTP/1.1"
        path, _, query = target[:KEPT].partition(b"?") if target != b"?" else (target, b"", b"")
        shown = unquote_to_bytes(path).decode("utf-8", "replace")
        return cls(time(), method.decode("ascii"), shown, masked_query(query), status, fault, note)


def noted(scope: Scope) -> str | None:
    """What the journal is to say of a call besides its facts."""
    return RAW_NOTE if RAW_TARGET in scope else None
