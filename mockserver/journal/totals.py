"""What a server has counted since its start, over all sessions, those that are gone included.

Owns: calls by operation and status, how long they took, how many were judged and what they broke.
Knows nothing of: how it is written (control/metrics.py), which session a call belonged to.
"""

from __future__ import annotations

from collections import Counter

BOUNDS = (0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the histogram's buckets, in seconds; a mock answers in less than the usual ones can tell apart."""
NO_OPERATION = ""


class Totals:
    """calls: by operationId (NO_OPERATION for a call that is none) and status. buckets: calls by BOUNDS, the last one
    for longer ones; seconds: all calls together. Both are counted by the workbench itself, which spares a step.
    judged: calls whose violations are counted, by code, so far. forwarded: as calls, those that were sent on to a
    real server. refused: by quotas, by what was too much.
    """

    def __init__(self) -> None:
        self.calls: Counter[tuple[str, int]] = Counter()
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0
        self.judged = 0
        self.violations: Counter[str] = Counter()
        self.forwarded: Counter[tuple[str, int]] = Counter()
        self.refused: Counter[str] = Counter()

    def follow(self, before: Totals) -> None:
        """Go on counting where another server's totals end."""
        self.__dict__.update(before.__dict__)
