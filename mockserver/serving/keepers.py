"""Keeping every session over restarts (`--state FOLDER`): each in a folder of its own there.

Owns: the folder, which is one mock's alone; which session is where in it, and whose quota it takes from.
Knows nothing of: when a session is read, or goes (sessions.py); what is in a file, and when it is written (keeping.py).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import ExitStack, suppress
from pathlib import Path

from cancelkit.mockserver.serving.keeping import Keeper
from cancelkit.mockserver.session import Session, SessionRefused
from cancelkit.mockserver.sessions import DEFAULT, NAME, Sessions
from cancelkit.mockserver.state.durability import LAZY_SECONDS, Durability, NotWritten, StateError
from cancelkit.mockserver.state.statefile import alone

log = logging.getLogger("mockserver")
FILE, OWNER = "session.state", "session.owner"
OPEN_FILES, OTHERS = 4, 256
"""Open files of each session that is not asleep, and of all else."""


class Keepers:
    """As a Keeper is for one session, so is this for all."""

    def __init__(self, folder: Path, sessions: Sessions, durability: Durability) -> None:
        """Take over what the folder holds: the default session now, the others when they are asked for.

        Args:
            sessions: with none but the default one, in its starting state.
        Raises:
            StateError: another mock has the folder, the default session can't be kept there, or the folder holds more
                sessions than there may be.
        """
        self._folder, self._durability = folder, durability
        self._keepers: dict[str, Keeper] = {}
        self._owners: dict[str, str] = {}
        self._told: set[str] = set()
        with ExitStack() as held:
            try:
                held.enter_context(alone(folder))
                names = [place.name for place in folder.iterdir() if (place / FILE).exists()]
            except OSError as error:
                raise StateError(f"{folder} can't be read: {error.strerror}") from error
            names = sorted(name for name in names if NAME.fullmatch(name) and name != DEFAULT)
            if len(names) > (most := sessions.limits.number):
                raise StateError(
                    f"{folder} keeps {len(names)} sessions: start with a larger --session-limit than {most}"
                )
            self._begin(sessions.default)
            self._held = held.pop_all()
        _allow_files(OPEN_FILES * sessions.limits.number + OTHERS)
        sessions.keep(self, names)

    def _begin(self, session: Session) -> None:
        """Raises StateError."""
        place = self._folder / session.name
        there = (place / FILE).exists()
        try:
            place.mkdir(exist_ok=True)
            if not there:
                _clear(place)
            self._keepers[session.name] = Keeper(place / FILE, session, self._durability)
        except OSError as error:
            raise NotWritten(f"{place} can't be written: {error.strerror}") from error
        except StateError:
            if not there:
                _clear(place, whole=True)
            raise

    def begin(self, session: Session) -> None:
        try:
            self._begin(session)
        except NotWritten as error:
            raise SessionRefused(507, str(error), "state_not_written") from error
        except StateError as error:
            if session.name not in self._told:
                log.error("%s", error)
            self._told.add(session.name)
            said = "What is kept of this session can't be used; the mock's log says why. Delete it to begin anew"
            raise SessionRefused(503, said, "state_unusable") from error
        self._told.discard(session.name)
        session.owner = self.owner(session.name)

    def rest(self, name: str) -> None:
        keeper = self._keepers.pop(name, None)
        if keeper is not None:
            try:
                keeper.close()
            except StateError as error:
                log.error("%s", error)

    def forget(self, name: str) -> None:
        keeper = self._keepers.pop(name, None)
        if keeper is not None:
            with suppress(StateError):  # what waits to be written goes as well
                keeper.close()
        self._owners.pop(name, None)
        try:
            _clear(self._folder / name, whole=True)
        except OSError as error:
            log.error("%s can't be removed: %s", self._folder / name, error.strerror)

    def own(self, name: str, owner: str) -> None:
        if owner not in (name, self._owners.get(name)):  # of itself each is by nature
            self._owners[name] = owner
            try:
                (self._folder / name / OWNER).write_text(owner, encoding="ascii")
            except OSError as error:
                log.error("%s can't be written: %s", self._folder / name / OWNER, error.strerror)

    def owner(self, name: str) -> str:
        if name not in self._owners:
            self._owners[name] = ""
            with suppress(OSError, ValueError):
                self._owners[name] = (self._folder / name / OWNER).read_text(encoding="ascii")
        return self._owners[name]

    async def run(self) -> None:
        """What is done beside the calls, until cancelled."""
        while True:
            await asyncio.sleep(LAZY_SECONDS)
            for keeper in [*self._keepers.values()]:
                await keeper.tidy()

    def close(self) -> None:
        """Write what waits, and let the files go. Raises StateError: of the first that can't be written."""
        with self._held:
            failed: StateError | None = None
            for keeper in self._keepers.values():
                try:
                    keeper.close()
                except StateError as error:
                    failed = failed or error
            if failed is not None:
                raise failed


def _clear(place: Path, *, whole: bool = False) -> None:
    """Remove what is left of a session, and nothing that is not ours. Raises OSError.

    whole: its state first, and the folder where that is empty then.
    """
    if whole:
        (place / FILE).unlink(missing_ok=True)
        (place / OWNER).unlink(missing_ok=True)
    for left in (*place.glob(f"{FILE}*"), *place.glob(f".{FILE}*")):
        left.unlink(missing_ok=True)
    if whole:
        with suppress(OSError):
            place.rmdir()


def _allow_files(count: int) -> None:
    """Have this process open so many files, as far as the machine lets it."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = count if most == resource.RLIM_INFINITY else min(count, most)
        if now != resource.RLIM_INFINITY and now < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
