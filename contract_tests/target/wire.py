"""One request out, one answer in, over connections that are kept.

Owns: the short way for a well-formed request to a plain http:// address, which is most of a run on this machine;
all others (TLS, proxies, odd methods, URLs and headers) go through httpx, whose errors both ways raise.
Knows nothing of: contracts, what is sent again, what an answer means.
"""

from __future__ import annotations

import re
import select
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from threading import Lock
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import httpx

from cancelkit.contract_tests.errors import Cause, CouldNotRun

METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
BODIES: Final = frozenset({"POST", "PUT", "PATCH"})
IDLE: Final = 2.0
"""Seconds after which a kept connection is not used again, as a server may be closing it."""
_TARGET: Final = re.compile(r"/(?!.*/\.)(?:[A-Za-z0-9/_.~:@,=&?+;!$*-]|%[0-9A-F]{2})*")
_NAME: Final = re.compile(r"[A-Za-z0-9-]+")
_VALUE: Final = re.compile(r"(?:[!-~](?:[ -~]*[!-~])?)?")
_ITS_OWN: Final = frozenset({"host", "connection", "content-length", "transfer-encoding", "expect", "upgrade", "te"})

Headers = Sequence[tuple[str, str]]


class Reply(NamedTuple):
    """What came back; names of headers in lower case, those that came twice joined by commas; the body decoded."""

    status: int
    headers: dict[str, str]
    content: bytes


class Wire:
    """Thread-safe: each request under way has a connection to itself. headers: sent with every request."""

    def __init__(
        self,
        origin: str,
        *,
        headers: Headers,
        timeout: float,
        verify: Any = True,
        proxy: str | None = None,
        transport: httpx.BaseTransport | None = None,
        kept: int = 16,
    ) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=kept, keepalive_expiry=IDLE)
        usual = [(name.encode("ascii"), value.encode()) for name, value in headers]
        self._client = httpx.Client(
            timeout=timeout,
            verify=verify,
            proxy=proxy,
            trust_env=False,
            transport=transport,
            limits=limits,
            headers=usual,
        )
        parts = urlsplit(origin)
        self._origin = origin
        self._address = parts.hostname or "", parts.port or 80
        self._usual = {name.lower().decode(): text.decode() for name, text in self._client.headers.raw}
        self._usual["host"] = parts.netloc
        self._timeout = timeout
        short = transport is None and proxy is None and parts.scheme == "http"
        self._short = short and _usable(headers) and _plain(self._usual.items())
        self._idle: list[tuple[float, HTTPConnection]] = []
        self._lock = Lock()

    def close(self) -> None:
        """Close every connection."""
        self._client.close()
        with self._lock:
            while self._idle:
                self._idle.pop()[1].close()

    def request(self, method: str, url: str, headers: Headers, data: bytes | None) -> Reply:
        """Send a request and read the answer.

        Raises:
            httpx.TransportError: no answer came. ValueError, httpx.InvalidURL: the request can't be sent.
        """
        target = url.removeprefix(self._origin) or "/"
        if (
            self._short
            and method in METHODS
            and url.startswith(self._origin)
            and _TARGET.fullmatch(target)
            and _usable(headers)
        ):
            return self._directly(method, target, headers, data)
        encoded = [(name.encode("ascii"), value.encode("utf-8")) for name, value in headers]
        response = self._client.request(method, url, headers=encoded, content=data)
        return Reply(response.status_code, _joined(response.headers.multi_items()), response.content)

    def _directly(self, method: str, target: str, headers: Headers, data: bytes | None) -> Reply:
        connection = self._connection()
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in (self._usual | {name.lower(): value for name, value in headers}).items():
                connection.putheader(name, value)
            if data is not None or method in BODIES:
                connection.putheader("content-length", str(len(data or b"")))
            connection.endheaders(data)
            response = connection.getresponse()
            reply = Reply(response.status, _joined(map(_decoded, response.getheaders())), response.read())
        except TimeoutError as error:
            connection.close()
            raise httpx.ReadTimeout("timed out") from error
        except HTTPException as error:
            connection.close()
            raise httpx.RemoteProtocolError(str(error) or type(error).__name__) from error
        except OSError as error:
            connection.close()
            raise httpx.ReadError(str(error)) from error
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            with self._lock:
                self._idle.append((time.monotonic(), connection))
        if "content-encoding" in reply.headers:
            decoded = httpx.Response(200, headers=reply.headers, content=reply.content)
            return reply._replace(content=decoded.content)
        return reply

    def _connection(self) -> HTTPConnection:
        """A kept connection that the server has not closed, the one used last first; else a new one."""
        while True:
            with self._lock:
                if not self._idle:
                    break
                since, connection = self._idle.pop()
            if time.monotonic() - since < IDLE and not _readable(connection.sock):
                return connection
            connection.close()
        connection = HTTPConnection(*self._address, timeout=self._timeout)
        try:
            connection.connect()
        except TimeoutError as error:
            raise httpx.ConnectTimeout("timed out") from error
        except OSError as error:
            raise httpx.ConnectError(str(error)) from error
        return connection


def _readable(sock: Any) -> bool:
    """Whether something came unasked: the server closed the connection, or sent what belongs to no request."""
    if not hasattr(select, "poll"):
        return bool(select.select([sock], [], [], 0)[0])
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _usable(headers: Headers) -> bool:
    """Whether headers to be sent need no thought: plain ones, and none about the message itself."""
    return _plain(headers) and _ITS_OWN.isdisjoint(name.lower() for name, _ in headers)


def _plain(headers: Iterable[tuple[str, str]]) -> bool:
    """Whether names and values are letters, and visible ASCII without spaces around it."""
    return all(_NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in headers)


def _decoded(header: tuple[str, str]) -> tuple[str, str]:
    """A header whose value is UTF-8, or else ISO 8859-1, as which http.client reads all."""
    name, value = header
    if not value.isascii():
        with suppress(UnicodeDecodeError):
            value = value.encode("latin-1").decode()
    return name, value


def _joined(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in headers:
        name = name.lower()
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def tls(verify: bool | str) -> Any:
    """What httpx takes for `verify`.

    Raises:
        CouldNotRun: there is no bundle of certificates at that path.
    """
    if isinstance(verify, str):
        import ssl

        try:
            return ssl.create_default_context(cafile=verify)
        except OSError as error:  # ssl.SSLError is one
            raise CouldNotRun(Cause.TLS, f"{verify} can't be read as a bundle of certificates: {error}") from error
    return verify
