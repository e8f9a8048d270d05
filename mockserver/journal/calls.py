"""A journal's entries as people and programs read them.

Owns: the shape of a call in the control API, with operation, record and breaches worked out; filtering calls.
Knows nothing of: how calls are kept (ring.py) or served (control/).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from cancelkit.mockserver.api.recognition import recogniser
from cancelkit.mockserver.journal.breaches import Breach, Call, finder
from cancelkit.mockserver.journal.ring import Entry
from cancelkit.mockserver.state import clock


def breaches(entry: Entry) -> list[Breach]:
    """Every rule of the contract that was broken with this call: by the client, or by whoever was found out."""
    if entry.judged is not None:
        return list(entry.judged)
    whole = entry.request_size == len(entry.request)
    body = entry.request if whole else None
    return finder()(Call(entry.method, entry.path, entry.query, body, entry.content_type, entry.bare))


def operation(entry: Entry) -> str | None:
    """The operationId, or None for a call that is no operation."""
    found = recogniser()(entry.method, entry.path).operation
    return found.id if found else None


def record(entry: Entry) -> int | None:
    """The id of the request that the call was about: in the path, or given by the answer to a create."""
    found = recogniser()(entry.method, entry.path).record
    if found is None and entry.status == 201 and entry.response_size == len(entry.response):
        try:
            answer = orjson.loads(entry.response)
        except orjson.JSONDecodeError:
            return None
        return answer.get("id") if isinstance(answer, dict) else None
    return found


def shown(entry: Entry, session: str) -> dict[str, Any]:
    """Return the call as the control API gives it (docs/workbench.md)."""
    return {
        "seq": entry.seq,
        "time": clock.text(datetime.fromtimestamp(entry.at, UTC)),
        "session": session,
        "operation": operation(entry),
        "method": entry.method,
        "path": entry.path,
        "query": entry.query.decode("utf-8", "replace"),
        "status": entry.status,
        "duration_ms": round(entry.seconds * 1000, 3),
        "token": entry.key,
        "request_body": _text(entry.request),
        "response_body": _text(entry.response),
        "truncated": entry.truncated,
        "breaches": [breach._asdict() for breach in breaches(entry)],
        "fault": entry.fault,
        "record": record(entry),
    }


def _text(body: bytes) -> str | None:
    return body.decode("utf-8", "replace") if body else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls to show; None means any."""

    operation: str | None = None
    status: str | None = None
    method: str | None = None
    breach: bool | None = None

    def __call__(self, entry: Entry) -> bool:
        """Whether `entry` is wanted. A status may be whole (404) or a class (4xx)."""
        if self.method is not None and entry.method != self.method.upper():
            return False
        if self.status is not None and not _status_is(self.status.lower(), entry.status):
            return False
        if self.operation is not None and operation(entry) != self.operation:
            return False
        return self.breach is None or bool(breaches(entry)) is self.breach


def _status_is(wanted: str, status: int) -> bool:
    return wanted == str(status) or (wanted.endswith("xx") and wanted[:-2] == str(status // 100))


def newest(entries: Iterable[Entry], wanted: Wanted, limit: int) -> list[Entry]:
    """Return the last `limit` wanted calls, newest last."""

    found: list[Entry] = []
    for entry in reversed(list(entries)):
        if len(found) >= limit:
            break
        if wanted(entry):
            found.append(entry)
    found.reverse()
    return found
