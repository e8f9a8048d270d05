"""HTTP that is too broken to be a call, answered in the API's shape all the same.

Owns: the 400 and 414 of the protocol parser, below ASGI.
Knows nothing of: the application. Only served mocks need this; uvicorn itself answers such calls in plain text.
Source: uvicorn.protocols.http.httptools_impl; httptools takes URLs of up to 65535 bytes.
"""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cancelkit.mockserver.replies import error

LONGEST_URL = 65_535


class JsonProtocol(HttpToolsProtocol):
    """uvicorn's protocol, except for the words and the type of its own refusals."""

    def send_400_response(self, msg: str) -> None:
        if len(getattr(self, "url", b"")) > LONGEST_URL:
            line, refusal = b"414 URI Too Long", error(414, f"The URL is longer than {LONGEST_URL} bytes.", "too_long")
        else:
            line, refusal = b"400 Bad Request", error(400, msg, "parse_error")
        body = refusal.reply.body
        head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        self.transport.write(head % (line, len(body)) + body)
        self.transport.close()
