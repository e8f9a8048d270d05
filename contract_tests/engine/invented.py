"""Answers that nobody gave: what the rules about a single answer are tried on.

Owns: `answer_to` and `examples`.
Knows nothing of: the rules.
"""

from __future__ import annotations

from typing import Any

from cancelkit.contract_tests.target.answer import Answer
from cancelkit.spec import Operation, Schema
from cancelkit.spec.values import NoValue, Values


def answer_to(
    operation: Operation,
    status: int,
    *,
    json: Any = None,
    text: str = "",
    kind: str = "application/json",
    is_json: bool = True,
) -> Answer:
    """An answer of the operation with this status."""
    return Answer(
        status,
        {"content-type": kind},
        text,
        json,
        operation.method,
        operation.path,
        is_json=is_json,
        operation_id=operation.id,
    )


def examples(operation: Operation, status: int, schema: Schema | None) -> tuple[tuple[Answer, ...], tuple[Answer, ...]]:
    """Answers of the operation that are of the schema, and that are not."""
    if schema is None:
        return (answer_to(operation, status),), (answer_to(operation, status, text='{"id": 1}'),)
    values = Values(schema, direction="response", place=f"{operation.id}, {status}")
    others: tuple[Any, ...] = ([], {}, 1)
    unfit = [answer_to(operation, status, json=value) for value in others if not values.admits(value)]
    rejects = (*unfit[:1], answer_to(operation, status, text="OK", kind="text/plain", is_json=False))
    try:
        return (answer_to(operation, status, json=values.typical()),), rejects
    except NoValue:
        return (), rejects
