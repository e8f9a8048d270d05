"""A journal's entries as people and programs read them.

Owns: CallReader: the shape of a call in the control API, with operation, record and violations worked out when somebody
    asks; filtering calls. The judge of a client's call is traffic's.
Source: docs/workbench.md, "Journal".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import orjson

from cancelkit.mockserver.api.recognition import Recogniser
from cancelkit.mockserver.journal.ring import Entry
from cancelkit.mockserver.state import clock
from cancelkit.spec import Contract, Role

if TYPE_CHECKING:
    from cancelkit.traffic import Exchange, Judge


class Violation(NamedTuple):
    """One broken rule: a code of traffic's, "server/" before it where the server broke it, and a sentence."""

    code: str
    message: str


class CallReader:
    """Reads the entries of journals by one contract; what it needs is compiled at the first question."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self.recognise = Recogniser(contract)

    @cached_property
    def _judge(self) -> Judge:
        from cancelkit.traffic import Judge

        return Judge(self._contract, remember=False)

    def violations(self, entry: Entry) -> list[Violation]:
        """Every rule of the contract that was broken with this call: by the client, or as was found before."""
        if entry.judged is not None:
            return list(entry.judged)
        judgement = self._judge.client(self._exchange(entry))
        return [Violation(finding.code, finding.message) for finding in judgement.findings]

    def _exchange(self, entry: Entry) -> Exchange:
        """The request as the judge takes it; of its headers a journal keeps what the contract speaks of."""
        key = self._contract.api_key
        headers = [("host", "")]
        if entry.content_type:
            headers.append(("content-type", entry.content_type.decode("latin-1")))
        if key and entry.key:
            headers.append((key.header, entry.key if entry.bare or not key.prefix else f"{key.prefix} {entry.key}"))
        from cancelkit.traffic import Exchange

        query = entry.query.decode("latin-1")
        return Exchange(
            entry.method,
            quote(entry.path, safe="/%") + (f"?{query}" if query else ""),
            request_headers=tuple(headers),
            request_body=entry.request if entry.request_size == len(entry.request) else None,
        )

    def operation(self, entry: Entry) -> str | None:
        """The operationId, or None for a call that is no operation."""
        found = self.recognise(entry.method, entry.path).operation
        return found.id if found else None

    def record(self, entry: Entry) -> Any:
        """The id of the record that the call was about: in the path, or given by the answer to a create; or None."""
        meant = self.recognise(entry.method, entry.path)
        if meant.record is not None:
            return meant.record
        created = meant.operation is not None and meant.operation.role is Role.CREATE and 200 <= entry.status < 300
        if not created or entry.response_size != len(entry.response):
            return None
        try:
            answer = orjson.loads(entry.response)
        except orjson.JSONDecodeError:
            return None
        return answer.get(self._contract.resource.id_field) if isinstance(answer, dict) else None

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
            "violations": [violation._asdict() for violation in self.violations(entry)],
            "fault": entry.fault,
            "note": entry.note,
            "traceparent": entry.trace,
            "upstream": entry.upstream,
            "record": self.record(entry),
        }

    def wanted(self, entry: Entry, wanted: Wanted) -> bool:
        if wanted.method is not None and entry.method != wanted.method.upper():
            return False
        if wanted.status is not None and not _status_is(wanted.status.lower(), entry.status):
            return False
        if wanted.operation is not None and self.operation(entry) != wanted.operation:
            return False
        return wanted.violation is None or bool(self.violations(entry)) is wanted.violation

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
    violation: bool | None = None


def _status_is(wanted: str, status: int) -> bool:
    return wanted == str(status) or (wanted.endswith("xx") and wanted[:-2] == str(status // 100))
