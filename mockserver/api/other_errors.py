"""Errors that a contract describes otherwise than the mock answers them.

Owns: `other_errors`: what the mock is to refuse in its own shapes (replies.py), though the contract has another schema.
Knows nothing of: calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from cancelkit.mockserver.problem import Problem
from cancelkit.mockserver.replies import NON_FIELD, invalid
from cancelkit.spec import Contract, Operation
from cancelkit.spec.values import NoValue
from cancelkit.spec.values.checking import compiled

REFUSED = (400, 401, 404, 413, 415)


def other_errors(contract: Contract) -> dict[tuple[str, int], Any]:
    """An answer of the mock that the contract's schema does not allow, by operationId and status."""
    found: dict[tuple[str, int], Any] = {}
    for operation in contract.operations.values():
        for status in REFUSED:
            answer = operation.response(status)
            if answer is None or answer.schema is None:
                continue
            try:
                fits = compiled(answer.schema, "response", f"{operation.id}, {status}").is_valid
            except NoValue:
                continue
            unfit = [sample for sample in _samples(operation, status) if not fits(sample)]
            if unfit:
                found[operation.id, status] = unfit[0]
    return found


def _samples(operation: Operation, status: int) -> Iterator[Any]:
    yield {"detail": "Why.", "code": "why"}
    if status == 400:
        query = [parameter.name for parameter in operation.parameters if parameter.location == "query"]
        body = operation.body.fields if operation.body else {}
        for names in (query, list(body), [NON_FIELD] if body or operation.action else []):
            if names:
                yield orjson.loads(invalid([Problem(name, "Why.") for name in names]).reply.body)
