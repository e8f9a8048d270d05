"""Keeping the default session's state over restarts (`--state FILE`).

Owns: what is kept (records, next id, what they refer to, snapshots, the clock), and when it is written.
Knows nothing of: the file's layout (statefile.py). Other sessions, faults, progress and the journal are not kept.

Written shortly after a change and when the server stops: a crash loses at most what came in the moments since.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson

from cancelkit.fixtures.world import Table
from cancelkit.mockserver.session import Session
from cancelkit.mockserver.state import clock, statefile
from cancelkit.mockserver.state.catalogue import Catalogue
from cancelkit.mockserver.state.statefile import Part, StateError
from cancelkit.mockserver.state.store import Store

log = logging.getLogger("mockserver")

SECONDS = 0.5
"""How long after a change it is written."""
SHARE = 10
"""Writing may take this part of the time: a large state is written less often."""


class Keeper:
    """Writes and reads the state of one session."""

    def __init__(self, path: Path, session: Session) -> None:
        self._path = path
        self._session = session
        self._base = session.reading()
        contract = self._base.contract
        self._contract = {"source": contract.source, "fingerprint": contract.fingerprint}
        self._written: dict[Catalogue, bytes] = {}
        self._seen: object = None

    def start(self) -> bool:
        """Take over what the file holds, or make it when there is none. Returns whether there was one.

        Raises:
            StateError: the file is damaged, or can't be read or written; nothing has been written then.
        """
        there = self._path.exists()
        if there:
            self._read()
        self.save()
        statefile.sweep(self._path)
        return there

    def save(self) -> None:
        """Write the state as it is now. Raises StateError."""
        parts, about = self._gathered()
        statefile.write(self._path, parts, layout=self._base.form, about=about)

    async def run(self) -> None:
        """Write after each change, until cancelled."""
        pause = SECONDS
        while True:
            await asyncio.sleep(pause)
            if self._mark() == self._seen:
                continue
            started = perf_counter()
            parts, about = self._gathered()
            try:
                await asyncio.to_thread(statefile.write, self._path, parts, layout=self._base.form, about=about)
            except StateError as error:
                log.error("%s", error)
                self._seen = None
            pause = max(SECONDS, SHARE * (perf_counter() - started))

    def _mark(self) -> object:
        """Something that differs after every change."""
        session = self._session
        store = session.reading()
        return store, store.changes, session.clock.kept(), tuple(session.snapshots.items())

    def _gathered(self) -> tuple[list[Part], dict[str, Any]]:
        session = self._session
        stores = [("state", session.name, session.reading(), session.created)]
        stores += [("snapshot", name, kept.store, kept.created) for name, kept in session.snapshots.items()]
        catalogues = list(dict.fromkeys(store.catalogue for _, _, store, _ in stores))
        parts = [Part("catalogue", str(number), self._text(each)) for number, each in enumerate(catalogues)]
        parts += [Part(kind, name, store.snapshot(), clock.text(made)) for kind, name, store, made in stores]
        self._seen = self._mark()
        refers = [catalogues.index(store.catalogue) for _, _, store, _ in stores]
        return parts, {"clock": session.clock.kept(), "refers": refers, "contract": self._contract}

    def _text(self, catalogue: Catalogue) -> bytes:
        """What the records refer to, as JSON, written once."""
        if catalogue not in self._written:
            tables = {
                name: {"rows": list(table.rows.items()), "scopes": list(table.scopes.items())}
                for name, table in catalogue.tables.items()
            }
            self._written[catalogue] = orjson.dumps({"scopes": catalogue.ordered, "tables": tables})
        return self._written[catalogue]

    def _read(self) -> None:
        parts, about = statefile.read(self._path, layout=self._base.form, contract=self._contract)
        try:
            self._take(parts, about)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise StateError(f"{self._path} is whole, but holds no state of this mock: {error!r}") from error

    def _take(self, parts: list[Part], about: dict[str, Any]) -> None:
        session = self._session
        catalogues = [self._catalogue(part.data) for part in parts if part.kind == "catalogue"]
        kept = [part for part in parts if part.kind != "catalogue"]
        session.clock.keep(about["clock"])
        for part, number in zip(kept, about["refers"], strict=True):
            empty = Store(self._base.contract, catalogues[number], session.clock.now)
            store = empty.restored(part.data, session.clock.now)
            if part.kind == "snapshot":
                session.snapshots.keep(part.name, store, datetime.fromisoformat(part.created))
            else:
                session.take(store, own=True)

    def _catalogue(self, text: bytes) -> Catalogue:
        if text == self._text(self._base.catalogue):
            return self._base.catalogue
        kept = orjson.loads(text)
        tables = {
            name: Table(
                dict(table["rows"]),
                {key: None if scope is None else tuple(scope) for key, scope in table["scopes"]},
            )
            for name, table in kept["tables"].items()
        }
        made = Catalogue([tuple(scope) for scope in kept["scopes"]], tables)
        self._written[made] = text
        return made
