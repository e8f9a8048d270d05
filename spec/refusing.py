"""How an operation refuses a call, as far as its responses tell: with which statuses, and in a shape of its own or not.

Owns: the statuses of a call that is well formed but wrong, and whether an error's schema admits the usual shape.
Source: docs/contract-of-your-own.md, "Errors".
"""

from __future__ import annotations

from typing import Any

from cancelkit.spec.model import Operation, Role
from cancelkit.spec.values import NoValue, Values

WRONG: tuple[int, ...] = (400, 422, 409)
REFUSED: tuple[int, ...] = (409, 400, 422, 403)
"""What a wrong body or query, and an action in the wrong state, may be answered with; the likeliest first."""
BY_FIELD: dict[str, Any] = {"field": ["A text."], "code": "invalid"}
DETAIL: dict[str, Any] = {"detail": "A text.", "code": "invalid"}
"""The usual shapes: texts by field, or one text; and a code."""


def statuses(operation: Operation) -> tuple[int, ...]:
    """The statuses with which the operation may refuse what is sent: those that its responses name, else 400."""
    usual = REFUSED if operation.role is Role.ACTION else WRONG
    return tuple(status for status in usual if status in operation.responses) or (400,)


def own_shape(operation: Operation, status: int) -> bool:
    """Whether the contract gives this error a schema that the usual shape does not fit."""
    response = operation.response(status)
    if response is None or response.schema is None:
        return False
    values = Values(response.schema, direction="response", place=operation.id)
    try:
        return not values.admits(DETAIL) and not (status in statuses(operation) and values.admits(BY_FIELD))
    except NoValue:
        return False
