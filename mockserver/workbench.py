"""What stands around the API: which session a call belongs to, its faults, and the journal of it.

Owns: the outermost ASGI application: sending /_mock/ to the control room, answering probes, finding the session (path
    prefix, header, cookie), striking with faults and preferences, writing the journal.
Knows nothing of: operations and their handlers. It puts the session into the scope and passes the call on.

This runs for every call, so it only looks up, counts and keeps; what a call means is worked out when somebody asks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from time import monotonic, perf_counter, time

from starlette.types import ASGIApp, Receive, Scope, Send

from cancelkit.mockserver.api.dispatch import SESSION
from cancelkit.mockserver.api.express import Express
from cancelkit.mockserver.api.links import PREFIX_KEY
from cancelkit.mockserver.faults.answers import answering
from cancelkit.mockserver.faults.striking import FAULT, Striker
from cancelkit.mockserver.journal.calls import CallReader
from cancelkit.mockserver.journal.events import Events
from cancelkit.mockserver.journal.hearing import Ear, Mouth, kept
from cancelkit.mockserver.journal.keys import KeyReader
from cancelkit.mockserver.journal.masking import masked
from cancelkit.mockserver.journal.totals import BOUNDS, NO_OPERATION
from cancelkit.mockserver.journal.tracing import NAME as TRACEPARENT
from cancelkit.mockserver.journal.tracing import traceparent
from cancelkit.mockserver.naming import PREFIX, named
from cancelkit.mockserver.quotas.gate import Gate
from cancelkit.mockserver.replies import error
from cancelkit.mockserver.serving.health import PATHS, health
from cancelkit.mockserver.serving.lifetime import Lifetime
from cancelkit.mockserver.serving.lost import CLIENT_LEFT, JOURNALLED, MALFORMED, REFUSED, Lost, noted
from cancelkit.mockserver.session import READING, Session, SessionRefused
from cancelkit.mockserver.sessions import Sessions
from cancelkit.spec import Contract

CONTROL = "/_mock"
SILENT = ("/docs", "/openapi.", "/favicon.ico")
"""Paths that are no calls of a client under test: they are not journalled."""


class Workbench:
    """The outermost application."""

    def __init__(
        self,
        app: ASGIApp,
        sessions: Sessions,
        contract: Contract,
        events: Events,
        *,
        control: Callable[[], ASGIApp],
        dressed: Callable[[ASGIApp], ASGIApp],
        lifetime: Lifetime,
        express: Express | None = None,
        gate: Gate | None = None,
    ) -> None:
        """
        Args:
            app: the API.
            control: makes the control room; called when it is first wanted.
            dressed: wraps an application in what every answer of the API gets (CORS headers).
            lifetime: answers the server's start and stop.
            express: answers well-formed calls without `app`; the same as `app` would.
            gate: refuses what is beyond a quota.
        """
        self._app = app
        self.sessions = sessions
        self._events = events
        self._make_control = control
        self._control: ASGIApp | None = None
        self._dressed = dressed
        self.lifetime = lifetime
        self._express = express
        self._gate = gate
        self._key = KeyReader(contract)
        self._reader = CallReader(contract)
        self._striker = Striker(contract, dressed)
        self._totals = sessions.totals
        self.probes = frozenset(path for path in PATHS if not self._reader.recognise("GET", path).methods)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.lifetime(receive, send)
            return
        path: str = scope["path"]
        if path.startswith(CONTROL) and path[len(CONTROL) : len(CONTROL) + 1] in ("", "/"):
            await self._to_control(scope, receive, send)
            return
        if path in self.probes:
            await health(scope, ready=self.lifetime.ready).send(send)
            return
        headers = dict(scope["headers"])
        name, rest = named(path, headers)
        inner = path if rest is None else rest
        silent = inner.startswith(SILENT) or (scope["method"] == "OPTIONS" and b"origin" in headers)
        try:
            if name in self.sessions.asleep:
                self.sessions.get(name)
            if self._gate is not None and not silent:
                refusal = self._gate.refusal(scope, headers, name, inner)
                if refusal is not None:
                    await self._dressed(answering(refusal))(scope, receive, send)
                    return
            session = self._session(scope, name, rest)
            if self._gate is not None and not (silent or session.calls or session.owner):
                self.sessions.own(session, self._gate.who(headers, name))
            if session.progress:
                session.settle()
        except SessionRefused as refused:
            reply = error(refused.status, str(refused), refused.code).reply
            self._totals.calls[NO_OPERATION, reply.status] += 1
            await self._dressed(answering(reply))(scope, receive, send)
            return
        scope[SESSION] = session
        if silent:
            await self._app(scope, receive, send)
            return
        session.touched = monotonic()
        session.calls += 1
        await self._recorded(session, headers, scope, receive, send)

    def stop(self) -> None:
        """The server is about to stop: streams that would go on for ever end."""
        self.lifetime.ready = False
        self._events.close()

    def lost(self, lost: Lost) -> None:
        """Journal a request that never became a call; of its session only a prefix can tell."""
        session, path = self.sessions.default, lost.path
        if path.startswith(PREFIX):
            name, slash, rest = path[len(PREFIX) :].partition("/")
            if (named := self.sessions.find(name)) is not None:
                session, path = named, slash + rest
        call = (lost.at, lost.method, path, lost.query, lost.status, 0.0, None, False, None, b"", 0, b"", 0)
        session.journal.add((*call, lost.fault, (), lost.note), 0)
        self._totals.calls[NO_OPERATION, lost.status] += 1
        if self._events.watched:
            self._events.called(session.name, session.journal.since(session.journal.last - 1)[-1])

    async def _to_control(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._control is None:
            self._control = self._make_control()
        await self._control(scope, receive, send)

    def _session(self, scope: Scope, name: str | None, rest: str | None) -> Session:
        """Find the session that the call names.

        A prefix is taken off the scope's path and kept in its root_path, so that links can be written with it.
        """
        if rest is not None:
            session = self.sessions.get(name or "")
            prefix, path = f"{PREFIX}{name}", scope["path"]
            scope["path"] = rest
            scope["raw_path"] = scope.get("raw_path", path.encode())[len(prefix) :]
            scope[PREFIX_KEY] = scope.get(PREFIX_KEY, "") + prefix
            return session
        return self.sessions.get(name) if name else self.sessions.default

    async def _recorded(
        self, session: Session, headers: dict[bytes, bytes], scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Have the call answered and keep what was sent and answered."""
        path, method, query = scope["path"], scope["method"], scope["query_string"]
        fault: str | None = None
        heard, told = Ear(receive), Mouth(send)
        judged: tuple[()] | None = None
        began, started = time(), perf_counter()
        found = None
        if self._express is not None and not session.faults and not scope.get("root_path"):
            found = self._express.find(method, path, headers, len(scope["headers"]))
        try:
            if found is not None and self._express is not None:
                shown = scope[PREFIX_KEY] + path if PREFIX_KEY in scope else path
                taken = receive if method in READING else heard.receive
                reply = await self._express.reply(found, shown, scope, taken)
                if reply is not None:
                    told.status, told.size = reply.status, len(reply.body)
                    told.body = kept(b"", reply.body)
                    await reply.send(send)
            elif session.faults or b"prefer" in headers:
                fault = await self._struck(session, headers, (scope, heard.receive, told.send), send)
            else:
                await self._app(scope, receive if method in READING else heard.receive, told.send)
            if not told.status and fault is None:
                told.status = scope.get(REFUSED, 0)
                fault, judged = MALFORMED if told.status else CLIENT_LEFT, ()
        finally:
            if JOURNALLED not in scope:  # as by a proxy, when it was sent on
                seconds = perf_counter() - started
                key, bare = self._key(headers)
                kind, status = headers.get(b"content-type"), told.status
                sent, answered, lengths = heard.body, told.body, (heard.size, told.size)
                if b"content-encoding" in headers and headers[b"content-encoding"].strip().lower() != b"identity":
                    sent = b""  # nobody can read it
                if clean := masked(path, query, sent, answered):
                    query, sent, answered = clean
                    lengths = len(sent), len(answered)
                facts = (
                    began,
                    method,
                    path,
                    query,
                    status,
                    seconds,
                    key,
                    bare,
                    kind,
                    sent,
                    lengths[0],
                    answered,
                    lengths[1],
                    fault,
                    judged,
                    noted(scope),
                    traceparent(scope["headers"]) if TRACEPARENT in headers else None,
                )
                session.journal.add(facts, len(sent) + len(answered))
                session.coverage.count(method, path, status, query)
                totals = self._totals
                totals.buckets[bisect_left(BOUNDS, seconds)] += 1
                totals.seconds += seconds
                if self._events.watched or session.progress:
                    self._after(session, method, status)

    async def _struck(
        self, session: Session, headers: dict[bytes, bytes], call: tuple[Scope, Receive, Send], send: Send
    ) -> str | None:
        """Have the call answered as its preferences and the session's faults want it. Returns the fault's kind."""
        scope = call[0]
        meant = self._reader.recognise(scope["method"], scope["path"]).operation
        await self._striker(session.faults, headers.get(b"prefer"), meant, self._app, call, send)
        fault: str | None = scope.get(FAULT)
        return fault

    def _after(self, session: Session, method: str, status: int) -> None:
        """What follows a call where somebody watches, or requests move on by themselves."""
        entry = session.journal.since(session.journal.last - 1)[-1]
        if session.progress and status < 300:
            session.followed(method, self._reader.record(entry) if self._reader.operation(entry) else None)
        if self._events.watched:
            self._events.called(session.name, entry)
            if method not in READING and status < 300:
                self._events.changed(session.name, "records")
