"""Numbers of which the contract leaves open how large they may be: every right server takes the least of them.

Owns: `least`, `refused_above`.
Knows nothing of: which values rules send, and what a refusal is worth.
Source: x-open of a body's number; docs/contract.md, "Left open". A limit may differ from record to record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Contract, Field


def least(field: Field) -> Any:
    """The one value that every right server takes; None where the contract says what is taken."""
    is_open = field.fact.open is not None and field.type in ("integer", "number") and not field.reference
    return field.schema.get("minimum", 1) if is_open and not field.enum else None


def refused_above(contract: Contract, answer: Answer) -> Iterator[str]:
    """The fields that a refusal names and that may hold more than the least: as sent, or as the record has them."""
    if answer.status not in answer.refusals or not isinstance(answer.json, Mapping):
        return
    operation = contract.operations.get(answer.operation_id or "")
    sent = answer.request_body if isinstance(answer.request_body, Mapping) else {}
    for name, field in operation.body.fields.items() if operation and operation.body else ():
        least_one = least(field)
        if least_one is not None and name in answer.json and _above(sent.get(name), least_one, kept=name not in sent):
            yield name


def _above(value: Any, least_one: float, *, kept: bool) -> bool:
    return kept or (isinstance(value, int | float) and value > least_one)
