"""A HAR file as exchanges: what browsers, proxies and this project's own journal write, read with forbearance.

Owns: the layout of HAR files. What a file leaves out is unknown in the exchange, never empty.
Source: HAR 1.2 (Jan Odvarko); what single exporters do is in exporters.py.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from cancelkit.traffic.encodings import decoded
from cancelkit.traffic.exchange import Exchange, Headers
from cancelkit.traffic.har.exporters import from_cache, instant, repaired
from cancelkit.traffic.reading import whole

ROUNDING: Final = 0.002
"""Seconds: most HARs' times are cut to milliseconds, so an exchange is taken to have lasted this much longer."""
EXACT: Final = re.compile(r"\.\d{6}")
"""What times look like that are not cut so."""
SESSION: Final = "x-mock-session"
BODILESS: Final = frozenset({"GET", "HEAD", "OPTIONS", "DELETE", "TRACE"})
NO_CONTENT: Final = (204, 205, 304)


class HarError(ValueError):
    """A file that can't be read as a HAR; the message says why, to follow the file's name."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One file. unread: entries that have no request with a method and a URL.

    repaired: bodies whose UTF-8 the recorder had read as Latin-1; undated: exchanges without a usable time.
    """

    exchanges: tuple[Exchange, ...]
    unread: int = 0
    repaired: int = 0
    undated: int = 0


def read_har(path: Path) -> Recording:
    """Return the exchanges of a HAR file, in the file's order.

    Raises:
        HarError: it can't be read, or is no HAR.
    """
    try:
        data = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise HarError(f"can't be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise HarError(f"is no HAR file, as it is not JSON: {error}") from error
    entries = _object(data, "log").get("entries")
    if not isinstance(entries, list):
        raise HarError('is no HAR file: it has no "log" with "entries" (in a browser: Network, "Save all as HAR")')
    read = [_exchange(entry) for entry in entries]
    exchanges = tuple(found[0] for found in read if found)
    return Recording(
        exchanges,
        unread=read.count(None),
        repaired=sum(found[1] for found in read if found),
        undated=sum(not exchange.started for exchange in exchanges),
    )


def _exchange(entry: Any) -> tuple[Exchange, bool] | None:
    """The exchange, and whether its request's text was repaired."""
    request, response = _object(entry, "request"), _object(entry, "response")
    method, url = request.get("method"), request.get("url")
    if not isinstance(method, str) or not isinstance(url, str) or not method or _host(url) is None:
        return None
    sent, got = _with_type(_headers(request), request), _headers(response)
    status = response.get("status")
    body, mended = _sent(request, method.upper(), sent)
    return (
        Exchange(
            method=whole(method.upper()),
            url=whole(url),
            request_headers=sent,
            request_body=body,
            status=status if type(status) is int and 100 <= status < 1000 else 0,
            response_headers=got,
            response_body=_got(response, got, method.upper()),
            started=instant(entry.get("startedDateTime")),
            seconds=_milliseconds(entry.get("time")) / 1000 + _rounding(entry.get("startedDateTime")),
            cached=from_cache(entry),
            realm=" ".join([_host(url) or "", *(value for name, value in sent if name.lower() == SESSION)]),
        ),
        mended,
    )


def _object(parent: Any, name: str) -> Mapping[str, Any]:
    found = parent.get(name) if isinstance(parent, dict) else None
    return found if isinstance(found, dict) else {}


def _host(url: str) -> str | None:
    """The host of a URL; None for what is no URL."""
    try:
        return whole(urlsplit(url).netloc)
    except ValueError:
        return None


def _listed(parent: Mapping[str, Any], name: str) -> Iterator[tuple[str, str]]:
    found = parent.get(name)
    for pair in found if isinstance(found, list) else ():
        if isinstance(pair, dict) and isinstance(pair.get("name"), str):
            yield whole(pair["name"]), whole(str(pair.get("value") or ""))


def _headers(side: Mapping[str, Any]) -> Headers:
    """Without HTTP/2's own, which begin with a colon."""
    return tuple((name, value) for name, value in _listed(side, "headers") if name and not name.startswith(":"))


def _named(headers: Headers, wanted: str) -> str:
    return ", ".join(value for name, value in headers if name.lower() == wanted)


def _with_type(headers: Headers, request: Mapping[str, Any]) -> Headers:
    """Where the type of what was sent stands only beside it, it is as good as in a header."""
    kind = _object(request, "postData").get("mimeType")
    if not isinstance(kind, str) or not kind or _named(headers, "content-type"):
        return headers
    return (*headers, ("content-type", whole(kind)))


def _sent(request: Mapping[str, Any], method: str, headers: Headers) -> tuple[bytes | None, bool]:
    """The request's body, None where there was one that was not kept, or not whole; and whether it was repaired."""
    posted, size = _object(request, "postData"), request.get("bodySize")
    text, length = posted.get("text"), _named(headers, "content-length").strip()
    if isinstance(text, str) and text:
        encoding = posted.get("encoding") or posted.get("_encoding")
        known = int(length) if length.isascii() and length.isdigit() and len(length) < 12 else size
        mended = repaired(text, known) if encoding != "base64" else None
        body = _plain(_bytes(text if mended is None else mended, encoding), _named(headers, "content-encoding"))
        return _whole(body, size), mended is not None
    if params := list(_listed(posted, "params")):
        return urlencode(params).encode(), False
    if type(size) is int and size > 0:
        return None, False
    if method in BODILESS and length in ("", "0"):
        return b"", False
    return (b"" if length == "0" or (size == 0 and not length) else None), False


def _got(response: Mapping[str, Any], headers: Headers, method: str) -> bytes | None:
    content = _object(response, "content")
    text, size, status = content.get("text"), content.get("size"), response.get("status")
    if isinstance(text, str) and text:
        encoding = content.get("encoding")
        body = _bytes(text, encoding)
        if encoding == "base64":
            body = _plain(body, _named(headers, "content-encoding"))
        return _whole(body, size)
    if status in NO_CONTENT or method == "HEAD":
        return b""
    length = _named(headers, "content-length").strip()
    if size not in (0, None) or length not in ("", "0"):
        return None
    return b"" if response.get("bodySize", 0) in (0, -1, None) else None


def _bytes(text: str, encoding: Any) -> bytes | None:
    if encoding == "base64":
        try:
            return b64decode(text)
        except ValueError:
            return None
    return text.encode("utf-8", "replace")


def _plain(body: bytes | None, encodings: str) -> bytes | None:
    """A body without its content encodings, which most recorders undo; None where it is neither plain nor decodable."""
    if not body or not encodings.strip() or _is_json(body):
        return body
    return decoded(body, encodings)


def _whole(body: bytes | None, size: Any) -> bytes | None:
    """The body, unless it is shorter than it was: cut by a recorder. A whole JSON text is whole whatever is said."""
    if body is None or type(size) is not int or len(body) >= size:
        return body
    return body if _is_json(body) else None


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def _rounding(started: Any) -> float:
    """How many seconds longer than it says an exchange may have lasted."""
    return ROUNDING / 1000 if EXACT.search(str(started)) else ROUNDING


def _milliseconds(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else 0.0
