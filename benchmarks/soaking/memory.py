"""A server's memory over time, and whether it stays where it is.

Owns: the samples, the straight line through their second half, the judgement.
Knows nothing of: what the server does meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import linear_regression, mean

SHARE = 0.03
LEAST = 5.0


@dataclass
class Memory:
    """seconds: when; megabytes: how much was resident then."""

    seconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)

    def note(self, seconds: float, megabytes: float) -> None:
        self.seconds.append(seconds)
        self.megabytes.append(megabytes)

    def line(self) -> tuple[float, float]:
        """Return slope (MB/s) and intercept (MB) of the second half; the first is when caches and journals fill."""
        half = len(self.seconds) // 2
        if len(self.seconds) - half < 2:
            return 0.0, self.megabytes[-1] if self.megabytes else 0.0
        return linear_regression(self.seconds[half:], self.megabytes[half:])

    def growth(self) -> float:
        """Return by how many MB that line rises over the second half."""
        if not self.seconds:
            return 0.0
        return self.line()[0] * (self.seconds[-1] - self.seconds[len(self.seconds) // 2])

    def flat(self) -> bool:
        """Whether it rises by no more than 3 % of what there is, or 5 MB where that is more."""
        half = self.megabytes[len(self.megabytes) // 2 :]
        return self.growth() <= max(LEAST, SHARE * mean(half)) if half else True

    def at(self, share: float) -> float:
        """Return the MB at a share of the time: 0 for the start, 1 for the end."""
        return self.megabytes[round(share * (len(self.megabytes) - 1))] if self.megabytes else 0.0
