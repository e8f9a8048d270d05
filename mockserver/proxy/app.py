"""The proxy as one ASGI application: calls go to upstream, /_mock/ to the control room.

Owns: putting the parts together, start and stop, writing what was recorded.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from secrets import token_hex

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from cancelkit.fixtures.world import World
from cancelkit.mockserver.faults.answers import answering
from cancelkit.mockserver.journal.events import Events
from cancelkit.mockserver.naming import HEADER
from cancelkit.mockserver.proxy import wire
from cancelkit.mockserver.proxy.forwarding import Forwarder
from cancelkit.mockserver.proxy.harvest import Harvest
from cancelkit.mockserver.proxy.harvest_tables import Harvested, Tables, write
from cancelkit.mockserver.proxy.recording import CannotRecord, HarFile
from cancelkit.mockserver.proxy.settings import ProxySettings
from cancelkit.mockserver.proxy.upstream import Upstream
from cancelkit.mockserver.proxy.watch import Recorder, Watch
from cancelkit.mockserver.replies import error
from cancelkit.mockserver.sessions import SessionRefused, Sessions
from cancelkit.mockserver.starting import starting_sessions
from cancelkit.mockserver.workbench import CONTROL
from cancelkit.spec import Contract, SpecError, load

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
        closed: Callable[[Proxy], None] = lambda proxy: None,
    ) -> None:
        """
        Args:
            transport: to upstream, in place of the network, for tests.
            contract: None for the packaged one.
            closed: called when the server has stopped and everything is written.
        Raises:
            CannotRecord: a file is there already, or can't be written.
        """
        contract = contract or load()
        self._settings = settings
        self._closed = closed
        self._contract = contract
        self._events = Events()
        self._sessions = _sessions(contract, settings, self._events)
        self._via = f"cancelkit-{token_hex(4)}".encode()
        self._upstream = Upstream(settings, transport)
        if settings.record_data and settings.record_data.exists():
            raise CannotRecord(f"{settings.record_data} is there already; move it away, or name another file")
        self._harvest = _harvest(contract, settings)
        self._har = (
            HarFile(settings.record, _version(), contract) if settings.record else None
        )  # the last that may fail
        recorders: list[Recorder] = [recorder for recorder in (self._har, self._harvest) if recorder]
        self.watch = Watch(contract, self._sessions, self._events, prefixes=settings.prefixes, recorders=recorders)
        self._forward = Forwarder(settings, self._upstream, self.watch, self._via)
        self._control: ASGIApp | None = None
        self._started = datetime.now(UTC)
        self.harvested: Harvested | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._lifespan(receive, send)
            return
        path: str = scope["path"]
        if path.startswith(CONTROL) and path[len(CONTROL) : len(CONTROL) + 1] in ("", "/"):
            await self._room()(scope, receive, send)
            return
        named = dict(scope["headers"]).get(HEADER)
        try:
            session = self.watch.session(named.decode("latin-1") if named else None)
        except SessionRefused:
            session = self._sessions.default
        if wire.went_through(scope, self._via):
            looped = error(508, "The upstream of this proxy is the proxy itself.", "loop").reply
            await answering(looped)(scope, receive, send)
            return
        session.calls += 1
        await self._forward(scope, receive, send, session.name)

    def stop(self) -> None:
        """The server is about to stop: streams that would go on for ever end."""
        self._events.close()

    async def close(self) -> None:
        """Finish judging and writing. Called at the server's stop; by whoever calls without a server."""
        await self.watch.close()
        if self._har is not None:
            self._har.close()
        self._write()
        await self._upstream.close()

    def _room(self) -> ASGIApp:
        if self._control is None:
            from cancelkit.mockserver.control.app import control_room
            from cancelkit.mockserver.proxy.control import endpoints

            table = endpoints(self._settings.upstream, lambda: dict(self.watch.counts), self.watch.forget)
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
            self.harvested = write(self._harvest, self._settings.record_data)
        except OSError as problem:
            log.error("%s can't be written: %s", self._settings.record_data, problem.strerror)


def _sessions(contract: Contract, settings: ProxySettings, events: Events) -> Sessions:
    """Sessions for their journals alone: no records."""
    return starting_sessions(contract, settings.served, World((), {}, ()), events)


def _harvest(contract: Contract, settings: ProxySettings) -> Harvest | None:
    if settings.record_data is None:
        return None
    harvest = Harvest(contract, settings.prefixes)
    try:
        Tables(harvest)
    except (LookupError, SpecError) as error:
        raise CannotRecord(f"--record-data: records of {contract.source} can't be kept as data: {error}") from error
    return harvest


def _version() -> str:
    try:
        return version("cancelkit")
    except PackageNotFoundError:
        return "unknown"


__all__ = ["CannotRecord", "Proxy"]
