"""Exchanges as the entries of a HAR file.

Owns: the HAR shape of an exchange.
Source: HAR 1.2 specification (Jan Odvarko).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cancelkit.traffic.exchange import Exchange, Headers


def har_head(creator: str, version: str) -> dict[str, Any]:
    """What stands in a log before its entries."""
    return {"version": "1.2", "creator": {"name": creator, "version": version}, "pages": []}


def har_log(entries: Iterable[dict[str, Any]], creator: str, version: str) -> dict[str, Any]:
    return {"log": {**har_head(creator, version), "entries": list(entries)}}


def har_entry(
    exchange: Exchange, *, sizes: tuple[int, int] | None = None, kind: str = "", comment: str = ""
) -> dict[str, Any]:
    """Return one exchange as an entry.

    Args:
        sizes: of the bodies sent and answered, in bytes, where those of the exchange were cut.
        kind: the answer's content type, where its headers were not kept.
    """
    milliseconds = round(exchange.seconds * 1000, 3)
    return {
        "startedDateTime": f"{datetime.fromtimestamp(exchange.started, UTC):%Y-%m-%dT%H:%M:%S.%f}Z",
        "time": milliseconds,
        "request": _request(exchange, sizes[0] if sizes else None),
        "response": _response(exchange, sizes[1] if sizes else None, kind),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        **({"comment": comment} if comment else {}),
    }


def _request(exchange: Exchange, size: int | None) -> dict[str, Any]:
    body = exchange.request_body
    query = urlsplit(exchange.url).query
    request: dict[str, Any] = {
        "method": exchange.method,
        "url": exchange.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(exchange.request_headers),
        "queryString": [{"name": n, "value": v} for n, v in parse_qsl(query, keep_blank_values=True)],
        "headersSize": -1,
        "bodySize": _size(body, size),
    }
    if body:
        kind = exchange.sent("content-type") or ""
        request["postData"] = {"mimeType": kind, "params": [], **_text(body, cut=size is not None and size > len(body))}
    return request


def _response(exchange: Exchange, size: int | None, kind: str) -> dict[str, Any]:
    body = exchange.response_body
    content: dict[str, Any] = {
        "size": _size(body, size),
        "mimeType": exchange.got("content-type") or kind or "x-unknown",
    }
    if body is not None:
        content |= _text(body, cut=size is not None and size > len(body))
    return {
        "status": exchange.status,
        "statusText": phrase(exchange.status),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(exchange.response_headers),
        "content": content,
        "redirectURL": exchange.got("location") or "",
        "headersSize": -1,
        "bodySize": -1 if size is None else size,
    }


def _size(body: bytes | None, size: int | None) -> int:
    """How many bytes there were; 1 where a body is not known, so that nobody takes it for empty."""
    return size if size is not None else 1 if body is None else len(body)


def _pairs(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _text(body: bytes, *, cut: bool) -> dict[str, str]:
    """The text of a body, in base64 where it is no UTF-8; a cut one may end within a character."""
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        if cut:
            return {"text": body.decode("utf-8", "replace")}
        return {"text": b64encode(body).decode(), "encoding": "base64"}


def phrase(status: int) -> str:
    """The words that HTTP has for a status; empty where it has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
