"""A short walk through every operation, so that each kind of answer is seen at least once.

Owns: which calls those are; the watch judges their answers.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

from cancelkit.contract_tests.context.bodies import marked, settable
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.walking import page_query
from cancelkit.contract_tests.errors import Inconclusive, Skip
from cancelkit.contract_tests.target.answer import UNSET
from cancelkit.spec import Operation, Resource, Role

NOWHERE = 2**31 - 7


def unknown_id(resource: Resource) -> Any:
    """An id that no record has."""
    if resource.numbered:
        return NOWHERE
    return str(UUID(int=NOWHERE, version=4)) if resource.id_schema.get("format") == "uuid" else "no-such-record"


def tour(context: Context) -> None:
    """Call every operation with good data, as nobody, on an unknown id, and with a wrong body."""
    operations = [o for o in context.contract.operations.values() if not context.read_only or o.method == "GET"]
    context.parallel([partial(_visit, context, operation) for operation in operations])


def _visit(context: Context, operation: Operation) -> None:
    with suppress(Inconclusive, Skip):
        id: Any = None
        body: Any = UNSET
        if operation.role is Role.CREATE:
            body = context.body()
        if _about_a_record(context.resource, operation):
            record = _a_record(context, operation)
            id = context.id_of(record)
            if operation.body is not None:
                fields = settable(operation)
                some: dict[str, Any] = {n: v for n, v in marked(context.contract, "tour").items() if n in fields}
                body = context.update_body(operation, record, **some)
            context.call(operation, id=unknown_id(context.resource), body=body)
        context.call(operation, id=id, body=body, auth="none")
        context.call(operation, id=id, body=body)
        if operation.body is not None:
            wrong = next((name for name, field in settable(operation).items() if field.enum), None)
            if wrong is not None:
                context.call(operation, id=id, body={wrong: "no such value"})
            context.call(operation, id=id, content=b"{")
            context.call(operation, id=id, content=b"a=b", headers={"Content-Type": "text/plain"})
        elif operation.paging:
            for name in operation.paging.values():
                context.call(operation, query={name: "x"})
            context.call(operation, query=page_query(operation, page=NOWHERE))


def _about_a_record(resource: Resource, operation: Operation) -> bool:
    return resource.identity is not None and f"{{{resource.identity.name}}}" in operation.path


def _a_record(context: Context, operation: Operation) -> dict[str, Any]:
    if not context.read_only:
        return context.ready(operation, context.create())
    rows = context.rows(max_rows=1)
    if not rows:
        raise Skip("there is no record")
    return rows[0]
