"""One recorded request with its answer, and what may be found wrong with it, as plain data.

Owns: Exchange, Finding, Judgement.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Literal
from urllib.parse import urlsplit

from cancelkit.spec import Level

Side = Literal["client", "server"]
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What went over the wire, decompressed.

    url: absolute, or path and query. A body is None where it is not known, b"" where there was none.
    status: 0 where no answer came. started: seconds since 1970, 0 where that is not known; seconds: how long the answer
    took.
    Headers that are empty were not recorded. secrets: whether keys and cookies would be in the headers if they had been
    sent; many recordings leave them out.
    cached: the answer came from a cache of the client's, so it says nothing of the server and is not judged.
    realm: whose records the ids name, such as a host: the same id in another realm is another record. None where
    records change unseen, so that nothing is held against later exchanges.
    """

    method: str
    url: str
    request_headers: Headers = ()
    request_body: bytes | None = b""
    status: int = 0
    response_headers: Headers = ()
    response_body: bytes | None = b""
    started: float = 0.0
    seconds: float = 0.0
    secrets: bool = True
    cached: bool = False
    realm: str | None = ""

    def sent(self, name: str) -> str | None:
        """The value of a request header, whatever its case."""
        return _header(self.request_headers, name)

    def got(self, name: str) -> str | None:
        """The value of a response header, whatever its case."""
        return _header(self.response_headers, name)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def ended(self) -> float:
        """When the answer was whole; never, where it is not known when the call began: nothing is later than that."""
        return self.started + self.seconds if self.started else inf

    @property
    def answered(self) -> bool:
        """Whether the server's own answer is known."""
        return self.status >= 200 and not self.cached

    @property
    def left(self) -> bool:
        """Whether the answer sends the client on to another scheme or host, such as to log in."""
        if not 300 <= self.status < 400:
            return False
        try:
            there, here = (urlsplit(url) for url in (self.got("location") or "", self.url))
        except ValueError:
            return False
        return bool(there.netloc) and (there.scheme or here.scheme, there.netloc) != (here.scheme, here.netloc)


def _header(headers: Headers, name: str) -> str | None:
    return next((value for known, value in headers if known.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Finding:
    """One way in which one side broke the contract.

    code: one of codes.CODES. place: where, such as "query.status" or "response.results.0.id".
    level: how sure the contract is of what was broken. operation: its id, None where the call is none.
    """

    side: Side
    code: str
    message: str
    place: str
    level: Level
    operation: str | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of one exchange.

    operation: the id of the one that was meant, if any. exercised: the codes that it had a chance to break.
    """

    operation: str | None
    findings: tuple[Finding, ...]
    exercised: frozenset[str] = frozenset()

    def of(self, side: Side) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.side == side)
