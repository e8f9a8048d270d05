"""One run's footing: target, ledger and shelf, from which each rule gets its bench.

Owns: Session and `open_session`.
Knows nothing of: which rules will run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from contract_tests.answer import Answer
from contract_tests.bench import Bench, Ground
from contract_tests.ledger import Ledger
from contract_tests.settings import Settings
from contract_tests.shelf import Shelf
from contract_tests.target import Target
from spec import Spec


@dataclass(slots=True)
class Session:
    """What the rules of one run share. `marker`: stands in the description of every record made here."""

    spec: Spec
    settings: Settings
    target: Target
    ledger: Ledger
    ground: Ground
    marker: str
    shelf: Shelf = field(default_factory=Shelf)

    def bench(self, rule_id: str) -> Bench:
        return Bench(
            self.spec,
            self.ground,
            self.target,
            self.shelf,
            rule_id=rule_id,
            seed=self.settings.seed,
            scale=self.settings.profile.scale,
            marker=self.marker,
        )


@contextmanager
def open_session(
    settings: Settings, spec: Spec, watch: Callable[[Answer], None] = lambda answer: None
) -> Iterator[Session]:
    """Probe the target, hand out a session, and remove what was created.

    Raises:
        CouldNotRun: the target can't be used; the text says why and what to do.
    """
    from contract_tests.cleanup import clean
    from contract_tests.preflight import probe

    ledger = Ledger()
    target = Target(settings, spec, ledger, watch)
    marker = f"cancelkit-{Random().getrandbits(32):08x}"
    try:
        session = Session(spec, settings, target, ledger, probe(target, marker), marker)
        try:
            yield session
        finally:
            if not settings.read_only:
                clean(session.target, marker)
    finally:
        target.close()
