"""How much of the contract a client's calls have touched.

Owns: counting calls by operation, status and query parameter, and the summary.
Knows nothing of: the journal's ring. Calls are handed over once each, at the latest when they leave the ring.
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import parse_qsl

from mockserver.journal import Entry
from mockserver.recognition import Recogniser
from spec import Spec


class Coverage:
    """Counts since the start, or since `clear`."""

    __slots__ = ("_calls", "_parameters", "_recognise", "_spec", "_statuses", "seen")

    def __init__(self, spec: Spec, recognise: Recogniser) -> None:
        self._spec = spec
        self._recognise = recognise
        self.seen = 0
        self._calls: Counter[str] = Counter()
        self._statuses: Counter[tuple[str, int]] = Counter()
        self._parameters: Counter[tuple[str, str]] = Counter()

    def count(self, entry: Entry) -> None:
        """Count one call; a call counted before (by its seq) is passed over."""
        if entry.seq <= self.seen:
            return
        self.seen = entry.seq
        operation = self._recognise(entry.method, entry.path).operation
        if operation is None:
            return
        self._calls[operation.id] += 1
        self._statuses[operation.id, entry.status] += 1
        if entry.query:
            names = {name for name, _ in parse_qsl(entry.query.decode("latin-1"), keep_blank_values=True)}
            for name in names:
                if operation.parameter(name) is not None:
                    self._parameters[operation.id, name] += 1

    def report(self) -> dict[str, Any]:
        """Return {"operations": [...], "summary": {...}}: all that is documented, 0 when unseen."""
        operations: list[dict[str, Any]] = [
            {
                "id": o.id,
                "calls": self._calls[o.id],
                "statuses": self._seen_statuses(o.id, tuple(o.responses)),
                "parameters": {p.name: self._parameters[o.id, p.name] for p in o.parameters if p.location == "query"},
            }
            for o in self._spec.operations.values()
        ]
        documented = [(o.id, status) for o in self._spec.operations.values() for status in o.responses]
        parameters = [count for row in operations for count in row["parameters"].values()]
        return {
            "operations": operations,
            "summary": {
                "operations": _share([row["calls"] for row in operations]),
                "statuses": _share([self._statuses[pair] for pair in documented]),
                "parameters": _share(parameters),
            },
        }

    def _seen_statuses(self, operation: str, documented: tuple[int, ...]) -> dict[str, int]:
        others = {status for name, status in self._statuses if name == operation}
        return {str(status): self._statuses[operation, status] for status in sorted({*documented, *others})}

    def clear(self) -> None:
        for counter in (self._calls, self._statuses, self._parameters):
            counter.clear()


def _share(counts: list[int]) -> str:
    return f"{sum(1 for count in counts if count)}/{len(counts)}"
