"""A journal's entries as people and programs read them.

Owns: the shape of a call in the control API, with operation, record and breaches worked out; filtering calls.
Knows nothing of: how calls are kept (ring.py) or served (control/).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import orjson

from cancelkit.mockserver.api.recognition import Recogniser
from cancelkit.mockserver.journal.breaches import Breach, Breaches, Call
from cancelkit.mockserver.journal.ring import Entry
from cancelkit.mockserver.state import clock
from cancelkit.spec import Contract, Role


class CallReader:
    """Works out what the calls of one contract mean.

    recognise: which operation a method and a path mean.
    """

    def __init__(self, contract: Contract, recognise: Recogniser | None = None) -> None:
        self.recognise = recognise or Recogniser(contract)
        self._id_field = contract.resource.id_field
        self._contract = contract

    @cached_property
    def _finder(self) -> Breaches:
        """Compiled when a journal is first read: no call waits for it."""
        return Breaches(self._contract, self.recognise)

    def breaches(self, entry: Entry) -> list[Breach]:
        """Every rule of the contract that was broken with this call: by the client, or as a proxy found out."""
        if entry.judged is not None:
            return list(entry.judged)
        whole = entry.request_size == len(entry.request)
        body = entry.request if whole else None
        return self._finder(Call(entry.method, entry.path, entry.query, body, entry.content_type, entry.bare))

    def operation(self, entry: Entry) -> str | None:
        """The operationId, or None for a call that is no operation."""
        found = self.recognise(entry.method, entry.path).operation
        return found.id if found else None

    def record(self, entry: Entry) -> Any:
        """The id of the record that the call was about: in the path, or given by the answer to a create."""
        meant = self.recognise(entry.method, entry.path)
        created = meant.operation is not None and meant.operation.role is Role.CREATE and 200 <= entry.status < 300
        if meant.record is None and created and entry.response_size == len(entry.response):
            try:
                answer = orjson.loads(entry.response)
            except orjson.JSONDecodeError:
                return None
            return answer.get(self._id_field) if isinstance(answer, dict) else None
        return meant.record

    def shown(self, entry: Entry, session: str) -> dict[str, Any]:
        """Return the call as the control API gives it (docs/workbench.md)."""
        return {
            "seq": entry.seq,
            "time": clock.text(datetime.fromtimestamp(entry.at, UTC)),
            "session": session,
            "operation": self.operation(entry),
            "method": entry.method,
            "path": entry.path,
            "query": entry.query.decode("utf-8", "replace"),
            "status": entry.status,
            "duration_ms": round(entry.seconds * 1000, 3),
            "token": entry.key,
            "request_body": _text(entry.request),
            "response_body": _text(entry.response),
            "truncated": entry.truncated,
            "breaches": [breach._asdict() for breach in self.breaches(entry)],
            "fault": entry.fault,
            "record": self.record(entry),
        }

    def wanted(self, entry: Entry, wanted: Wanted) -> bool:
        """Whether a call is wanted."""
        if wanted.method is not None and entry.method != wanted.method.upper():
            return False
        if wanted.status is not None and not _status_is(wanted.status.lower(), entry.status):
            return False
        if wanted.operation is not None and self.operation(entry) != wanted.operation:
            return False
        return wanted.breach is None or bool(self.breaches(entry)) is wanted.breach

    def newest(self, entries: Iterable[Entry], wanted: Wanted, limit: int) -> list[Entry]:
        """Return the last `limit` wanted calls, newest last."""
        found: list[Entry] = []
        for entry in reversed(list(entries)):
            if len(found) >= limit:
                break
            if self.wanted(entry, wanted):
                found.append(entry)
        found.reverse()
        return found


def _text(body: bytes) -> str | None:
    return body.decode("utf-8", "replace") if body else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls to show; None means any. A status may be whole (404) or a class (4xx)."""

    operation: str | None = None
    status: str | None = None
    method: str | None = None
    breach: bool | None = None


def _status_is(wanted: str, status: int) -> bool:
    return wanted == str(status) or (wanted.endswith("xx") and wanted[:-2] == str(status // 100))
