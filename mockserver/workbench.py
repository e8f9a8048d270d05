"""What stands around the API: which session a call belongs to, its faults, and the journal of it.

Owns: the outermost ASGI application: sending /_mock/ to the control room, finding the session (path prefix, header,
    cookie), striking with faults and preferences, writing the journal.
Knows nothing of: operations and their handlers. It puts the session into the scope and passes the call on.

This runs for every call, so it only looks up, counts and keeps; what a call means is worked out when somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, perf_counter, time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockserver.calls import operation, record
from mockserver.dispatch import SESSION
from mockserver.events import Events
from mockserver.fault_answers import FaultAnswers, answering
from mockserver.fault_play import play, transport_of
from mockserver.faults import Hit
from mockserver.journal import BODY, fingerprint
from mockserver.lifetime import Lifetime
from mockserver.preferences import Preferences, read
from mockserver.recognition import recogniser
from mockserver.replies import Reply
from mockserver.sessions import Session, SessionRefused, Sessions
from spec import Spec

HEADER = b"x-mock-session"
COOKIE = b"mock_session="
PREFIX = "/s/"
PREFIX_KEY = "mock.prefix"
"""The key of the scope under which the prefix is left for links that must keep it."""
CONTROL = "/_mock"
SILENT = ("/docs", "/openapi.", "/favicon.ico")
"""Paths that are no calls of a client under test: they are not journalled."""
READING = frozenset({"GET", "HEAD"})


class Workbench:
    """The outermost application."""

    def __init__(
        self,
        app: ASGIApp,
        sessions: Sessions,
        spec: Spec,
        events: Events,
        *,
        control: Callable[[], ASGIApp],
        dressed: Callable[[ASGIApp], ASGIApp],
        lifetime: Lifetime,
    ) -> None:
        """
        Args:
            app: the API.
            control: makes the control room; called when it is first wanted.
            dressed: wraps an application in what every answer of the API gets (CORS headers).
            lifetime: answers the server's start and stop.
        """
        self._app = app
        self._sessions = sessions
        self._events = events
        self._make_control = control
        self._control: ASGIApp | None = None
        self._dressed = dressed
        self._lifetime = lifetime
        self._spec = spec
        self._answers: FaultAnswers | None = None
        self._key_header = spec.api_key.header.lower().encode()
        self._key_prefix = f"{spec.api_key.prefix} ".lower().encode() if spec.api_key.prefix else b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._lifetime(receive, send)
            return
        path: str = scope["path"]
        if path.startswith(CONTROL) and path[len(CONTROL) : len(CONTROL) + 1] in ("", "/"):
            await self._to_control(scope, receive, send)
            return
        headers = dict(scope["headers"])
        try:
            session = self._session(scope, path, headers)
            if session.progress:
                session.settle()
        except SessionRefused as refused:
            await self._dressed(answering(refused.reply))(scope, receive, send)
            return
        scope[SESSION] = session
        if scope["path"].startswith(SILENT) or (scope["method"] == "OPTIONS" and b"origin" in headers):
            await self._app(scope, receive, send)
            return
        session.touched = monotonic()
        session.calls += 1
        await self._recorded(session, headers, scope, receive, send)

    def stop(self) -> None:
        """The server is about to stop: streams that would go on for ever end."""
        self._events.close()

    async def _to_control(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._control is None:
            self._control = self._make_control()
        await self._control(scope, receive, send)

    def _session(self, scope: Scope, path: str, headers: dict[bytes, bytes]) -> Session:
        """Find the session; a path prefix goes before the header, the header before the cookie.

        A prefix is taken off the scope's path and kept in its root_path, so that links can be written with it.
        """
        if path.startswith(PREFIX):
            name, slash, rest = path[len(PREFIX) :].partition("/")
            session = self._sessions.get(name)
            prefix = f"{PREFIX}{name}"
            scope["path"] = slash + rest
            scope["raw_path"] = scope.get("raw_path", path.encode())[len(prefix) :]
            scope[PREFIX_KEY] = prefix
            return session
        named = headers.get(HEADER)
        if named is None and b"cookie" in headers:
            named = _cookie(headers[b"cookie"])
        return self._sessions.get(named.decode("latin-1")) if named else self._sessions.default

    async def _recorded(
        self, session: Session, headers: dict[bytes, bytes], scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Have the call answered and keep what was sent and answered."""
        status, sent, answered = 0, bytearray(), bytearray()
        sizes = [0, 0]

        async def hear() -> Message:
            message = await receive()
            body = message.get("body", b"")
            if body:
                sizes[0] += len(body)
                if len(sent) < BODY:
                    sent.extend(body[: BODY - len(sent)])
            return message

        async def tell(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                body = message.get("body", b"")
                sizes[1] += len(body)
                if len(answered) < BODY:
                    answered.extend(body[: BODY - len(answered)])
            await send(message)

        path: str = scope["path"]
        method: str = scope["method"]
        began, started = time(), perf_counter()
        fault: str | None = None
        listen = receive if method in READING else hear
        try:
            if session.faults or b"prefer" in headers:
                fault = await self._struck(session, headers, (scope, listen, tell), send)
            else:
                await self._app(scope, listen, tell)
        finally:
            key = headers.get(self._key_header)
            bare = False
            if key is not None:
                bare = not key.lower().startswith(self._key_prefix)
                key = key if bare else key[len(self._key_prefix) :]
            facts = (
                began,
                method,
                path,
                scope["query_string"],
                status,
                perf_counter() - started,
                fingerprint(key) if key else None,
                bare,
                headers.get(b"content-type"),
                bytes(sent),
                sizes[0],
                bytes(answered),
                sizes[1],
                fault,
            )
            session.journal.add(facts, len(sent) + len(answered))
            if self._events.watched or session.progress:
                self._after(session, method, status)

    async def _struck(
        self, session: Session, headers: dict[bytes, bytes], call: tuple[Scope, Receive, Send], send: Send
    ) -> str | None:
        """Have the call answered as its preferences and the session's faults want it. Returns the fault's kind."""
        scope = call[0]
        meant = recogniser()(scope["method"], scope["path"]).operation
        name = meant.id if meant else None
        wishes = read(headers.get(b"prefer", b"").decode("latin-1"))
        hit = _wished(wishes) if wishes else session.faults.strike(name)
        if hit is None:
            await self._app(*call)
            return None
        if self._answers is None:
            self._answers = FaultAnswers(self._spec)
        answers = self._answers

        def refuse(hit: Hit) -> ASGIApp:
            reply = answers.reply(hit.status, name, hit.retry_after)
            return self._dressed(answering(_applied(reply, wishes) if wishes else reply))

        await play(hit, self._app, call, refuse=refuse, transport=transport_of(send))
        return "prefer" if wishes else hit.kind

    def _after(self, session: Session, method: str, status: int) -> None:
        """What follows a call where somebody watches, or requests move on by themselves."""
        entry = session.journal.since(session.journal.last - 1)[-1]
        if session.progress and status < 300:
            if method not in READING:
                session.progress.written(session.clock.now())
            elif method == "GET" and (number := record(entry)) is not None and operation(entry):
                session.was_read(number)
        if self._events.watched:
            self._events.called(session.name, entry)
            if method not in READING and status < 300:
                self._events.changed(session.name, "records")


def _cookie(header: bytes) -> bytes | None:
    for part in header.split(b";"):
        part = part.strip()
        if part.startswith(COOKIE):
            return part[len(COOKIE) :].strip(b'"')
    return None


def _wished(wishes: Preferences) -> Hit:
    return Hit("status", wishes.delay, status=wishes.code) if wishes.code else Hit("latency", wishes.delay)


def _applied(reply: Reply, wishes: Preferences) -> Reply:
    return Reply(reply.status, reply.body, (*reply.headers, (b"preference-applied", wishes.applied.encode())))
