"""What single exporters add to HAR, or get wrong: the marks of cached answers, odd dates, text decoded wrongly.

Owns: knowledge of one exporter or another. What is not certain is taken as unknown, never guessed.
Source: Chromium's HARWriter, Firefox's HarBuilder, WebKit's HAR.js, Playwright's harTracer; .NET and Go time zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

ENTRY_MARKS: Final = ("_fromCache", "_fromServiceWorker", "_servedFromCache", "_fromDiskCache", "_fromMemoryCache")
RESPONSE_MARKS: Final = (
    "_fetchedViaServiceWorker",
    "_fromServiceWorker",
    "_fromDiskCache",
    "_fromCache",
    "_fromMemoryCache",
    "_fromPrefetchCache",
    "fromDiskCache",
    "fromCache",
    "fromServiceWorker",
)
FETCHED_LOCALLY: Final = frozenset({"memory cache", "disk cache", "service worker"})
"""Values of Safari's _fetchType."""
YEARS: Final = range(1990, 2200)
"""Dates of other years are zeros and maxima of some language's clock."""


def from_cache(entry: Mapping[str, Any]) -> bool:
    """Whether an entry's answer came from a cache or a service worker of the client's.

    Firefox writes no mark: it describes the cache after the request, and leaves the timings empty.
    """
    response = entry.get("response")
    response = response if isinstance(response, dict) else {}
    if any(entry.get(mark) for mark in ENTRY_MARKS) or any(response.get(mark) for mark in RESPONSE_MARKS):
        return True
    if str(entry.get("_fetchType", "")).lower() in FETCHED_LOCALLY:
        return True
    cache = entry.get("cache")
    described = isinstance(cache, dict) and any(cache.get(name) for name in ("beforeRequest", "afterRequest"))
    return described and not _took_time(entry.get("timings"))


def _took_time(timings: Any) -> bool:
    values = timings.values() if isinstance(timings, dict) else ()
    return any(isinstance(value, int | float) and value > 0 for value in values)


def instant(text: Any) -> float:
    """Seconds since 1970; 0 where the file does not say, or says what no clock showed."""
    if not isinstance(text, str):
        return 0.0
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.year not in YEARS:
            return 0.0
        return max((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(), 0.0)
    except (ValueError, OverflowError, OSError):
        return 0.0


def repaired(text: str, size: Any) -> str | None:
    """The text that a recorder took for Latin-1 though it was UTF-8; None where it did not.

    size: how many bytes were sent, as far as is known: where the text as it stands has just as many, it was sent so.
    """
    if text.isascii():
        return None
    if type(size) is int and size == len(text.encode("utf-8", "replace")):
        return None
    for encoding in ("latin-1", "cp1252"):
        try:
            return text.encode(encoding).decode("utf-8")
        except ValueError:
            continue
    return None
