"""The proxy as one ASGI application: calls go to upstream or to a mock of some operations, /_mock/ to the control room.

Owns: putting the parts together, whose each call is, start and stop, writing what was recorded; the server of it all,
    in whose journal is what was refused below the application.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic, perf_counter, time
from typing import TYPE_CHECKING

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from cancelkit.fixtures.seen import Harvested, build, write
from cancelkit.fixtures.seen.tables import Tables
from cancelkit.fixtures.world import World, generate_world
from cancelkit.mockserver.api.dispatch import SESSION
from cancelkit.mockserver.api.recognition import Recogniser
from cancelkit.mockserver.faults.striking import FAULT, Striker
from cancelkit.mockserver.journal.events import Events
from cancelkit.mockserver.journal.hearing import Mouth
from cancelkit.mockserver.naming import HEADER
from cancelkit.mockserver.proxy import wire
from cancelkit.mockserver.proxy.forwarder import Forwarder
from cancelkit.mockserver.proxy.halves import Half, Mocked, known
from cancelkit.mockserver.proxy.recording import CannotRecord, HarFile, Harvest
from cancelkit.mockserver.proxy.settings import ProxySettings
from cancelkit.mockserver.proxy.watch import Passed, Recorder, Watch
from cancelkit.mockserver.scenarios.scenario import Scenario
from cancelkit.mockserver.serving.behind import check_root
from cancelkit.mockserver.serving.health import PATHS, health
from cancelkit.mockserver.serving.lost import JOURNALLED
from cancelkit.mockserver.serving.serve import server
from cancelkit.mockserver.sessions import SessionRefused
from cancelkit.mockserver.starting import starting_sessions
from cancelkit.mockserver.workbench import CONTROL
from cancelkit.spec import Contract, SpecError, load
from cancelkit.spec.version import installed
from cancelkit.traffic import Exchange, Judgement

if TYPE_CHECKING:
    import ssl

    import uvicorn

log = logging.getLogger("mockserver")

SECONDS = 2.0
"""How often the recorded data is written while calls come in."""


class Proxy:
    """The application. harvested: the data as last written."""

    def __init__(
        self,
        settings: ProxySettings,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        contract: Contract | None = None,
        world: World | None = None,
        scenario: Scenario | None = None,
        closed: Callable[[Proxy], None] = lambda proxy: None,
    ) -> None:
        """
        Args:
            transport: to upstream, in place of the network, for tests.
            contract: None for the packaged one.
            world: what the mocked operations start with; the default world when None. scenario: played on it.
            closed: called when the server has stopped and everything is written.
        Raises:
            CannotRecord: a file is there already, or can't be written.
            SpecError: an operation to be mocked is none, or can't be; upstream's key can't be lent.
            ScenarioError: the scenario does not fit the world.
        """
        contract = contract or load()
        check_root(settings.served.root_path, contract)
        mocked = known(contract, settings.mocked, "--mock")
        self._settings = settings
        self._closed = closed
        self._contract = contract
        self._events = Events()
        world = (world or generate_world(contract)) if mocked else World((), {}, ())
        self._sessions = starting_sessions(contract, settings.served, world, self._events, scenario)
        self._mocked, self._half = mocked, self._mock() if mocked else None
        self._striker = Striker(contract)
        recognise = Recogniser(contract)
        self.probes = frozenset(path for path in PATHS if not recognise("GET", path).methods)
        if settings.record_data and settings.record_data.exists():
            raise CannotRecord(f"{settings.record_data} is there already; move it away, or name another file")
        self._harvest = _harvest(contract, settings)
        self._har = (
            HarFile(settings.record, installed(), contract) if settings.record else None
        )  # the last that may fail
        recorders: list[Recorder] = [recorder for recorder in (self._har, self._harvest and self._gather) if recorder]
        self.watch = Watch(contract, self._sessions, self._events, prefixes=settings.prefixes, recorders=recorders)
        self._forward = Forwarder(contract, settings, self.watch, settings.served.tokens, transport)
        self._control: ASGIApp | None = None
        self._started = datetime.now(UTC)
        self._ready = True
        self.harvested: Harvested | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._lifespan(receive, send)
            return
        path: str = scope["path"]
        if path.startswith(CONTROL) and path[len(CONTROL) : len(CONTROL) + 1] in ("", "/"):
            await self._room()(scope, receive, send)
            return
        if path in self.probes:
            await health(scope, ready=self._ready).send(send)
            return
        headers = dict(scope["headers"])
        named = headers.get(HEADER)
        try:
            session = self.watch.session(named.decode("latin-1") if named else None)
        except SessionRefused:
            session = self._sessions.default
        session.calls += 1
        session.touched = monotonic()
        scope[SESSION] = session
        meaning = self.watch.meaning(scope["method"], f"http://any{wire.path(scope)}")
        meant = meaning.operation if meaning else None
        half = self._half if meant is not None and meant.id in self._mocked else None

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            await self._forward(scope, receive, send, session.name, half)

        prefer = headers.get(b"prefer") if half else None  # to upstream it is sent on
        if not (session.faults or prefer):
            await answer(scope, receive, send)
            return
        told, at, began = Mouth(send), time(), perf_counter()
        await self._striker(session.faults, prefer, meant, answer, (scope, receive, told.send), send)
        if JOURNALLED not in scope:
            self._note(scope, told, at, perf_counter() - began)

    def _note(self, scope: Scope, told: Mouth, at: float, seconds: float) -> None:
        """Keep a call that a fault let go nowhere."""
        url = f"{self._settings.origin}{wire.path(scope)}"
        call = Exchange(scope["method"], url, wire.texts(scope["headers"]), None, started=at, seconds=seconds)
        self.watch.note(
            Passed(
                call,
                scope["path"],
                scope["query_string"],
                scope[SESSION].name,
                ours=False,
                fault=scope[FAULT],
                shown_status=told.status,
            )
        )

    def _mock(self) -> Half:
        """The mock of the operations that are not upstream's."""
        from cancelkit.mockserver.app import Api
        from cancelkit.mockserver.parts import parts

        def documented(scope: Scope) -> str:
            meaning = self.watch.meaning(scope["method"], f"http://any{wire.path(scope)}")
            return meaning.path if meaning else wire.path(scope)

        api = Api(parts(self._contract, self._settings.served), self._settings.served, self._sessions)
        return Mocked(api, self._contract, self._events, documented)

    def stop(self) -> None:
        """The server is about to stop: streams that would go on for ever end."""
        self._ready = False
        self._events.close()

    def _gather(self, exchange: Exchange, judgement: Judgement) -> None:
        """Keep upstream's records; a mock's are made up, and told by having no realm."""
        if self._harvest is not None and exchange.realm is not None:
            self._harvest(exchange, judgement)

    async def close(self) -> None:
        """Finish judging and writing. Called at the server's stop; by whoever calls without a server."""
        await self.watch.close()
        if self._har is not None:
            self._har.close()
        self._write()
        await self._forward.close()

    def _room(self) -> ASGIApp:
        if self._control is None:
            from cancelkit.mockserver.control.app import control_room
            from cancelkit.mockserver.proxy.control import endpoints

            table = endpoints(self._settings, lambda: dict(self.watch.counts), self.watch.forget)
            self._control = control_room(
                self._settings.served,
                self._contract,
                self._sessions,
                self._events,
                seed=None,
                started=self._started,
                endpoints=table,
            )
        return self._control

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self.watch.start()
        writing = asyncio.create_task(self._keep_writing())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing
        await self.close()
        self._closed(self)
        await send({"type": "lifespan.shutdown.complete"})

    async def _keep_writing(self) -> None:
        seen = -1
        while True:
            await asyncio.sleep(SECONDS)
            self._sessions.expire()
            if self.watch.counts["ours"] != seen:
                seen = self.watch.counts["ours"]
                await self.watch.aside(self._write)

    def _write(self) -> None:
        if self._harvest is None or self._settings.record_data is None:
            return
        try:
            found = build(self._harvest)
            write(found, self._settings.record_data)
        except OSError as problem:
            log.error("%s can't be written: %s", self._settings.record_data, problem.strerror)
        else:
            self.harvested = found


def _harvest(contract: Contract, settings: ProxySettings) -> Harvest | None:
    if settings.record_data is None:
        return None
    harvest = Harvest(contract, settings.prefixes)
    try:
        Tables(harvest)
    except (LookupError, SpecError) as error:
        raise CannotRecord(f"--record-data: records of {contract.source} can't be kept as data: {error}") from error
    return harvest


def proxy_server(
    app: Proxy,
    served: ASGIApp | None = None,
    *,
    tls: ssl.SSLContext | None = None,
    ready: Callable[[], None] = lambda: None,
) -> uvicorn.Server:
    """Return a server of the proxy that is not running yet: it adds no headers of its own.

    served: the proxy with what stands in front of it.
    """
    running = server(served or app, tls=tls, ready=ready, stopping=app.stop, lost=app.watch.lost)
    running.config.date_header = False
    return running
