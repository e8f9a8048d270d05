"""A mock inside the process that uses it: for tests, with a socket or without.

Owns: the thread and event loop that the mock lives in, carrying httpx calls there, opening a port when one is wanted.
Knows nothing of: sessions, tests.

The mock has a thread of its own so that it answers whoever asks: plain code, code inside a running event loop, other
programs through the port. Without a port a broken connection shows as httpx.ReadError, and bodies come whole.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cancelkit.fixtures.world import World
from cancelkit.mockserver.app import create_app
from cancelkit.mockserver.serving.behind import behind
from cancelkit.mockserver.serving.serve import bind, server
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import Contract

if TYPE_CHECKING:
    import uvicorn

    from cancelkit.mockserver.parts import Mutation
    from cancelkit.spec import Contract

STOP_SECONDS = 10.0


class LocalMock:
    """One mock, from `with` to the end of its block.

    url: its root, through `transport`; with a port, ask `listen`. transport: for httpx.Client and AsyncClient.
    """

    url = "http://localhost"

    def __init__(
        self,
        settings: Settings | None = None,
        world: World | None = None,
        mutants: Sequence[Mutation] = (),
        *,
        contract: Contract | None = None,
        deviations: Sequence[Mutation] = (),
    ) -> None:
        """
        Args:
            settings: host and port count for `listen` alone; any free port of this machine when None.
            world: the starting state, of the same contract; the default world when None.
            contract: what is served; the packaged one when None.
            mutants: faults to build in (`cancelkit mock --list-mutants`).
        """
        self._settings = settings or Settings(port=0)
        self._app = create_app(self._settings, world, contract, mutants=(*mutants, *deviations))
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="cancelkit-mock", daemon=True)
        self._server: uvicorn.Server | None = None
        self._served: Any = None
        self._address: str | None = None
        self._shown = behind(self._app, self._settings)
        self.transport = ThreadTransport(self._shown, self._loop)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._app.stop()
        if self._server is not None:
            self._server.should_exit = True
            with suppress(TimeoutError):
                self._served.result(STOP_SECONDS)
        with suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(_end_tasks(), self._loop).result(STOP_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STOP_SECONDS)
        if not self._thread.is_alive():
            self._loop.close()

    def listen(self) -> str:
        """Open the port, if that is still to be done, and return the URL that other programs reach the mock by.

        Raises:
            CannotBind: the port of the settings can't be had.
        """
        if self._address is None:
            listener = bind(self._settings.host, self._settings.port)
            self._address = _url(listener)
            up = Event()
            self._server = server(self._shown, ready=up.set, lost=self._app.lost, guest=True)
            self._served = asyncio.run_coroutine_threadsafe(self._server.serve(sockets=[listener]), self._loop)
            up.wait(STOP_SECONDS)
        return self._address


async def _end_tasks() -> None:
    """End the calls that nobody waits for any more."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


class ThreadTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Carries calls to an application that lives in the event loop of another thread.

    A client's read timeout holds as over a socket: it counts while nothing is sent, and the call goes on without it.
    """

    def __init__(self, app: ASGIApp, loop: asyncio.AbstractEventLoop) -> None:
        self._app = app
        self._loop = loop
        self._left: set[asyncio.Task[httpx.Response]] = set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        status, headers, body = asyncio.run_coroutine_threadsafe(self._answer(request), self._loop).result()
        return httpx.Response(status, headers=headers, content=body, request=request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        there = asyncio.run_coroutine_threadsafe(self._answer(request), self._loop)
        status, headers, body = await asyncio.wrap_future(there)
        return httpx.Response(status, headers=headers, content=body, request=request)

    async def _answer(self, request: httpx.Request) -> tuple[int, httpx.Headers, bytes]:
        sent = httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
        last = self._loop.time()

        async def heard(scope: Scope, receive: Receive, send: Send) -> None:
            async def noted(message: Message) -> None:
                nonlocal last
                last = self._loop.time()
                await send(message)

            await self._app(scope, receive, noted)

        transport = httpx.ASGITransport(heard, client=("127.0.0.1", 0))
        call = self._loop.create_task(transport.handle_async_request(sent))
        limit = (request.extensions.get("timeout") or {}).get("read")
        patience = float("inf") if limit is None else float(limit)
        while not call.done():
            left = last + patience - self._loop.time()
            await asyncio.wait({call}, timeout=None if limit is None else max(left, 0))
            if not call.done() and self._loop.time() >= last + patience:
                self._leave(call)
                raise httpx.ReadTimeout("timed out", request=request)
        try:
            answer = await call
        except ConnectionError as error:
            raise httpx.ReadError(str(error), request=request) from error
        return answer.status_code, answer.headers, await answer.aread()

    def _leave(self, call: asyncio.Task[httpx.Response]) -> None:
        """Let a call end by itself: its client has gone."""
        self._left.add(call)

        def ended(call: asyncio.Task[httpx.Response]) -> None:
            self._left.discard(call)
            with suppress(ConnectionError, asyncio.CancelledError):
                call.exception()

        call.add_done_callback(ended)
