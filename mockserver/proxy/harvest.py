"""What passed, as data: the records that clients saw.

Owns: learning them from exchanges. What is kept of them is fixtures.seen's.
Source: docs/traffic.md, "Recorded data".
"""

from __future__ import annotations

from collections.abc import Sequence

from cancelkit.fixtures import seen
from cancelkit.spec import Contract
from cancelkit.traffic import Exchange, Judgement
from cancelkit.traffic.shown import Showing


class Harvest(seen.Harvest):
    """Learns from exchanges."""

    def __init__(self, contract: Contract, prefixes: Sequence[str]) -> None:
        super().__init__(contract)
        self._showing = Showing(contract, prefixes)

    def __call__(self, exchange: Exchange, judgement: Judgement) -> None:
        """Learn what the answer shows."""
        shown = self._showing(exchange)
        if shown is None:
            return
        if shown.gone:
            self.gone(shown.gone)
        for name, row in shown.rows:
            self.learn(name, shown.scope, row, exchange.ended, created=shown.created)
