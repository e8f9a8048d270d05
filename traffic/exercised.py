"""Which of the codes an exchange could have shown at all: what was never tried is not to be called kept.

Owns: when a code had its chance.
Knows nothing of: what was found.
"""

from __future__ import annotations

from collections.abc import Iterator

from cancelkit.spec import Contract
from cancelkit.traffic.reading import ABSENT, Call


def exercised(call: Call, spec: Contract) -> Iterator[str]:
    """The codes that this exchange had a chance to break."""
    yield from _client(call, spec)
    if call.exchange.status >= 200:
        yield from _server(call, spec)


def _client(call: Call, spec: Contract) -> Iterator[str]:
    yield from ("unknown-path", "missing-slash", "extra-slash", "method-not-allowed", "deprecated")
    if call.meaning.values:
        yield "invalid-parameter"
    if call.query:
        yield from ("undocumented-parameter", "invalid-parameter", "empty-filter", "unknown-enum")
    if call.exchange.request_body:
        yield from ("undocumented-field", "read-only-field", "invalid-field", "malformed-body", "wrong-content-type")
        yield "unknown-enum"
    if call.exchange.sent(spec.api_key.header):
        yield "bare-key"


def _server(call: Call, spec: Contract) -> Iterator[str]:
    exchange, operation = call.exchange, call.operation
    yield from ("server-error", "undocumented-status")
    if exchange.status == 405:
        yield "missing-allow"
    if exchange.response_body:
        yield from ("missing-content-type", "not-json")
    if 400 <= exchange.status < 500 and exchange.response_body:
        yield "error-shape"
    if operation is None or not exchange.ok:
        return
    if operation.success.schema is None:
        yield "unexpected-body"
    if exchange.secrets:
        yield "unauthenticated"
    if call.query or exchange.request_body:
        yield "accepted-invalid"
    if operation.method == "DELETE":
        yield "came-back"
    if call.answered is not ABSENT:
        yield from _answered(call, spec)


def _answered(call: Call, spec: Contract) -> Iterator[str]:
    operation, answer = call.operation, call.answered
    yield from ("schema", "identity-changed", "uuid-shared", "wrong-channel")
    if operation is None or not isinstance(answer, dict):
        return
    if "id" in call.meaning.values:
        yield "wrong-record"
    if isinstance(call.sent, dict):
        yield "not-applied"
    if operation.success.status == 201:
        yield "id-reused"
    if operation.success.status == 201 or operation.id in spec.transitions.actions:
        yield "wrong-status-after"
    if answer.get("status") in spec.transitions.final:
        yield "left-final"
    if isinstance(answer.get("results"), list):
        yield from ("page-size", "page-envelope", "list-order")
        if answer["results"] and any(call.value(name) for name in operation.filters):
            yield "filter-mismatch"
