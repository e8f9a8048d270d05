"""Which of the codes an exchange could have shown at all: what was never tried is not to be called kept.

Owns: when a code had its chance.
"""

from __future__ import annotations

from collections.abc import Iterator

from cancelkit.spec import Contract, Operation, Role
from cancelkit.spec.representations import RESULTS
from cancelkit.traffic.history import unique_fields
from cancelkit.traffic.reading import ABSENT, Call


def exercised(call: Call, contract: Contract) -> Iterator[str]:
    """The codes that this exchange had a chance to break."""
    yield from _client(call, contract)
    if call.exchange.answered:
        yield from _server(call, contract)


def _client(call: Call, contract: Contract) -> Iterator[str]:
    yield from ("unknown-path", "missing-slash", "extra-slash", "method-not-allowed", "deprecated")
    if call.meaning.values:
        yield "invalid-parameter"
        yield "unknown-enum"
    if call.query:
        yield from ("undocumented-parameter", "invalid-parameter", "empty-filter", "unknown-enum")
    if call.exchange.request_body:
        yield from ("undocumented-field", "read-only-field", "invalid-field", "malformed-body", "wrong-content-type")
        yield "unknown-enum"
    if contract.api_key and call.exchange.sent(contract.api_key.header):
        yield "bare-key"


def _server(call: Call, contract: Contract) -> Iterator[str]:
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
    if exchange.secrets and operation.secured and contract.api_key:
        yield "unauthenticated"
    if call.query or exchange.request_body:
        yield "accepted-invalid"
    if operation.role is Role.DESTROY:
        yield "came-back"
    if call.answered is not ABSENT:
        yield from _answered(call, operation, contract)


def _answered(call: Call, operation: Operation, contract: Contract) -> Iterator[str]:
    answer, resource = call.answered, contract.resource
    yield from ("schema", "identity-changed")
    if unique_fields(contract):
        yield "uuid-shared"
        if resource.scope:
            yield "wrong-channel"
    if not isinstance(answer, dict):
        return
    if resource.identity and resource.identity.name in call.meaning.values:
        yield "wrong-record"
    if isinstance(call.sent, dict):
        yield "not-applied"
    if operation.role is Role.CREATE:
        yield "id-reused"
    if operation.action or (operation.role is Role.CREATE and resource.transitions):
        yield "wrong-status-after"
    state = answer.get(resource.transitions.field) if resource.transitions else None
    if resource.transitions and any(state == final for final in resource.transitions.final):
        yield "left-final"
    if isinstance(answer.get(RESULTS), list):
        yield from ("page-size", "page-envelope", "list-order")
        if answer[RESULTS] and any(call.value(name) for name in operation.filters):
            yield "filter-mismatch"
