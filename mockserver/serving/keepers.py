"""Keeping every session over restarts (`--state FOLDER`): each in a folder of its own there.

Owns: which session is where, from its first call to when it is deleted or has been idle for too long.
Knows nothing of: what is in a file and when it is written (keeping.py).
"""

from __future__ import annotations

import asyncio
import shutil
from contextlib import suppress
from pathlib import Path

from cancelkit.mockserver.serving.keeping import Keeper
from cancelkit.mockserver.session import Session, SessionRefused
from cancelkit.mockserver.sessions import NAME, Sessions
from cancelkit.mockserver.state.durability import Durability, StateError

FILE = "session.state"


class Keepers:
    """As a Keeper is for one session, so is this for all."""

    def __init__(self, folder: Path, sessions: Sessions, durability: Durability) -> None:
        """Take over the sessions that the folder holds, and keep each that there will be.

        Args:
            sessions: with none but the default one, in its starting state.
        Raises:
            StateError: a file can't be used, or there are more of them than there may be sessions.
        """
        self._folder, self._sessions, self._durability = folder, sessions, durability
        self._keepers: dict[str, Keeper] = {}
        self._tasks: dict[str, asyncio.Task[None]] | None = None
        names = sorted(file.parent.name for file in folder.glob(f"*/{FILE}"))
        try:
            self._keep(sessions.default)
            for name in names:
                if NAME.fullmatch(name) and name not in self._keepers:
                    self._keep(sessions.get(name))
        except SessionRefused as refused:
            self._abandon()
            raise StateError(f"{folder} holds {len(names)} sessions: {refused}") from refused
        except StateError:
            self._abandon()
            raise
        sessions.follow(self._changed)

    def _keep(self, session: Session) -> None:
        place = self._folder / session.name
        try:
            place.mkdir(exist_ok=True)
        except OSError as error:
            raise StateError(f"{place} can't be made: {error.strerror}") from error
        keeper = Keeper(place / FILE, session, self._durability)
        self._keepers[session.name] = keeper
        self._run(session.name)

    def _run(self, name: str) -> None:
        if self._tasks is not None:
            self._tasks[name] = asyncio.ensure_future(self._keepers[name].run())

    def _changed(self, name: str) -> None:
        """A session was made, or went.

        Raises:
            SessionRefused: a new one can't be kept.
        """
        session = self._sessions.find(name)
        if session is None:
            self._drop(name)
        elif name not in self._keepers:
            try:
                self._keep(session)
            except StateError as error:
                self._sessions.delete(name)
                raise SessionRefused(507, str(error), "state_not_written") from error

    def _drop(self, name: str) -> None:
        keeper = self._keepers.pop(name, None)
        if keeper is None:
            return
        if self._tasks is not None:
            self._tasks.pop(name).cancel()
        with suppress(StateError):  # what waits to be written goes as well
            keeper.close()
        shutil.rmtree(self._folder / name, ignore_errors=True)

    def _abandon(self) -> None:
        for keeper in self._keepers.values():
            keeper.close()

    async def run(self) -> None:
        """What each keeper does beside the calls, until cancelled."""
        self._tasks = {}
        for name in self._keepers:
            self._run(name)
        try:
            await asyncio.Event().wait()
        finally:
            tasks, self._tasks = self._tasks, None
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)

    def close(self) -> None:
        """Write what waits, and let the files go. Raises StateError: of the first that can't be written."""
        failed: StateError | None = None
        for keeper in self._keepers.values():
            try:
                keeper.close()
            except StateError as error:
                failed = failed or error
        if failed is not None:
            raise failed
