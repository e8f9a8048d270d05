"""Send a request again, as it was or on a fresh record, to see whether its answer was no accident.

Owns: `again`.
"""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlsplit

from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.target.answer import TOKEN, UNSET, Answer, Auth
from cancelkit.contract_tests.target.encoding import raw_bytes
from cancelkit.spec import Role


def again(context: Context, answer: Answer) -> Answer | None:
    """The answer to the same request, or None where it can't be sent again without harm.

    What was sent to a record that the run created goes to a fresh one of the initial state.
    """
    parts = urlsplit(answer.url)
    path, query = context.documented(parts.path), parts.query
    auth = _auth(answer, context)
    content = None
    if isinstance(answer.request_body, str):
        content = raw_bytes(answer.request_body)
    body = UNSET if content is not None else answer.request_body
    key = context.contract.api_key
    secret = key.header.lower() if key else None
    headers: dict[str, str | None] = {n: v for n, v in answer.request_headers.items() if n.lower() != secret}
    with suppress(Inconclusive, Skip):
        path = _on_a_fresh_record(context, answer, path)
        if answer.ok and isinstance(body, dict) and _creates(context, answer):
            body = context.fitting(body)
        return context.send(answer.method, path, query=query, body=body, content=content, headers=headers, auth=auth)
    return None


def _creates(context: Context, answer: Answer) -> bool:
    operation = context.contract.operations.get(answer.operation_id or "")
    return operation is not None and operation.role is Role.CREATE


def _on_a_fresh_record(context: Context, answer: Answer, path: str) -> str:
    """The path, with a fresh record's id where it names one that this run created."""
    operation = context.contract.operations.get(answer.operation_id or "")
    identity, names = context.resource.identity, [parameter.name for parameter in context.resource.scope]
    if operation is None or identity is None or f"{{{identity.name}}}" not in operation.path:
        return path
    values = context.path_parameters(answer.method, path)
    where = [values.get(name, "") for name in names]
    scopes = [s for s in (context.scope, context.other_scope) if s is not None and list(map(str, s)) == where]
    if scopes and context.ledger.created(where, values.get(identity.name)):
        record = context.create(scopes[0])
        return context.url(operation, scope=scopes[0], id=context.id_of(record))
    return path


def _auth(answer: Answer, context: Context) -> Auth:
    key = context.contract.api_key
    if key is None:
        return "good"
    sent = next((value for name, value in answer.request_headers.items() if name.lower() == key.header.lower()), None)
    if sent is None:
        return "none"
    if key.unknown in sent:
        return "wrong"
    if not sent:
        return "empty"
    return "bare" if sent == TOKEN and key.prefix else "good"
