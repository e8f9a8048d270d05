"""How much of the contract a client's calls have touched.

Owns: counting calls by operation, status and query parameter, and the summary.
Knows nothing of: the journal's ring. Calls are handed over once each, at the latest when they leave the ring.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from mockserver.journal import Entry
from mockserver.recognition import recogniser
from spec import Operation, Spec


class Coverage:
    """Counts since the start, or since `clear`. seen: the last call (by its seq) that was counted."""

    __slots__ = ("_calls", "_parameters", "_statuses", "seen")

    def __init__(self) -> None:
        self.seen = 0
        self._calls: Counter[str] = Counter()
        self._statuses: Counter[tuple[str, int]] = Counter()
        self._parameters: Counter[tuple[str, str]] = Counter()

    def count(self, entry: Entry) -> None:
        """Count one call; one that was counted before is passed over."""
        if entry.seq <= self.seen:
            return
        self.seen = entry.seq
        operation = recogniser()(entry.method, entry.path).operation
        if operation is None:
            return
        self._calls[operation.id] += 1
        self._statuses[operation.id, entry.status] += 1
        if entry.query:
            names = {name for name, _ in parse_qsl(entry.query.decode("latin-1"), keep_blank_values=True)}
            self._parameters.update((operation.id, name) for name in names if operation.parameter(name) is not None)

    def report(self, spec: Spec, uncounted: Iterable[Entry] = ()) -> dict[str, Any]:
        """Return {"operations": [...], "summary": {...}}: all that is documented, 0 when unseen.

        Args:
            uncounted: calls that are still in the journal.
        """
        for entry in uncounted:
            self.count(entry)
        operations = [self._operation(operation) for operation in spec.operations.values()]
        documented = [(o.id, status) for o in spec.operations.values() for status in o.responses]
        return {
            "operations": operations,
            "summary": {
                "operations": _share(row["calls"] for row in operations),
                "statuses": _share(self._statuses[pair] for pair in documented),
                "parameters": _share(count for row in operations for count in row["parameters"].values()),
            },
        }

    def _operation(self, operation: Operation) -> dict[str, Any]:
        others = {status for name, status in self._statuses if name == operation.id}
        names = [p.name for p in operation.parameters if p.location == "query"]
        return {
            "id": operation.id,
            "calls": self._calls[operation.id],
            "statuses": {
                str(status): self._statuses[operation.id, status] for status in sorted({*operation.responses, *others})
            },
            "parameters": {name: self._parameters[operation.id, name] for name in names},
        }

    def clear(self) -> None:
        for counter in (self._calls, self._statuses, self._parameters):
            counter.clear()


def _share(counts: Iterable[int]) -> str:
    listed = list(counts)
    return f"{sum(1 for count in listed if count)}/{len(listed)}"
