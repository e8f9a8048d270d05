"""How much of the contract a client's calls have touched.

Owns: counting calls by operation, status and query parameter, and the summary. A call that has left the journal stays
    counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from cancelkit.mockserver.api.recognition import Recogniser
from cancelkit.mockserver.journal.queries import bare, names
from cancelkit.mockserver.journal.totals import NO_OPERATION, Totals
from cancelkit.spec import Contract, Operation

FRESH = 64
LONGEST_PATH = 200


class Coverage:
    """Counts since the start, or since `clear`.

    recognise: finds the operation of a call. totals: the server's, which are told of each call as well.
    """

    __slots__ = ("_calls", "_fresh", "_known", "_parameters", "_recognise", "_statuses", "_totals")

    def __init__(self, recognise: Recogniser, totals: Totals) -> None:
        self._recognise = recognise
        self._totals = totals
        self._known: dict[str, set[str]] = {}
        self._fresh: dict[tuple[str, str, int, bytes], list[int]] = {}
        self._calls: Counter[str] = Counter()
        self._statuses: Counter[tuple[str, int]] = Counter()
        self._parameters: Counter[tuple[str, str]] = Counter()

    def count(self, method: str, path: str, status: int, query: bytes) -> None:
        """Count one call; what it means is worked out when many have gathered, or somebody asks."""
        if len(path) > LONGEST_PATH:
            self._totals.calls[NO_OPERATION, status] += 1
            return
        key = (method, path, status, bare(query) if query else query)
        times = self._fresh.get(key)
        if times is not None:
            times[0] += 1
            return
        self._fresh[key] = [1]
        if len(self._fresh) > FRESH:
            self.settle()

    def settle(self) -> None:
        """Work out what the calls of late mean."""
        for (method, path, status, query), (times,) in self._fresh.items():
            operation = self._recognise(method, path).operation
            self._totals.calls[operation.id if operation else NO_OPERATION, status] += times
            if operation is None:
                continue
            self._calls[operation.id] += times
            self._statuses[operation.id, status] += times
            if not query:
                continue
            known = self._known.get(operation.id)
            if known is None:
                known = self._known[operation.id] = {p.name for p in operation.parameters}
            for name in known & names(query):
                self._parameters[operation.id, name] += times
        self._fresh.clear()

    def report(self, contract: Contract) -> dict[str, Any]:
        """Return {"operations": [...], "summary": {...}}: all that is documented, 0 when unseen."""
        self.settle()
        operations = [self._operation(operation) for operation in contract.operations.values()]
        documented = [(o.id, status) for o in contract.operations.values() for status in o.responses]
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
        self.settle()
        for counts in (self._calls, self._statuses, self._parameters):
            counts.clear()


def _share(counts: Iterable[int]) -> str:
    listed = list(counts)
    return f"{sum(1 for count in listed if count)}/{len(listed)}"
