"""A check for Schemathesis: a valid call may be refused for the present status of a request, and for nothing else.

Owns: telling such a 400 from one that blames the data.
Knows nothing of: the mock. Which operations change a status, and which it sets by itself, is read from x-transitions.
Source: spec/openapi.yaml, behaviours transitions and reject-final.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import schemathesis

from cancelkit.spec import load

ACTIONS = frozenset(load().transitions.actions)
BLAMES_THE_WHOLE = {"non_field_errors", "detail"}


def blamed(operation_id: str | None, body: Mapping[str, Any]) -> Collection[str]:
    """Return what a 400 to a valid call blames beside what the contract allows: the status, or the whole action."""
    allowed = BLAMES_THE_WHOLE if operation_id in ACTIONS else {"status"}
    return set(body) - allowed - {"code"}


@schemathesis.check
def refused_for_its_status_only(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """Fail when valid data is answered 400 for another reason than the status of the request."""
    if response.status_code != 400 or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    operation_id = case.operation.definition.raw.get("operationId")
    wrongly = blamed(operation_id, response.json())
    assert not wrongly, f"{operation_id} refused valid data for {', '.join(sorted(wrongly))}: {response.text}"
