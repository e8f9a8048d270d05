"""A short walk through every operation, so that each kind of answer is seen at least once.

Owns: which calls those are.
Knows nothing of: judging them; the watch sees all traffic.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.target.answer import UNSET
from cancelkit.spec import Operation

NOWHERE = 2**31 - 7


def tour(bench: Bench) -> None:
    """Call every operation with good data, as nobody, on an unknown id, and with a wrong body."""
    operations = [o for o in bench.spec.operations.values() if not bench.read_only or o.method == "GET"]
    bench.parallel([lambda o=o: _visit(bench, o) for o in operations])  # type: ignore[misc]


def _visit(bench: Bench, operation: Operation) -> None:
    with suppress(Inconclusive, Skip):
        id: Any = None
        body: Any = UNSET
        if operation.body is not None:
            body = bench.body() if operation.body.required and operation.method == "POST" else {"description": "tour"}
        if "{id}" in operation.path:
            id = _an_id(bench)
            bench.call(operation.id, id=NOWHERE, body=body)
        bench.call(operation.id, id=id, body=body, auth="none")
        bench.call(operation.id, id=id, body=body)
        if operation.body is not None:
            bench.call(operation.id, id=id, body={"cancellation_type": "no such type"})
            bench.call(operation.id, id=id, content=b"{")
            bench.call(operation.id, id=id, content=b"a=b", headers={"Content-Type": "text/plain"})
        elif operation.parameter("limit") is not None:
            bench.call(operation.id, query={"limit": "x"})
            bench.call(operation.id, query={"page": NOWHERE})


def _an_id(bench: Bench) -> int:
    if not bench.read_only:
        return int(bench.create()["id"])
    rows = bench.rows(max_rows=1)
    if not rows:
        raise Skip("the channel holds no request")
    return int(rows[0]["id"])
