"""HTTP below the application: what real clients send that the protocol parser would refuse or misread.

Owns: the 400, 414 and 431 of the parser in the API's shape; declining an upgrade by ignoring it; raw UTF-8 in a
    request line; telling of the calls that are refused or lost here.
Knows nothing of: who is told (lost.py has what they are told).
Source: uvicorn.protocols.http.httptools_impl; RFC 9110, 7.8 "Upgrade"; httptools takes URLs of up to 65535 bytes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cancelkit.mockserver.replies import error
from cancelkit.mockserver.serving.lost import CLIENT_LEFT, KEPT, MALFORMED, RAW_TARGET, REFUSED, Lost

if TYPE_CHECKING:
    import asyncio

LONGEST_URL = 65_535
LONGEST_HEAD = 131_072
"""Bytes of all headers together; servers that stand in front of a real API take 8 to 64 KB."""
FIRST_SECONDS = 0.5
"""How long a server that stops waits for the first request of a connection: a proxy that has just opened it would
otherwise not know whether its request was carried out."""
_REQUEST_LINE = re.compile(rb"[A-Z]{3,10} (\S+) HTTP/1\.[01]\Z")
_RAW = re.compile(rb"[\x80-\xff]")


class _HeadTooLong(Exception):
    """The headers of a request are longer than is taken."""


class JsonProtocol(HttpToolsProtocol):
    """uvicorn's protocol for clients as they are.

    A request that offers an upgrade (`Upgrade: h2c`, as Java's HttpClient does) is answered as if it did not. The
    parser stops behind its head, so its body is read by a second parser that knows no more than the body's length.
    """

    _between = True
    _in_body = False
    _refused = False
    _declined = False
    _head_only = False
    _raw_target = False
    _begun = b""
    _head = 0

    def lost(self, lost: Lost) -> None:
        """Told of each request that never became a call of the application."""

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        if self._between:
            self._begun = data[:KEPT]
            if not data.isascii():
                data = self._encoded(data)
        try:
            while data:
                try:
                    self.parser.feed_data(data)
                    return
                except httptools.HttpParserUpgrade as stopped:
                    data = data[stopped.args[0] :]
                    self._go_on_without_upgrade()
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")

    def connection_lost(self, exc: Exception | None) -> None:
        if not (self._between or self._in_body or self._refused):
            self._tell(0, CLIENT_LEFT)
        super().connection_lost(exc)

    def shutdown(self) -> None:
        if self.cycle is None or not self._between:
            self.loop.call_later(FIRST_SECONDS, super().shutdown)
        else:
            super().shutdown()

    def on_message_begin(self) -> None:
        if not self._head_only:
            self._between, self._head = False, 0
            super().on_message_begin()
            if self._raw_target:
                scope: Any = self.scope
                scope[RAW_TARGET] = True
                self._raw_target = False

    def on_url(self, url: bytes) -> None:
        if not self._head_only:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._head_only:
            self._head += len(name) + len(value) + 4
            if self._head > LONGEST_HEAD:
                raise _HeadTooLong
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if not self._head_only:
            self._declined = self.parser.should_upgrade()
            super().on_headers_complete()
            self._in_body = True

    def on_message_complete(self) -> None:
        if self._declined and self._framing() is not None:
            return  # the body is still to come
        self._between, self._in_body, self._begun = True, False, b""
        super().on_message_complete()

    def _framing(self) -> bytes | None:
        """The header that says how the body of the present request ends; None where it has none."""
        headers = dict(self.headers)
        if b"chunked" in headers.get(b"transfer-encoding", b"").lower():
            return b"transfer-encoding: chunked"
        length = headers.get(b"content-length", b"0").strip()
        return b"content-length: " + length if length != b"0" else None

    def _go_on_without_upgrade(self) -> None:
        framing, self._declined = self._framing(), False
        self.parser = httptools.HttpRequestParser(self)
        if framing is not None:
            self._head_only = True
            try:
                self.parser.feed_data(b"POST / HTTP/1.1\r\n" + framing + b"\r\n\r\n")
            finally:
                self._head_only = False

    def _encoded(self, data: bytes) -> bytes:
        """The data with bytes beyond ASCII in the target of a request line percent-encoded, as browsers do."""
        line, end, rest = data.partition(b"\r\n")
        found = _REQUEST_LINE.match(line)
        if not end or found is None or line.isascii():
            return data
        self._raw_target = True
        return _RAW.sub(lambda byte: b"%%%02X" % byte[0][0], line) + end + rest

    def send_400_response(self, msg: str) -> None:
        if len(getattr(self, "url", b"")) > LONGEST_URL:
            line, refusal = b"414 URI Too Long", error(414, f"The URL is longer than {LONGEST_URL} bytes.", "too_long")
        elif self._head > LONGEST_HEAD:
            line = b"431 Request Header Fields Too Large"
            refusal = error(431, f"The headers are longer than {LONGEST_HEAD} bytes.", "too_long")
        else:
            line, refusal = b"400 Bad Request", error(400, msg, "parse_error")
        body = refusal.reply.body
        head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        transport: asyncio.Transport = self.transport
        transport.write(head % (line, len(body)) + body)
        transport.close()
        if self._in_body:
            scope: Any = self.scope
            scope[REFUSED] = refusal.reply.status
        else:
            self._tell(refusal.reply.status, MALFORMED)
        self._refused = True

    def _tell(self, status: int, fault: str) -> None:
        method = self.parser.get_method() if not self._between and self.url else b""
        self.lost(Lost.of(method, self.url if method else b"", self._begun, status, fault))
