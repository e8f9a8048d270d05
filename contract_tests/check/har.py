"""A HAR file as exchanges: what browsers, proxies and this project's own journal write, read with forbearance.

Owns: the layout of HAR files and the ways in which their writers differ.
Knows nothing of: the contract.
Source: HAR 1.2 (Jan Odvarko); exports of Chromium's and Firefox's developer tools.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from cancelkit.contract_tests.errors import Cause, CouldNotRun
from cancelkit.traffic import Exchange, Headers

ROUNDING: Final = 0.002
"""Seconds: a HAR's times are cut to milliseconds, so an exchange is taken to have lasted this much longer."""
SESSION: Final = "x-mock-session"
BODILESS: Final = frozenset({"GET", "HEAD", "OPTIONS", "DELETE", "TRACE"})


@dataclass(frozen=True, slots=True)
class Recording:
    """One file. unread: entries that have no request with a method and a URL."""

    exchanges: tuple[Exchange, ...]
    unread: int = 0


def read_har(path: Path) -> Recording:
    """Return the exchanges of a HAR file, in the file's order.

    Raises:
        CouldNotRun: it can't be read, or is no HAR.
    """
    try:
        data = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise _wrong(path, f"can't be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise _wrong(path, f"is no HAR file, as it is not JSON: {error}") from error
    entries = _object(data, "log").get("entries")
    if not isinstance(entries, list):
        raise _wrong(path, 'is no HAR file: it has no "log" with "entries" (in a browser: Network, "Save all as HAR")')
    read = [_exchange(entry) for entry in entries]
    return Recording(tuple(exchange for exchange in read if exchange), read.count(None))


def _wrong(path: Path, message: str) -> CouldNotRun:
    return CouldNotRun(Cause.OPTIONS, f"{path} {message}")


def _exchange(entry: Any) -> Exchange | None:
    request, response = _object(entry, "request"), _object(entry, "response")
    method, url = request.get("method"), request.get("url")
    if not isinstance(method, str) or not isinstance(url, str) or not method or _host(url) is None:
        return None
    sent = _with_type(_headers(request), request)
    status = response.get("status")
    return Exchange(
        method=method.upper(),
        url=_clean(url),
        request_headers=sent,
        request_body=_sent(request, method.upper()),
        status=status if type(status) is int and 100 <= status < 1000 else 0,
        response_headers=_headers(response),
        response_body=_got(response),
        started=_instant(entry.get("startedDateTime")),
        seconds=_milliseconds(entry.get("time")) / 1000 + ROUNDING,
        cached=bool(entry.get("_fromCache") or entry.get("_fromServiceWorker") or response.get("_fromDiskCache")),
        realm=" ".join([_host(url) or "", *(value for name, value in sent if name.lower() == SESSION)]),
    )


def _object(parent: Any, name: str) -> Mapping[str, Any]:
    found = parent.get(name) if isinstance(parent, dict) else None
    return found if isinstance(found, dict) else {}


def _host(url: str) -> str | None:
    """The host of a URL; None for what is none."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return None


def _clean(text: str) -> str:
    """Without lone surrogates, which no report could write."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _listed(parent: Mapping[str, Any], name: str) -> Iterable[tuple[str, str]]:
    found = parent.get(name)
    for pair in found if isinstance(found, list) else ():
        if isinstance(pair, dict) and isinstance(pair.get("name"), str):
            yield pair["name"], str(pair.get("value") or "")


def _headers(side: Mapping[str, Any]) -> Headers:
    """Without HTTP/2's own, which begin with a colon."""
    pairs = _listed(side, "headers")
    return tuple((_clean(name), _clean(value)) for name, value in pairs if name and not name.startswith(":"))


def _with_type(headers: Headers, request: Mapping[str, Any]) -> Headers:
    """Where the type of what was sent stands only beside it, it is as good as in a header."""
    kind = _object(request, "postData").get("mimeType")
    if not isinstance(kind, str) or not kind or any(name.lower() == "content-type" for name, _ in headers):
        return headers
    return (*headers, ("content-type", kind))


def _sent(request: Mapping[str, Any], method: str) -> bytes | None:
    """The request's body; None where there was one that was not kept, or not whole."""
    posted, size = _object(request, "postData"), request.get("bodySize")
    text = posted.get("text")
    if isinstance(text, str) and text:
        return _whole(_bytes(text, posted.get("encoding") or posted.get("_encoding")), size)
    if params := list(_listed(posted, "params")):
        return urlencode(params).encode()
    if type(size) is int and size > 0:
        return None
    length = next((value for name, value in _headers(request) if name.lower() == "content-length"), "0")
    return b"" if method in BODILESS or length.strip() in ("", "0") else None


def _got(response: Mapping[str, Any]) -> bytes | None:
    content = _object(response, "content")
    text, size = content.get("text"), content.get("size")
    if isinstance(text, str) and text:
        return _whole(_bytes(text, content.get("encoding")), size)
    nothing = size in (0, None) or response.get("status") in (204, 205, 304)
    return b"" if nothing and response.get("bodySize", 0) in (0, -1, None) else None


def _bytes(text: str, encoding: Any) -> bytes | None:
    if encoding == "base64":
        try:
            return b64decode(text)
        except ValueError:
            return None
    return text.encode("utf-8", "replace")


def _whole(body: bytes | None, size: Any) -> bytes | None:
    """The body, unless it is shorter than it was: cut by a recorder. A whole JSON text is whole whatever is said."""
    if body is None or type(size) is not int or len(body) >= size:
        return body
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return None
    return body


def _instant(text: Any) -> float:
    """Seconds since 1970; 0 where the file does not say, so that nothing is concluded from the order."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _milliseconds(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else 0.0
