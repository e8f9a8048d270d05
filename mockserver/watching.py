"""A served contract that follows its files: an edit is taken up while the mock runs (`--watch`).

Owns: looking for changes of the files, putting a new mock in place of the old one, and what is said about it.
Knows nothing of: how a mock is made and which options it has (cli.py); what fits another contract (state/carrying.py).
Source: docs/mock.md, "While you edit the contract"; ASGI specification, "Lifespan Protocol".
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from cancelkit.fixtures.world import World
from cancelkit.mockserver.handover import Report, hand_over
from cancelkit.mockserver.serving.keeping import Keeper
from cancelkit.mockserver.serving.lost import Lost
from cancelkit.mockserver.state.carrying import Carried, Carrier
from cancelkit.mockserver.workbench import CONTROL, Workbench
from cancelkit.spec import Contract, SpecError
from cancelkit.spec.choosing import ContractFiles
from cancelkit.spec.loading import read_document

SECONDS = 0.5
"""How often the files are looked at."""
SETTLE_SECONDS = 0.1
"""How long the files must stay as they are before they are read: an editor may write in several steps."""
DRAIN_SECONDS = 2.0
"""How long a swap waits at most for the calls in flight, so that what they write is carried over."""
LISTED = 20
"""How many records that were left out are named at each place."""

Marks = tuple[tuple[Path, tuple[int, int, int] | None], ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the mock is made.

    world: the world that a mock of a contract starts with. make: a mock of a contract and a state to go on with; for
    None it starts as it would anew, but without reading a state file.
    """

    world: Callable[[Contract], World]
    make: Callable[[Contract, World | None], Workbench]


class Watch:
    """The outermost application: every call goes to the present mock, and ends there if another takes its place."""

    def __init__(
        self,
        app: Workbench,
        contract: Contract,
        world: World,
        contract_files: ContractFiles,
        recipe: Recipe,
        say: Callable[[str], None],
    ) -> None:
        """
        Args:
            app: the mock to begin with, of `contract` and `world`. contract_files: the files to watch.
            say: called with each line of news.
        """
        self._app, self._contract, self._world = app, contract, world
        self._contract_files, self._recipe, self._say = contract_files, recipe, say
        self._files: tuple[Path, ...] = contract_files.files
        self._broken = False
        self._open = asyncio.Event()
        self._open.set()
        self._calls: dict[Workbench, int] = {}
        self._life: _Life | None = None
        self._busy = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        await self._open.wait()
        app = self._app
        if scope["path"].startswith(CONTROL):
            await app(scope, receive, send)
            return
        self._calls[app] = self._calls.get(app, 0) + 1
        try:
            await app(scope, receive, send)
        finally:
            self._calls[app] -= 1
            if not self._calls[app]:
                del self._calls[app]

    def stop(self) -> None:
        """The server is about to stop."""
        self._app.stop()

    def lost(self, lost: Lost) -> None:
        """A request never became a call."""
        self._app.lost(lost)

    async def take_up(self) -> None:
        """Read the files and serve what they say; where that can't be done, say why and serve on as before."""
        async with self._busy:
            await self._try()

    async def _try(self) -> None:
        try:
            contract = await asyncio.to_thread(self._read)
            if contract.fingerprint != self._contract.fingerprint:
                await self._replace(contract)
            elif self._broken:
                self._say(f"{contract.source} is mended, and as it is served")
            self._broken = False
        except Exception as error:
            self._broken = True
            where = "" if isinstance(error, SpecError) and error.location else f"{self._contract_files.path}: "
            self._say(_line(f"{where}{error or repr(error)} (still serving the contract as it was)"))

    def _read(self) -> Contract:
        contract = self._contract_files.read()
        self._files = read_document(self._contract_files.path, self._contract_files.overlays).files
        return contract

    async def _replace(self, contract: Contract) -> None:
        fresh = await asyncio.to_thread(self._recipe.world, contract)
        carrier = Carrier(contract, fresh, self._world)
        started = await asyncio.to_thread(carrier.carried, self._app.sessions.base)
        app = await asyncio.to_thread(self._made, contract, started)
        self._open.clear()
        try:
            await self._drain()
            report = [("the starting state", left) for left in started.left]
            report += hand_over(self._app.sessions, app.sessions, carrier, contract)
            if isinstance(keeper := self._app.lifetime.keeper, Keeper):
                app.lifetime.keeper = keeper.succeeded(app.sessions.default)
            old, self._app, self._contract, self._world = self._app, app, contract, fresh
        finally:
            self._open.set()
        self._tell(contract, report)
        old.stop()
        if self._life is not None:
            last = await self._life.stop()
            self._life = await _Life.of(app)
            if "message" in last:
                self._say(_line(last["message"]))

    def _made(self, contract: Contract, started: Carried) -> Workbench:
        """Raises SpecError, with its place in the files."""
        try:
            app = self._recipe.make(contract, started.world if started.any else None)
        except SpecError as error:
            document = read_document(self._contract_files.path, self._contract_files.overlays)
            raise document.located(error) from error
        if started.any:
            app.sessions.base.next_number = max(app.sessions.base.next_number, started.next)
        return app

    async def _drain(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while self._calls.get(self._app):
                    await asyncio.sleep(0.005)

    def _tell(self, contract: Contract, report: Report) -> None:
        records = self._app.sessions.default.records
        self._say(
            f"{contract.source} ({contract.fingerprint}) is served now, with {records} {contract.resource.name} "
            f"in session default; {len(report)} left out"
        )
        for place in dict.fromkeys(place for place, _ in report):
            left = [line for where, line in report if where == place]
            for line in left[:LISTED]:
                self._say(_line(f"  left out of {place}: {line}"))
            if len(left) > LISTED:
                self._say(f"  left out of {place}: {len(left) - LISTED} more")

    async def _live(self, receive: Receive, send: Send) -> None:
        """Live from the server's start to its stop; the present mock lives within."""
        await receive()
        self._life = await _Life.of(self._app)
        looking = asyncio.create_task(self._look())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        async with self._busy:
            looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
        await send(await self._life.stop())

    async def _look(self) -> None:
        seen: Marks | None = None
        while True:
            await asyncio.sleep(SECONDS)
            marks = _marks(self._files)
            if marks == seen:
                continue
            while True:
                await asyncio.sleep(SETTLE_SECONDS)
                if (again := _marks(self._files)) == marks:
                    break
                marks = again
            await self.take_up()
            before = dict(marks)
            seen = tuple((file, before[file] if file in before else _mark(file)) for file in self._files)


class _Life:
    """The lifespan of one application inside another's."""

    def __init__(self, app: ASGIApp) -> None:
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._outbox: asyncio.Queue[Any] = asyncio.Queue()
        self._task = asyncio.create_task(self._run(app))

    async def _run(self, app: ASGIApp) -> None:
        async def send(message: Any) -> None:
            await self._outbox.put(message)

        await app({"type": "lifespan"}, self._inbox.get, send)

    @classmethod
    async def of(cls, app: ASGIApp) -> _Life:
        life = cls(app)
        await life._inbox.put({"type": "lifespan.startup"})
        await life._outbox.get()
        return life

    async def stop(self) -> Any:
        """End it. Returns its last message."""
        await self._inbox.put({"type": "lifespan.shutdown"})
        message = await self._outbox.get()
        await self._task
        return message


def _marks(files: Iterable[Path]) -> Marks:
    """What differs after a change of a file: the time of its last change, its size, which file it is."""
    return tuple((file, _mark(file)) for file in files)


def _mark(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _line(text: str) -> str:
    return " ".join(text.split())
