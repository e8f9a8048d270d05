"""One good call of any operation, about a record of the rule's own.

Owns: which body and id an operation needs to be accepted.
Knows nothing of: what is judged about the answer.
Source: operations of the spec.
"""

from __future__ import annotations

from typing import Any

from cancelkit.contract_tests.bench import Bench
from cancelkit.contract_tests.rules.evidence import Row
from cancelkit.contract_tests.rules.writes import fields
from cancelkit.contract_tests.target.answer import Answer, Auth
from cancelkit.spec import Operation


def good_body(bench: Bench, operation: Operation, row: Row | None = None) -> Any:
    """A body that the operation accepts and that changes something."""
    if operation.parameter("id") is None:
        return bench.body()
    names = fields(bench.spec, operation.id)
    text = next(name for name, field in names.items() if field.type == "string" and field.nullable)
    return {text: f"written by {bench.rule_id}"}


def good_call(
    bench: Bench, operation: Operation, row: Row | None = None, *, channel: int | None = None, auth: Auth = "good"
) -> Answer:
    """Call `operation` as it should be, about `row` where it needs one."""
    more: dict[str, Any] = {}
    if operation.parameter("id") is not None:
        more["id"] = row["id"] if row else None
    if operation.body is not None:
        more["body"] = good_body(bench, operation, row)
    return bench.call(operation.id, channel=channel, auth=auth, **more)


def needs_record(operation: Operation) -> bool:
    """Whether the operation is about one record."""
    return operation.parameter("id") is not None


def reads_only(operation: Operation) -> bool:
    """Whether the operation changes nothing."""
    return operation.method == "GET"
