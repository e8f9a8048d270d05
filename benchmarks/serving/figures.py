"""What was measured, and what is made of it: medians and ratios.

Owns: the figures of every server, and their form as plain data.
Knows nothing of: processes, terminals, files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.serving.load import Load

SCENARIOS = {
    "get": "GET by id",
    "list": "list, six filters",
    "varied": "list, no two alike",
    "detailed": "detailed list of ten",
    "create": "create",
    "patch": "PATCH",
    "action": "action",
    "delete": "DELETE",
}


@dataclass
class Figures:
    """One server's rounds. cold_starts in seconds, memory in MB after the load, loads by scenario."""

    name: str
    version: str
    note: str
    cold_starts: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    loads: dict[str, list[Load]] = field(default_factory=lambda: {name: [] for name in SCENARIOS})
    absent: str | None = None

    @property
    def cold_start(self) -> float:
        return median(self.cold_starts)

    @property
    def megabytes(self) -> float:
        return median(self.memory)

    def per_second(self, scenario: str) -> float:
        return median(load.per_second for load in self.loads[scenario])

    def cpu_us(self, scenario: str) -> float:
        return median(load.cpu_us for load in self.loads[scenario])

    def p50(self, scenario: str) -> float:
        return median(load.p50 for load in self.loads[scenario])

    def p99(self, scenario: str) -> float:
        return median(load.p99 for load in self.loads[scenario])

    def faults(self) -> int:
        """Return how many calls, in all rounds, were refused or broken: a figure with faults is no figure."""
        return sum(load.refused + load.broken for loads in self.loads.values() for load in loads)

    def plain(self, limit: Figures) -> dict[str, Any]:
        """Return medians, every round, and ratios to `limit`: of requests by second and by processor second."""
        told: dict[str, Any] = {"version": self.version, "note": self.note}
        if self.absent is not None:
            return {**told, "absent": self.absent}
        told["cold_start_s"] = {"median": self.cold_start, "rounds": self.cold_starts}
        told["memory_mb"] = {"median": self.megabytes, "rounds": self.memory}
        told["faults"] = self.faults()
        for scenario, loads in self.loads.items():
            told[scenario] = {
                "per_second": self.per_second(scenario),
                "ratio_to_limit": self.per_second(scenario) / limit.per_second(scenario),
                "cpu_us": self.cpu_us(scenario),
                "cpu_ratio_to_limit": limit.cpu_us(scenario) / self.cpu_us(scenario),
                "p50_ms": self.p50(scenario),
                "p99_ms": self.p99(scenario),
                "rounds_per_second": [load.per_second for load in loads],
            }
        return told


def leads(ours: Figures, peers: list[Figures]) -> Mapping[str, tuple[float, str]]:
    """Return for each column how many times better we are than its best peer, and that peer's name.

    Above 1 we are ahead, whether the column counts requests (more is better) or seconds and MB (less is better).
    """
    there = [peer for peer in peers if peer.absent is None]
    if not there:
        return {}
    quickest = min(there, key=lambda peer: peer.cold_start)
    leanest = min(there, key=lambda peer: peer.megabytes)
    told = {
        "cold start": (quickest.cold_start / ours.cold_start, quickest.name),
        "memory": (leanest.megabytes / ours.megabytes, leanest.name),
    }
    for scenario, title in SCENARIOS.items():
        best = max(there, key=lambda peer: peer.per_second(scenario))
        told[title] = (ours.per_second(scenario) / best.per_second(scenario), best.name)
    return told
