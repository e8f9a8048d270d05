"""Where a call meets the quotas: before anything is done for it, so that one that is refused has changed nothing.

Owns: what a call would take, the answer to one that may not have it, and the journal's entry of that.
Knows nothing of: how takings are counted (quotas.py), control endpoints, which count records and memory themselves.
Source: RFC 6585, 429 Too Many Requests; docs/mock.md, "Quotas".
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from time import time
from typing import Any

from starlette.types import Scope

from cancelkit.mockserver.api.recognition import Recogniser
from cancelkit.mockserver.api.refusing import Fit, fitting
from cancelkit.mockserver.journal.events import Events
from cancelkit.mockserver.journal.keys import KeyReader
from cancelkit.mockserver.journal.masking import masked_query
from cancelkit.mockserver.journal.ring import fingerprint
from cancelkit.mockserver.journal.tracing import traceparent
from cancelkit.mockserver.quotas.quotas import NOBODY, OverQuota, Quotas
from cancelkit.mockserver.replies import Reply, error, typed
from cancelkit.mockserver.session import ROOM, Session
from cancelkit.mockserver.sessions import DEFAULT, NAME, Sessions
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import Contract, Role, SpecError

FAULT = "quota"
"""What the journal calls a refusal by quota."""
ALIKE = (429, 503, 403, 401, 404, 409, 400)
"""Errors whose shape a refusal by quota takes: the first that the operation describes."""
FREE = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})
"""Methods that keep nothing."""


class Gate:
    """Made once for each app whose settings have a quota.

    Raises:
        SpecError: quotas go by key, and the contract has none.
    """

    def __init__(self, contract: Contract, settings: Settings, sessions: Sessions, events: Events) -> None:
        if settings.quota.by == "key" and contract.api_key is None:
            raise SpecError("", "has no API key in a header, so quotas can't go by key: use --quota-by session")
        self.quotas = Quotas(settings.quota, sessions)
        self._by_key = settings.quota.by == "key"
        self._known = frozenset(fingerprint(token.encode()) for token in settings.tokens)
        self._sessions, self._events = sessions, events
        self._recognise, self._key = Recogniser(contract), KeyReader(contract)
        self._operations = contract.operations
        self._fit = cache(self._fitted)

    def who(self, headers: Mapping[bytes, bytes], name: str | None) -> str:
        """Whose call it is: that of its session, or of its key. Keys that are not among those given count as one."""
        if not self._by_key:
            return DEFAULT if not name else name if NAME.fullmatch(name) else NOBODY
        key, _ = self._key(headers)
        return key if key and (not self._known or key in self._known) else NOBODY

    def refusal(self, scope: Scope, headers: Mapping[bytes, bytes], name: str | None, path: str) -> Reply | None:
        """The answer to a call that may not be carried out, which is in the journal then; None for one that may.

        Args:
            name: of the call's session. path: without the prefix that names it.
        """
        method, session = scope["method"], self._sessions.find(name or DEFAULT)
        operation, who = self._recognise(method, path).operation, self.who(headers, name)
        try:
            self.quotas.call(who)
            if method not in FREE:
                made = operation is not None and operation.role is Role.CREATE
                self.quotas.keep(self.quotas.owner(session, who), records=int(made), memory=_memory(headers))
        except OverQuota as over:
            fit, response = self._fit(operation.id if operation else None)
            told = error(over.status, str(over), over.code, {"Retry-After": str(over.retry_after)}).reply
            reply = typed(fit(told), response)
            self._journalled(session, scope, headers, path, reply, str(over))
            return reply
        return None

    def _fitted(self, operation: str | None) -> tuple[Fit, Any]:
        """What gives a refusal of an operation, or of a call that is none, its shape; and what describes that shape."""
        operations = (self._operations[operation],) if operation else tuple(self._operations.values())
        described = (each.response(status) for status in ALIKE for each in operations)
        response = next((found for found in described if found is not None and found.schema is not None), None)
        return fitting(*operations, alike=ALIKE), response

    def _journalled(
        self,
        session: Session | None,
        scope: Scope,
        headers: Mapping[bytes, bytes],
        path: str,
        reply: Reply,
        note: str,
    ) -> None:
        """A session that is not there yet is not made: the default one's journal has the call, and its whole path."""
        method, body = scope["method"], reply.body
        if session is None:
            session, path = self._sessions.default, scope["path"]
        key, bare = self._key(headers)
        query, kind = masked_query(scope["query_string"]), headers.get(b"content-type")
        facts = (time(), method, path, query, reply.status, 0.0, key, bare, kind, b"", 0, body, len(body), FAULT, ())
        session.journal.add((*facts, note, traceparent(scope["headers"])), len(body))
        session.coverage.count(method, path, reply.status, b"")
        self._sessions.totals.buckets[0] += 1
        if self._events.watched:
            self._events.called(session.name, session.journal.since(session.journal.last - 1)[-1])


def _memory(headers: Mapping[bytes, bytes]) -> int:
    length = headers.get(b"content-length", b"")
    return ROOM + (int(length) if length.isdigit() and len(length) < 10 else 0)
