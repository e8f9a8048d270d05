"""Which option a server does at each point where right servers differ, as far as recorded traffic proves it.

Owns: every look at recorded calls.
Source: spec/points/; docs/learn.md, "From recordings".
"""

from __future__ import annotations

from collections.abc import Iterator

from cancelkit.contract_tests.recorded import bodies, comparing, days, paging, protocol, queries, records, updates
from cancelkit.contract_tests.recorded.sight import Sight
from cancelkit.contract_tests.recorded.tape import Tape

MODULES = (protocol, paging, queries, comparing, days, bodies, updates, records)


def sights(tape: Tape) -> Iterator[Sight]:
    """What the calls show of the points, in no order that matters."""
    for module in MODULES:
        yield from module.sights(tape)


__all__ = ["Sight", "Tape", "sights"]
