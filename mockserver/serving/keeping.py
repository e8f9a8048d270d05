"""Keeping a session over restarts (`--state FILE`): each change is written before it is made.

Owns: which versions of the state there are, what is written when the session, its snapshots or its clock change, and
    which versions go.
Knows nothing of: the file's form (statefile.py), how versions become stores again (restoring.py). Faults, progress
    and the journal are not kept.

A version is what has changed since its parent. The session writes to one that nobody else holds; a snapshot is a
version with a name, and the next write makes a child of it. One that nobody holds goes, or takes in its only child.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import chain
from pathlib import Path
from weakref import WeakKeyDictionary

import orjson

from cancelkit.mockserver.serving.restoring import Root, Versions, identity
from cancelkit.mockserver.session import Session, SessionRefused
from cancelkit.mockserver.state import statefile
from cancelkit.mockserver.state.clock import Going
from cancelkit.mockserver.state.durability import LAZY_SECONDS, Durability, StateError
from cancelkit.mockserver.state.layout import Row
from cancelkit.mockserver.state.logged import Changes
from cancelkit.mockserver.state.statefile import StateFile, Statement
from cancelkit.mockserver.state.store import Store
from cancelkit.mockserver.state.versions import (
    Version,
    begins,
    clock_goes,
    goes_on,
    gone,
    merged,
    no_snapshot,
    record,
    snapshot,
    told,
)

log = logging.getLogger("mockserver")


class Keeper:
    """Keeps one session. Its methods for the session raise SessionRefused where something can't be written."""

    def __init__(
        self,
        path: Path,
        session: Session,
        durability: Durability = Durability.PROCESS,
        say: Callable[[str], None] = log.warning,
    ) -> None:
        """Take over what the file holds, or make it where there is none; tell of each change from now on.

        Args:
            session: in its starting state. say: called with each line that the user should see.
        Raises:
            StateError: the file can't be used.
        """
        self._scopes = session.reading().layout.scopes
        self._session, self._start = session, session.reading()
        contract = self._start.contract
        kept = {"source": contract.source, "fingerprint": contract.fingerprint}
        self._file: StateFile | None = StateFile(path, durability, layout=self._start.form, contract=kept)
        self._forget()
        try:
            self._begin(self._file, say)
        except (KeyError, TypeError, ValueError) as error:
            self._file.close()
            raise self._file.damaged(f"it is whole, but {error!r}") from error
        except BaseException:
            self._file.close()
            raise

    def _forget(self) -> None:
        self._versions: WeakKeyDictionary[Store, Version] = WeakKeyDictionary()
        self._named: dict[str, Version] = {}
        self._last = 0

    def _begin(self, file: StateFile, say: Callable[[str], None]) -> None:
        session, about = self._session, file.about()
        kept = Versions(file, self._start, session.clock.now, say)
        made: dict[int, Version] = {}
        for id, parent in kept.parents.items():
            made[id] = Version(id, made.get(parent))
            self._last = id
        if kept.start is None:
            statements, version = self._rooted(self._start, kept.root, kept.mark)
            file.write(*statements, now=True)
        else:
            version = made[kept.start]
        self._versions[self._start] = self._first = self._current = version
        if "current" in about:
            self._current = made[int(about["current"])]
            session.clock.keep(orjson.loads(about["clock"]))
        for name, id, created in kept.snapshots:
            self._name(name, made[id])
            session.snapshots.keep(name, kept.store(id), datetime.fromisoformat(created))
            self._versions[session.snapshots[name].store] = made[id]
        store = self._start if self._current is version else kept.store(self._current.id)
        self._versions[store] = self._current
        file.write(*goes_on(self._current.id, session.clock.kept()), now=True)
        for version in sorted(made.values(), key=lambda one: -one.id):
            self._prune(version)
        free = not self._current.names and not self._current.children and self._current is not self._first
        if free:
            store.rows.log = Line(self, self._current)
        session.take(store, own=free)
        session.keeper = self
        statefile.sweep(file.path, kept.bases())

    def succeeded(self, session: Session) -> Keeper:
        """One that keeps this session in the same file instead, as it is now; this one writes nothing any more.

        Raises:
            StateError: it can't be written; then this one goes on.
        """
        file, successor = self._file, Keeper.__new__(Keeper)
        if file is None:
            raise StateError("the state is not kept any more")
        successor._take_over(file, session)
        self._file, self._session.keeper = None, None
        return successor

    def _take_over(self, file: StateFile, session: Session) -> None:
        start = session.base
        self._scopes, self._session, self._start, self._file = start.layout.scopes, session, start, file
        self._forget()
        contract = orjson.dumps({"source": start.contract.source, "fingerprint": start.contract.fingerprint})
        about = (("layout", start.form), ("contract", contract.decode()))
        statements: list[Statement] = [
            *((f"DELETE FROM {table}", ()) for table in ("records", "versions", "snapshots", "catalogues")),  # noqa: S608
            *(told(*fact) for fact in about),
        ]
        kept = [(None, start, None), *((name, one.store, one.created) for name, one in session.snapshots.items())]
        for name, store, created in [*kept, (None, session.reading(), None)]:
            version = self._versions.get(store)
            if version is None:
                more, version = self._rooted(store, Root.of(store))
                self._versions[store] = version
                statements += more
            if name is not None and created is not None:
                self._name(name, version)
                statements.append(snapshot(name, version, created))
        self._first, self._current = self._versions[start], self._versions[session.reading()]
        file.write(*statements, *goes_on(self._current.id, session.clock.kept()), now=True)
        session.share()
        session.keeper = self

    def grows(self, store: Store, of: Store, changes: Changes, going: Going | None = None) -> None:
        parent, before = self._versions[of], self._current
        id = self._last + 1
        version = begins(id, parent.id, changes.whole, store.next_number)
        rows = (record(id, number, row, self._scopes) for number, row in changes.rows.items())
        self._write(version, *rows, *goes_on(id, going))
        self._last, self._current = id, Version(id, parent)
        self._tell(store, self._current)
        self._prune(before)

    def takes(self, store: Store, going: Going | None = None) -> None:
        version, before = self._versions.get(store), self._current
        if version is None:
            statements, version = self._rooted(store, Root.of(store))
            self._write(*statements, *goes_on(version.id, going))
            self._tell(store, version)
        else:
            self._write(*goes_on(version.id, going))
        self._current = version
        self._prune(before)

    def names(self, name: str, store: Store, created: datetime) -> None:
        version, before = self._versions[store], self._named.get(name)
        self._write(no_snapshot(name), snapshot(name, version, created))
        self._name(name, version)
        if before is not None:
            self._prune(before)

    def unnames(self, name: str) -> None:
        self._write(no_snapshot(name))
        before = self._named.pop(name)
        before.names.discard(name)
        self._prune(before)

    def goes(self, going: Going) -> None:
        self._write(clock_goes(going))

    def put(self, version: Version, number: int, row: Row | None) -> None:
        """A row of a version is written, or deleted."""
        self._write(record(version.id, number, row, self._scopes))

    def replaced(self, version: Version, rows: Iterable[Row]) -> None:
        """All rows of a version give way to these."""
        changes = Changes()
        changes.replaced(rows)
        self._write(
            ("DELETE FROM records WHERE version = ?", (version.id,)),
            ("UPDATE versions SET whole = 1, mark = NULL WHERE id = ?", (version.id,)),
            *(record(version.id, number, row, self._scopes) for number, row in changes.rows.items()),
        )

    async def run(self) -> None:
        """Tidy up now and then, until cancelled."""
        while True:
            await asyncio.sleep(LAZY_SECONDS)
            await self.tidy()

    async def tidy(self) -> None:
        """Write what waits, and move what is written to its place."""
        if (file := self._file) is not None and file.busy:
            try:
                file.flush()
            except StateError as error:
                log.error("%s", error)
            await asyncio.to_thread(file.checkpoint)

    def close(self) -> None:
        """Write what waits, and let the file go. Raises StateError."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _write(self, *statements: Statement) -> None:
        if self._file is None:
            return
        try:
            self._file.write(*statements)
        except StateError as error:
            raise SessionRefused(507, str(error), "state_not_written") from error

    def _tell(self, store: Store, version: Version) -> None:
        self._versions[store] = version
        store.rows.log = Line(self, version)

    def _name(self, name: str, version: Version) -> None:
        before = self._named.get(name)
        if before is not None:
            before.names.discard(name)
        self._named[name] = version
        version.names.add(name)

    def _rooted(self, store: Store, root: Root, mark: str | None = None) -> tuple[Iterator[Statement], Version]:
        """A version that builds on no other. mark: of a starting state."""
        self._last += 1
        id = self._last
        base = identity(root.base) or None
        first = [begins(id, None, root.whole, store.next_number, base, root.maker, root.catalogue, mark)]
        if root.catalogue is not None:
            first.append(("INSERT OR IGNORE INTO catalogues VALUES (?, ?)", (root.catalogue, root.content)))
        if root.base is not None and self._file is not None:
            root.beside(self._file.path)
        rows = (record(id, number, row, self._scopes) for number, row in store.rows.beside())
        return chain(first, rows), Version(id, None)

    def _prune(self, version: Version) -> None:
        """Let a version go that nobody holds. What can't be written now is done at the next start."""
        with suppress(SessionRefused):
            while version.id and not version.names and version not in (self._first, self._current):
                parent = version.parent
                if not version.children:
                    self._write(*gone(version))
                    version.id = 0
                    if parent is None:
                        return
                    parent.children.discard(version)
                    version = parent
                elif len(version.children) == 1:
                    (child,) = version.children
                    self._write(*merged(version, child))
                    child.id, child.parent, version.id = version.id, parent, 0
                    if parent is not None:
                        parent.children.discard(version)
                        parent.children.add(child)
                    return
                else:
                    return


class Line:
    """The log of a store that is kept as a version."""

    __slots__ = ("_keeper", "_version")

    def __init__(self, keeper: Keeper, version: Version) -> None:
        self._keeper, self._version = keeper, version

    def put(self, number: int, row: Row | None) -> None:
        self._keeper.put(self._version, number, row)

    def replaced(self, rows: Iterable[Row]) -> None:
        self._keeper.replaced(self._version, rows)
