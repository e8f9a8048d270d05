"""Which keys of a reference are free, where a server takes one open record only for each row of a table.

Owns: the keys that creates may name then, which of them open records of this run name, and handing out the others.
Source: spec/points/, reference-again; what the preflight saw (engine/one_each.py), whatever the contract says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from threading import RLock
from typing import Any, Final

from cancelkit.contract_tests.context.bodies import key_of
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.target.ledger import Record
from cancelkit.spec import Resource

ENOUGH: Final = 60
"""So many free keys let every rule of the shipped contract be observed."""
SHARE: Final = 4
"""One of so many keys is for records that are moved to it."""


@dataclass(slots=True)
class Holdings:
    """Thread-safe. reference: the body's field; None where a row may have several open records. closed: the states in
    which a record is not open.

    Keys are told apart by their texts: a body that writes a number as a text names the same row.
    """

    resource: Resource
    reference: str | None = None
    closed: frozenset[str] = frozenset()
    _keys: dict[tuple[str, ...], tuple[Any, ...]] = field(default_factory=dict)
    _open: dict[Record, dict[str, Any]] = field(default_factory=dict)
    _lent: dict[str, list[str]] = field(default_factory=dict)
    _doubtful: set[str] = field(default_factory=set)
    _kept: dict[str, str] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    def offer(self, scope: Sequence[Any], keys: Sequence[Any]) -> None:
        """Give the keys that a create in this scope may name, as no open record of others does."""
        with self._lock:
            self._keys[tuple(map(str, scope))] = tuple(keys)

    def free(self, scope: Sequence[Any], *, moving: bool = False) -> list[Any]:
        """The keys that no open record of this run names now, and no body that is to be sent.

        Of these some are for records that are to be created, the others for those that are moved, as long as there are
        any: what one rule is about to move a record to is nothing that another one makes a record of.

        Args:
            moving: those for records that are moved.
        Raises:
            Inconclusive: there is none; the text says how to give more.
        """
        known, found = self._free(scope)
        if not found:
            raise Inconclusive(
                f"the target takes one open record for each {self.reference}, and none of the {len(known)} known is "
                f"free: give more that have none ({ENOUGH} let every rule run) by --reference {self.reference}=..."
            )
        apart = set(known[::SHARE])
        return [key for key in found if (key in apart) is moving] or found

    @property
    def _named(self) -> set[str]:
        """The keys that open records name."""
        return {str(keys.get(str(self.reference))) for keys in self._open.values()}

    def _free(self, scope: Sequence[Any]) -> tuple[Sequence[Any], list[Any]]:
        """All keys that were offered, and those of them that are free."""
        with self._lock:
            taken = self._named | self._lent.keys() | self._doubtful | self._kept.keys()
            known = self._keys.get(tuple(map(str, scope)), ())
        return known, [key for key in known if str(key) not in taken]

    def lend(self, scope: Sequence[Any], owner: str, random: Random, wanted: Any, *, again: bool = False) -> Any:
        """A key for a body that `owner`, a rule id, is to send: the wanted one, or a free one in place of one in use.

        It stays lent until each body that it was lent for was sent. What is none of the keys that were offered is
        wanted for what it is.

        Args:
            again: what was lent to the same owner is no key in use, and any free one will do.
        Raises:
            Inconclusive: none is free.
        """
        with self._lock:
            lent = owner in self._lent.get(str(wanted), ()) and str(wanted) not in self._named | self._doubtful
            will_do = again and (lent or wanted in self._free(scope)[1])
            key = wanted if will_do else self.instead(scope, random, wanted)
            self._lent.setdefault(str(key), []).append(owner)
            return key

    def instead(self, scope: Sequence[Any], random: Random, wanted: Any, *, moving: bool = False) -> Any:
        """The wanted key, or a free one in place of one in use; as `lend`. moving: as in `free`."""
        with self._lock:
            known = self._keys.get(tuple(map(str, scope)), ())
        if str(wanted) not in map(str, known):
            return wanted
        found = self.free(scope, moving=moving)
        if str(wanted) in map(str, found):
            return wanted
        return type(wanted)(random.choice(found))

    def note(self, scope: Sequence[Any], id: Any, sent: Any, shown: Any, owner: str) -> None:
        """Note what a record names after a write of `owner` that was accepted. sent: the body. shown: the answer."""
        body, row = (value if isinstance(value, Mapping) else {} for value in (sent, shown))
        record, state = Record.at(scope, id), self.resource.state or ""
        names = {name: key_of(self.resource, row, name) for name in self.resource.references}
        names = {name: body.get(name) if key is None else key for name, key in names.items()}
        with self._lock:
            known = {name: key for name, key in names.items() if isinstance(key, int | str)}
            self._doubtful.discard(str(known.get(str(self.reference))))
            self._open[record] = {**self._open.get(record, {}), **known}
            if row.get(state, body.get(state)) in list(self.closed):
                del self._open[record]
            self.used(sent, owner)

    def used(self, sent: Any, owner: str) -> None:
        """Note that a body of `owner` was sent: its key is no longer lent for it."""
        with self._lock:
            owners = self._lent.get(str(sent.get(self.reference)), []) if isinstance(sent, Mapping) else []
            if owner in owners:
                owners.remove(owner)
            self._lent = {lent: left for lent, left in self._lent.items() if left}

    def lost(self, sent: Any) -> None:
        """Note a body whose answer was lost: a record that nobody knows may name its key from now on."""
        with self._lock:
            if isinstance(sent, Mapping) and sent.get(str(self.reference)) is not None:
                self._doubtful.add(str(sent[str(self.reference)]))

    def is_open(self, record: Record) -> bool:
        """Whether a record of this run stands, and is open."""
        with self._lock:
            return record in self._open

    def gone(self, scope: Sequence[Any], id: Any) -> None:
        """Note a record that was deleted."""
        with self._lock:
            self._open.pop(Record.at(scope, id), None)

    def keep(self, key: Any, owner: str) -> None:
        """Have a key be the owner's alone for a while, also once the record that names it is closed."""
        with self._lock:
            self._kept[str(key)] = owner

    def release(self, owner: str) -> None:
        """Take back the keys that the owner has kept."""
        with self._lock:
            self._kept = {key: who for key, who in self._kept.items() if who != owner}

    def returned(self, owner: str) -> None:
        """Take back the keys of bodies that were never sent, and those that were kept."""
        self.release(owner)
        with self._lock:
            left = {key: [who for who in owners if who != owner] for key, owners in self._lent.items()}
            self._lent = {key: owners for key, owners in left.items() if owners}
