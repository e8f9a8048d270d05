"""From the sessions of one mock to those of its successor, which serves another version of the contract.

Owns: what a session takes along: records, snapshots, clock, faults, progress, journal.
Knows nothing of: files, HTTP; which records fit (state/carrying.py).
"""

from __future__ import annotations

from cancelkit.mockserver.session import Session
from cancelkit.mockserver.sessions import DEFAULT, Sessions
from cancelkit.mockserver.state.carrying import Carrier, LeftOut
from cancelkit.mockserver.state.progress import rules
from cancelkit.mockserver.state.store import Store
from cancelkit.spec import Contract

Report = list[tuple[str, LeftOut]]
"""Where a record was left out, such as "session default", and which."""


def hand_over(old: Sessions, new: Sessions, carrier: Carrier, contract: Contract) -> Report:
    """Give every session of `old` a successor in `new`, which has none yet but the default one.

    A session that had not left the starting state gets the new one; so does one of whose records none fits.

    Returns:
        the records that were left out of sessions and snapshots, those of the starting state not among them.
    """
    return _Handover(old, new, carrier, contract).done()


class _Handover:
    def __init__(self, old: Sessions, new: Sessions, carrier: Carrier, contract: Contract) -> None:
        self._old, self._new = old, new
        self._carrier, self._contract = carrier, contract
        self._stores: dict[Store, Store] = {old.base: new.base}
        self._report: Report = []

    def done(self) -> Report:
        self._new.start = self._old.start
        for session in self._old.everyone:
            self._session(session, self._new.default if session.name == DEFAULT else self._new.get(session.name))
        for session in (*self._old.everyone, *self._new.everyone):
            session.coverage.settle()
        self._new.totals.follow(self._old.totals)
        return self._report

    def _session(self, old: Session, new: Session) -> None:
        new.created, new.touched, new.calls = old.created, old.touched, old.calls
        new.owner = old.owner
        new.clock.keep(old.clock.kept())
        new.faults = old.faults
        new.journal = old.journal
        for entry in old.journal:
            new.coverage.count(entry.method, entry.path, entry.status, entry.query)
        if (store := self._store(old.reading(), f"session {old.name}")) is not self._new.base:
            new.take(store)
        for name, kept in old.snapshots.items():
            store = self._store(kept.store, f"snapshot {name} of session {old.name}")
            new.snapshots.keep(name, store, kept.created)
        self._progress(old, new)

    def _store(self, store: Store, place: str) -> Store:
        """The successor of a store; one for all that share it."""
        known = self._stores.get(store)
        if known is None:
            carried = self._carrier.carried(store)
            self._report += [(place, left) for left in carried.left]
            known = self._stores[store] = carried.store(self._contract) if carried.any else self._new.base
        return known

    def _progress(self, old: Session, new: Session) -> None:
        """Rules whose states are still there go on; if one is not, the others start counting anew."""
        moves = self._contract.resource.transitions
        states = moves.statuses if moves else ()
        lines = old.progress.shown()
        kept = [line for line in lines if line["from"] in states and line["to"] in states]
        if kept == lines:
            new.progress = old.progress
        else:
            new.progress.replace(rules(kept, states), new.clock.now())
