"""The answer that a fault or a preference asks for, in the API's own shape.

Owns: choosing body and headers for an error status, so that the body is valid against the contract.
Knows nothing of: when to answer so.
Source: spec/openapi.yaml, the examples of the error answers; {"detail", "code"} for statuses that it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from cancelkit.mockserver.replies import JSON_TYPE, Reply, documented
from cancelkit.spec import Contract, Operation
from cancelkit.spec.document import resolved
from cancelkit.spec.media import first_json

RETRY_AFTER = 1
GENERAL = frozenset({"detail", "code", "non_field_errors"})
"""What an error may name whatever was sent."""


class FaultAnswers:
    """Made once from the contract."""

    def __init__(self, contract: Contract) -> None:
        self._examples: dict[tuple[str, int], Any] = {}
        self._operations = contract.operations
        for operation in contract.operations.values():
            node = contract.document["paths"][operation.path][operation.method.lower()]["responses"]
            for status in operation.responses:
                example = _example(resolved(contract.document, node[str(status)], operation.id), operation)
                if status >= 400 and example is not None:
                    self._examples[operation.id, status] = example

    def reply(self, status: int, operation: str | None, retry_after: int | None = None) -> Reply:
        """Return the answer with `status`; 429 and 503 say when to come again."""
        body = self._examples.get((operation or "", status)) or _generic(status)
        headers = [JSON_TYPE]
        if retry_after is None and status == HTTPStatus.TOO_MANY_REQUESTS:
            retry_after = RETRY_AFTER
        if retry_after is not None:
            headers.append((b"retry-after", b"%d" % retry_after))
        reply = Reply(status, orjson.dumps(body), tuple(headers))
        return documented(self._operations[operation], reply) if operation else reply


def _example(answer: Mapping[str, Any], operation: Operation) -> Any:
    """The first example that names nothing which the operation does not have."""
    content = first_json(answer.get("content", {}))[1]
    if "example" in content:
        return content["example"]
    listed = [example.get("value") for example in content.get("examples", {}).values()]
    if not listed:
        return None
    asked = [parameter.name for parameter in operation.parameters if parameter.location == "query"]
    sent = set(operation.body.fields) if operation.body else set()
    fitting = (value for value in listed if set(value) - GENERAL <= sent)
    return {asked[0]: ["This value is refused."], "code": "invalid"} if asked else next(fitting, listed[0])


def _generic(status: int) -> dict[str, str]:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = f"Error {status}"
    return {"detail": f"{phrase}.", "code": phrase.lower().replace(" ", "_")}


def answering(reply: Reply) -> ASGIApp:
    """Return an application that gives `reply` to every call."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await reply.send(send)

    return app
