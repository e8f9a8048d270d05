"""A journal as a HAR 1.2 file, for every tool that reads browsers' recordings.

Owns: a journal's entries as exchanges. Tokens are not in it: a journal keeps none.
Source: HAR 1.2 specification (Jan Odvarko).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from cancelkit.mockserver.journal.ring import Entry
from cancelkit.traffic import Exchange
from cancelkit.traffic.har import har_entry, har_log

CUT = "a body was cut when it was recorded"


def har(entries: Iterable[Entry], *, base_url: str, version: str) -> dict[str, Any]:
    """Return the calls as a HAR log.

    Args:
        base_url: scheme, host and port that the calls went to, such as "http://127.0.0.1:8080"; those that were sent
            on to a real server have its own, for its records are others.
        version: this program's.
    """
    return har_log((_entry(entry, base_url.rstrip("/")) for entry in entries), "cancelkit mock", version)


def _entry(entry: Entry, base_url: str) -> dict[str, Any]:
    query, kind = entry.query.decode("utf-8", "replace"), (entry.content_type or b"").decode("latin-1")
    exchange = Exchange(
        method=entry.method,
        url=f"{entry.upstream or base_url}{quote(entry.path, safe='/%:@!$&()*+,;=~')}{'?' if query else ''}{query}",
        request_headers=(("content-type", kind),) if kind else (),
        request_body=entry.request,
        status=entry.status,
        response_body=entry.response,
        started=entry.at,
        seconds=entry.seconds,
    )
    return har_entry(
        exchange,
        sizes=(entry.request_size, entry.response_size),
        kind="application/json" if entry.response else "",
        comment="; ".join(said for said in (entry.note, CUT if entry.truncated else "") if said),
    )
