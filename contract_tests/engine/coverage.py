"""What of the contract a run exercised.

Owns: counting operations, statuses, parameters and body fields from the answers seen.
"""

from __future__ import annotations

from collections import Counter
from threading import Lock
from urllib.parse import parse_qsl, urlsplit

from cancelkit.contract_tests.engine.verdict import Coverage
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract


class CoverageCounter:
    """Thread-safe."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._statuses: Counter[tuple[str, int]] = Counter()
        self._parameters: Counter[tuple[str, str, bool]] = Counter()
        self._fields: Counter[tuple[str, str, bool]] = Counter()
        self._lock = Lock()

    def watch(self, answer: Answer) -> None:
        if answer.operation_id is None:
            return
        id = answer.operation_id
        names = {name for name, _ in parse_qsl(urlsplit(answer.url).query, keep_blank_values=True)}
        sent = answer.request_body if isinstance(answer.request_body, dict) else {}
        with self._lock:
            self._statuses[id, answer.status] += 1
            self._parameters.update((id, name, answer.ok) for name in names)
            self._fields.update((id, str(name), answer.ok) for name in sent)

    def coverage(self) -> Coverage:
        operations = self._contract.operations.values()
        with self._lock:
            statuses = {
                o.id: {
                    status: self._statuses[o.id, status]
                    for status in sorted({*o.responses, *(s for id, s in self._statuses if id == o.id)})
                }
                for o in operations
            }
            parameters = {
                o.id: {
                    p.name: (self._parameters[o.id, p.name, True], self._parameters[o.id, p.name, False])
                    for p in o.parameters
                    if p.location == "query"
                }
                for o in operations
            }
            fields = {
                o.id: {n: (self._fields[o.id, n, True], self._fields[o.id, n, False]) for n in o.body.fields}
                for o in operations
                if o.body is not None
            }
        return Coverage(statuses, parameters, fields)
