"""The faults of a session: which call is to go wrong, how, and how often.

Owns: reading a fault's description, choosing by operation, share and count (seeded), drawing its delay.
Knows nothing of: sockets and answers; playing a fault is play.py's.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

KINDS = ("latency", "status", "reset", "truncate", "malformed", "slow_body", "empty")
STATUSES = (429, 500, 502, 503, 504)
"""Those that any operation may be made to answer, besides its documented errors."""
LONGEST_MS = 600_000
KEYS = frozenset({"kind", "operation", "share", "count", "seed", "status", "retry_after", "delay_ms", "percentiles"})


class FaultError(ValueError):
    """A fault's description that makes no sense; the message says which key and why."""


class Hit(NamedTuple):
    """What is to happen to one call.

    kind: one of KINDS. delay: seconds before anything is done; drip: seconds over which a slow body is spread.
    status, retry_after: for kind "status"; retry_after in seconds.
    """

    kind: str
    delay: float = 0.0
    drip: float = 0.0
    status: int = 0
    retry_after: int | None = None


@dataclass(slots=True)
class Fault:
    """One rule. share: of the calls that it concerns, 0 to 1; left: how many hits remain, None for no end."""

    id: int
    kind: str
    operation: str | None
    share: float
    count: int | None
    seed: int
    status: int | None
    retry_after: int | None
    delay_ms: tuple[float, float] | None
    percentiles: tuple[tuple[float, float], ...]
    hits: int
    _random: random.Random

    @property
    def left(self) -> int | None:
        return None if self.count is None else self.count - self.hits

    def strike(self, operation: str | None) -> Hit | None:
        """Decide whether this call is hit, and how; counts it."""
        if self.operation is not None and self.operation != operation:
            return None
        if self.count is not None and self.hits >= self.count:
            return None
        if self.share < 1 and self._random.random() >= self.share:
            return None
        self.hits += 1
        seconds = self._delay()
        if self.kind == "slow_body":
            return Hit(self.kind, drip=seconds)
        return Hit(self.kind, seconds, status=self.status or 0, retry_after=self.retry_after)

    def _delay(self) -> float:
        if self.percentiles:
            return _at(self.percentiles, self._random.uniform(0, 100)) / 1000
        if self.delay_ms is None:
            return 0.0
        low, high = self.delay_ms
        return (low if low == high else self._random.uniform(low, high)) / 1000

    def entry(self) -> dict[str, Any]:
        """As the control API shows it."""
        shown: dict[str, Any] = {
            "id": self.id,
            "kind": self.kind,
            "operation": self.operation,
            "share": self.share,
            "count": self.count,
            "left": self.left,
            "hits": self.hits,
            "seed": self.seed,
        }
        if self.kind == "status":
            shown |= {"status": self.status, "retry_after": self.retry_after}
        if self.delay_ms is not None:
            low, high = self.delay_ms
            shown["delay_ms"] = low if low == high else [low, high]
        if self.percentiles:
            shown["percentiles"] = {f"{p:g}": ms for p, ms in self.percentiles}
        return shown


def _at(points: tuple[tuple[float, float], ...], percentile: float) -> float:
    """Milliseconds at a percentile, straight lines between the points; flat outside them."""
    index = bisect_left([p for p, _ in points], percentile)
    if index == 0:
        return points[0][1]
    if index == len(points):
        return points[-1][1]
    (p0, ms0), (p1, ms1) = points[index - 1], points[index]
    return ms0 + (ms1 - ms0) * (percentile - p0) / (p1 - p0)


class Faults:
    """The rules of one session, in the order in which they were made."""

    __slots__ = ("_next", "_rules")

    def __init__(self) -> None:
        self._rules: dict[int, Fault] = {}
        self._next = 1

    def __bool__(self) -> bool:
        return bool(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def add(self, described: Mapping[str, Any], allowed: Mapping[str, frozenset[int]]) -> Fault:
        """Add the rule that `described` gives (see docs/workbench.md).

        Args:
            allowed: by operationId, the error statuses that the contract documents.
        Raises:
            FaultError: a key is unknown, missing or has a value that makes no sense.
        """
        fault = _read(described, self._next, allowed)
        self._rules[fault.id] = fault
        self._next += 1
        return fault

    def remove(self, number: int) -> bool:
        return self._rules.pop(number, None) is not None

    def clear(self) -> None:
        self._rules.clear()

    def entries(self) -> list[dict[str, Any]]:
        return [rule.entry() for rule in self._rules.values()]

    def strike(self, operation: str | None) -> Hit | None:
        """Decide what happens to a call: the first other fault that strikes it, after the delays of all that do."""
        delay, chosen = 0.0, None
        for rule in self._rules.values():
            if chosen is not None and rule.kind != "latency":
                continue
            hit = rule.strike(operation)
            if hit is not None:
                delay += hit.delay
                chosen = chosen if hit.kind == "latency" else hit
        if chosen is not None:
            return chosen._replace(delay=delay)
        return Hit("latency", delay) if delay else None


def _read(given: Mapping[str, Any], number: int, allowed: Mapping[str, frozenset[int]]) -> Fault:
    unknown = sorted(set(given) - KEYS)
    if unknown:
        raise FaultError(f"unknown key {unknown[0]!r}; known are {', '.join(sorted(KEYS))}")
    kind = given.get("kind")
    if kind not in KINDS:
        raise FaultError(f"kind must be one of {', '.join(KINDS)}")
    operation = given.get("operation")
    if operation is not None and operation not in allowed:
        raise FaultError(f"operation: there is no {operation!r}; there are {', '.join(allowed)}")
    seed = given.get("seed", number)
    if not isinstance(seed, int):
        raise FaultError("seed must be an integer")
    delay, percentiles = _delays(given.get("delay_ms")), _percentiles(given.get("percentiles"))
    if kind in ("latency", "slow_body") and delay is None and not percentiles:
        raise FaultError(f"{kind} needs delay_ms (a number, or [from, to]) or percentiles")
    retry = given.get("retry_after")
    if retry is not None:
        retry = int(_number("retry_after", retry, 86_400))
    return Fault(
        id=number,
        kind=kind,
        operation=operation,
        share=_number("share", given.get("share", 1.0), 1),
        count=_count(given.get("count")),
        seed=seed,
        status=_status(given.get("status"), operation, allowed) if kind == "status" else None,
        retry_after=retry,
        delay_ms=delay,
        percentiles=percentiles,
        hits=0,
        _random=random.Random(seed),
    )


def _status(value: object, operation: str | None, allowed: Mapping[str, frozenset[int]]) -> int:
    documented = allowed[operation] if operation else frozenset[int]().union(*allowed.values())
    known = sorted(documented | set(STATUSES))
    if value not in known or not isinstance(value, int):
        raise FaultError(f"status must be one of {', '.join(map(str, known))}")
    return value


def _number(name: str, value: object, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise FaultError(f"{name} must be a number from 0 to {most:g}")
    return value


def _count(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise FaultError("count must be an integer from 1, or null for no end")
    return value


def _delays(value: object) -> tuple[float, float] | None:
    if value is None:
        return None
    if isinstance(value, list):
        if len(value) != 2:
            raise FaultError("delay_ms must be a number or two, [from, to]")
        low, high = (_number("delay_ms", part, LONGEST_MS) for part in value)
        if low > high:
            raise FaultError("delay_ms: the first of the two must not be larger than the second")
        return low, high
    fixed = _number("delay_ms", value, LONGEST_MS)
    return fixed, fixed


def _percentile(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise FaultError(f'percentiles: {text!r} is no number; write one such as "99"') from None


def _percentiles(value: object) -> tuple[tuple[float, float], ...]:
    if value is None:
        return ()
    if not isinstance(value, dict) or not value:
        raise FaultError('percentiles must be an object such as {"50": 80, "99": 900} (milliseconds)')
    points = sorted((_percentile(p), _number("percentiles", ms, LONGEST_MS)) for p, ms in value.items())
    if not all(0 <= p <= 100 for p, _ in points):
        raise FaultError("percentiles lie between 0 and 100")
    if any(later < earlier for (_, earlier), (_, later) in pairwise(points)):
        raise FaultError("percentiles: a higher percentile must not have a smaller delay")
    return tuple(points)
