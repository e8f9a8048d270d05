"""Traffic kept as a HAR file that is whole at every moment, without keys.

Owns: the HAR shape of an exchange, and writing entry by entry.
Knows nothing of: the wire, the contract.
Source: HAR 1.2 specification (Jan Odvarko).
"""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import orjson

from cancelkit.mockserver.journal.har import phrase
from cancelkit.mockserver.journal.ring import fingerprint
from cancelkit.mockserver.state import clock
from cancelkit.traffic import Exchange, Headers, Judgement
from cancelkit.traffic.redaction import Redaction

END: Final = b"\n]}}\n"


class CannotRecord(Exception):
    """The file can't be written; the message says why and what to do."""


def redacted(exchange: Exchange) -> Exchange:
    """The exchange with fingerprints in place of its secrets."""
    return Redaction(lambda secret: f"fingerprint-{fingerprint(secret.encode('utf-8', 'replace'))}")(exchange)


class HarFile:
    """One file, from its first entry to its last."""

    def __init__(self, path: Path, version: str) -> None:
        """Begin a new file.

        Raises:
            CannotRecord: it is there already, or can't be written.
        """
        head = {"version": "1.2", "creator": {"name": "cancelkit proxy", "version": version}, "pages": []}
        try:
            self._file = path.open("xb")
            self._file.write(b'{"log": ' + orjson.dumps(head)[:-1] + b',"entries":[')
            self._file.write(END)
            self._file.flush()
        except FileExistsError:
            raise CannotRecord(f"{path} is there already; move it away, or name another file") from None
        except OSError as error:
            raise CannotRecord(f"{path} can't be written: {error.strerror}") from error
        self.entries = 0

    def __call__(self, exchange: Exchange, judgement: Judgement) -> None:
        """Add an exchange."""
        text = orjson.dumps(_entry(redacted(exchange)))
        self._file.seek(-len(END), 2)
        self._file.write((b",\n" if self.entries else b"\n") + text + END)
        self._file.flush()
        self.entries += 1

    def close(self) -> None:
        self._file.close()


def _entry(exchange: Exchange) -> dict[str, Any]:
    milliseconds = round(exchange.seconds * 1000, 3)
    return {
        "startedDateTime": clock.text(datetime.fromtimestamp(exchange.started, UTC)),
        "time": milliseconds,
        "request": _request(exchange),
        "response": _response(exchange),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
    }


def _request(exchange: Exchange) -> dict[str, Any]:
    body = exchange.request_body
    request: dict[str, Any] = {
        "method": exchange.method,
        "url": exchange.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(exchange.request_headers),
        "queryString": [
            {"name": name, "value": value}
            for name, value in parse_qsl(urlsplit(exchange.url).query, keep_blank_values=True)
        ],
        "headersSize": -1,
        "bodySize": 1 if body is None else len(body),
    }
    if body:
        text, encoding = _text(body)
        request["postData"] = {"mimeType": exchange.sent("content-type") or "", "params": [], "text": text, **encoding}
    return request


def _response(exchange: Exchange) -> dict[str, Any]:
    body = exchange.response_body
    content: dict[str, Any] = {"size": 1 if body is None else len(body)}
    content["mimeType"] = exchange.got("content-type") or "x-unknown"
    if body is not None:
        text, encoding = _text(body)
        content |= {"text": text, **encoding}
    return {
        "status": exchange.status,
        "statusText": phrase(exchange.status),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(exchange.response_headers),
        "content": content,
        "redirectURL": exchange.got("location") or "",
        "headersSize": -1,
        "bodySize": -1,
    }


def _pairs(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _text(body: bytes) -> tuple[str, dict[str, str]]:
    try:
        return body.decode("utf-8"), {}
    except UnicodeDecodeError:
        return b64encode(body).decode(), {"encoding": "base64"}
