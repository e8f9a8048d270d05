"""Mocks that are wrong on purpose, to see whether a conformance suite notices.

Owns: the list of deviations, by name.
Knows nothing of: the suite.
"""

from __future__ import annotations

from cancelkit.mockserver.deviations import calls, contracts, stores
from cancelkit.mockserver.deviations.deviation import Deviation, Parts, parts

DEVIATIONS: dict[str, Deviation] = {
    deviation.name: deviation for deviation in (*contracts.DEVIATIONS, *stores.DEVIATIONS, *calls.DEVIATIONS)
}

__all__ = ["DEVIATIONS", "Deviation", "Parts", "parts"]
