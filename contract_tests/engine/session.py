"""What one run works with: target, ledger and samples, from which each rule gets its context.

Owns: Session and `open_session`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import SystemRandom
from statistics import median

import httpx

from cancelkit.contract_tests.configuration.settings import Settings
from cancelkit.contract_tests.context.cleanup import clean, free, place
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.ground import Ground
from cancelkit.contract_tests.context.shelf import Shelf
from cancelkit.contract_tests.engine.cells import Cells
from cancelkit.contract_tests.engine.preflight import probe
from cancelkit.contract_tests.engine.registry import every_table
from cancelkit.contract_tests.errors import CouldNotRun
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.contract_tests.target.client import Target
from cancelkit.contract_tests.target.ledger import Ledger
from cancelkit.spec import Contract, Role

SLOW = 0.02  # seconds


@dataclass(slots=True)
class Session:
    """What the rules of one run share. `marker`: stands in every record made here, where a text field can carry it."""

    contract: Contract
    settings: Settings
    target: Target
    ledger: Ledger
    ground: Ground
    marker: str
    shelf: Shelf = field(default_factory=Shelf)
    cells: Cells = field(default_factory=Cells)
    leftovers: tuple[str, ...] = ()

    @property
    def workers(self) -> int:
        """How many rules are observed at once: more of them where answers are slow."""
        slow = median(self.target.traffic.waits or [0.0]) > SLOW
        return self.settings.workers or (16 if slow else 8)

    def context(self, rule_id: str, *, again: bool = False, modest: frozenset[str] = frozenset()) -> Context:
        return Context(
            self.contract,
            self.ground,
            self.target,
            self.shelf,
            rule_id=rule_id,
            seed=self.settings.seed,
            scale=self.settings.profile.scale,
            marker=self.marker,
            cells=self.cells,
            again=again,
            modest=modest,
        )

    def keep_rows(self) -> None:
        """Have each record of this run keep its row until it is deleted, if records can be: which states free a row is
        what is looked at."""
        if self.contract.role(Role.DESTROY):
            self.target.holdings.closed = frozenset()

    def clear(self, rule_id: str) -> None:
        """Remove what a rule created, and take back what it did not use."""
        free(self.target, self.ledger.open(rule_id))
        self.target.holdings.returned(rule_id)


@contextmanager
def open_session(
    settings: Settings,
    contract: Contract,
    watch: Callable[[Answer], None] = lambda answer: None,
    transport: httpx.BaseTransport | None = None,
) -> Iterator[Session]:
    """Probe the target, hand out a session, and remove what was created.

    Raises:
        CouldNotRun: the target can't be used; the text says why and what to do.
    """
    ledger = Ledger()
    target = Target(settings, contract, ledger, watch, transport)
    marker = f"cancelkit-{SystemRandom().getrandbits(32):08x}"
    cells = Cells(every_table(contract))
    session = Session(contract, settings, target, ledger, Ground(), marker, cells=cells)
    try:
        session.ground = _probed(target, marker)
        yield session
    finally:
        try:
            session.leftovers = _cleaned(session)
        finally:
            target.close()


def _cleaned(session: Session) -> tuple[str, ...]:
    """Remove what stands, even when interrupted again; return what is left."""
    if session.settings.read_only or session.settings.keep:
        return ()
    target, ledger = session.target, session.ledger
    target.stop.clear()
    target.listen()
    try:
        clean(target, session.marker)
    except KeyboardInterrupt:
        target.stop.set()
    stand = ledger.open()
    left = [f"{place(target, r.scope, r.id)}: could not be removed" for r in stand]
    if stand and target.contract.role(Role.DESTROY) is None:
        left = [f"{len(stand)} records, from {place(target, stand[0].scope, stand[0].id)}: no operation deletes one"]
    return tuple(map(target.hide, (*left, *ledger.suspects)))


def _probed(target: Target, marker: str) -> Ground:
    try:
        return probe(target, marker)
    except CouldNotRun as error:
        raise CouldNotRun(error.cause, target.hide(str(error))) from error
