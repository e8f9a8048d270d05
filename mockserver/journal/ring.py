"""The journal of a session: its last calls, kept cheaply and described only when somebody asks.

Owns: the ring of calls (limited by number and bytes), the fingerprint that stands for a token.
Knows nothing of: the contract; what a call means and which rules it broke is worked out by readers (calls.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from cancelkit.mockserver.settings import JOURNAL

BYTES = 8 * 1024 * 1024
BODY = 16 * 1024
OVERHEAD = 400
"""What a call weighs besides its texts, roughly, in bytes."""


class Entry(NamedTuple):
    """One call as it was, unread.

    at: seconds since 1970, real time whatever the session's clock says. seconds: how long the answer took.
    key: fingerprint of the token, or None; bare: whether it was sent without the word that must precede it.
    request, response: the bodies, cut to BODY bytes; request_size, response_size: their whole length.
    judged: the violations that whoever kept the call has found already; None where readers are to work them out.
    note: what else there is to say of it, a sentence; None for nearly all. trace: the traceparent that came with it.
    upstream: scheme, host and port of the real server that it was sent on to; None where it was answered here.
    """

    seq: int
    at: float
    method: str
    path: str
    query: bytes
    status: int
    seconds: float
    key: str | None
    bare: bool
    content_type: bytes | None
    request: bytes
    request_size: int
    response: bytes
    response_size: int
    fault: str | None
    judged: tuple[Any, ...] | None = None
    note: str | None = None
    trace: str | None = None
    upstream: str | None = None

    @property
    def truncated(self) -> bool:
        return self.request_size > len(self.request) or self.response_size > len(self.response)


_REQUEST, _RESPONSE = Entry._fields.index("request"), Entry._fields.index("response")


def fingerprint(token: bytes) -> str:
    """Return a short mark that tells tokens apart and from which none can be read."""
    return sha256(b"cancelkit journal\0" + token).hexdigest()[:8]


class Journal:
    """The last calls, oldest first.

    calls: at most this many are kept; 0 keeps none. total: at most this many bytes, all bodies together.
    last: number of the newest call. judged: up to which one violations were counted for the server's totals.
    """

    __slots__ = ("_calls", "_ring", "_total", "judged", "last", "weight")

    def __init__(self, calls: int = JOURNAL, total: int = BYTES) -> None:
        self._ring: deque[tuple[Any, ...]] = deque()
        self._calls = calls
        self._total = total
        self.last = 0
        self.judged = 0
        self.weight = 0

    def add(self, facts: tuple[Any, ...], weight: int) -> int:
        """Keep a call: the facts of Entry without its seq, and how long its kept bodies are. Returns the seq."""
        self.last = seq = self.last + 1
        self._ring.append((seq, *facts))
        self.weight += OVERHEAD + weight
        if len(self._ring) > self._calls or self.weight > self._total:
            self._drop()
        return seq

    def _drop(self) -> None:
        while self._ring and (len(self._ring) > self._calls or self.weight > self._total):
            oldest = self._ring.popleft()
            self.weight -= OVERHEAD + len(oldest[_REQUEST]) + len(oldest[_RESPONSE])

    def __len__(self) -> int:
        return len(self._ring)

    def __iter__(self) -> Iterator[Entry]:
        return (Entry(*facts) for facts in tuple(self._ring))

    def since(self, seq: int) -> list[Entry]:
        """The calls after number `seq`, oldest first; cheap when they are few."""
        found: list[Entry] = []
        for facts in reversed(self._ring):
            if facts[0] <= seq:
                break
            found.append(Entry(*facts))
        found.reverse()
        return found

    def clear(self) -> None:
        """Forget the calls; numbering goes on."""
        self._ring.clear()
        self.weight = 0
