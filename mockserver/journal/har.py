"""A journal as a HAR 1.2 file, for every tool that reads browsers' recordings.

Owns: the HAR shape.
Knows nothing of: sessions. Tokens are not in it: a journal keeps none.
Source: HAR 1.2 specification (Jan Odvarko).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from cancelkit.mockserver.journal.ring import Entry
from cancelkit.mockserver.state import clock


def har(entries: Iterable[Entry], *, base_url: str, version: str) -> dict[str, Any]:
    """Return the calls as a HAR log.

    Args:
        base_url: scheme, host and port that the calls went to, such as "http://127.0.0.1:8080".
        version: this program's.
    """
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "cancelkit mock", "version": version},
            "pages": [],
            "entries": [_entry(entry, base_url.rstrip("/")) for entry in entries],
        }
    }


def _entry(entry: Entry, base_url: str) -> dict[str, Any]:
    milliseconds = round(entry.seconds * 1000, 3)
    query = entry.query.decode("utf-8", "replace")
    return {
        "startedDateTime": clock.text(datetime.fromtimestamp(entry.at, UTC)),
        "time": milliseconds,
        "request": _request(entry, f"{base_url}{entry.path}{'?' if query else ''}{query}", query),
        "response": {
            "status": entry.status,
            "statusText": phrase(entry.status),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [],
            "content": {
                "size": entry.response_size,
                "mimeType": "application/json" if entry.response else "x-unknown",
                "text": entry.response.decode("utf-8", "replace"),
            },
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": entry.response_size,
        },
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        **({"comment": "a body was cut when it was recorded"} if entry.truncated else {}),
    }


def _request(entry: Entry, url: str, query: str) -> dict[str, Any]:
    kind = (entry.content_type or b"").decode("latin-1")
    request: dict[str, Any] = {
        "method": entry.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [{"name": "content-type", "value": kind}] if kind else [],
        "queryString": [{"name": n, "value": v} for n, v in parse_qsl(query, keep_blank_values=True)],
        "headersSize": -1,
        "bodySize": entry.request_size,
    }
    if entry.request:
        request["postData"] = {"mimeType": kind, "params": [], "text": entry.request.decode("utf-8", "replace")}
    return request


def phrase(status: int) -> str:
    """The words that HTTP has for a status; empty where it has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
