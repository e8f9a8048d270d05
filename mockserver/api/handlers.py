"""What each operation does, by its role: parsed call -> store -> reply.

Owns: which store call a role is, and how an outcome becomes a reply.
Knows nothing of: parsing, validation.
Source: the contract's operations; built once at the start, so that what can't be served is an error then.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from starlette.types import Scope as Http

from cancelkit.fixtures.world import Scope
from cancelkit.mockserver.api.chosen import as_chosen
from cancelkit.mockserver.api.envelope import Envelope
from cancelkit.mockserver.api.lenient import NOTHING
from cancelkit.mockserver.api.links import page_url
from cancelkit.mockserver.api.shown import Shown
from cancelkit.mockserver.api.words import too_large
from cancelkit.mockserver.problem import Problem
from cancelkit.mockserver.replies import ApiError, Reply, invalid, invalid_page, not_found
from cancelkit.mockserver.settings import Settings
from cancelkit.mockserver.state.errors import Missing, PageBeyondLast, Refused
from cancelkit.mockserver.state.lookup import Page
from cancelkit.mockserver.state.store import Store
from cancelkit.spec import Contract, Field, Operation, Role, SpecError
from cancelkit.spec.wording import NON_FIELD


@dataclass(frozen=True, slots=True)
class Call:
    """One call, parsed and validated.

    scope: the values of the resource's scope. id: of the record; None where the path names none. body: the fields sent.
    references: the fields of such a body that name a row of a table.
    http: the ASGI scope. path: as the client wrote it.
    """

    operation: Operation
    store: Store
    settings: Settings
    scope: Scope
    id: Any
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    references: Mapping[str, Field]
    http: Http
    path: str


FINDING_NOTHING = (
    *((f"{what}-filter", "matches-nothing") for what in ("malformed", "empty", "empty-text")),
    ("fraction-filter", "compared"),
)
"""Options by which a value of a filter finds nothing, with their points."""
Handler = Callable[[Call], Awaitable[Reply]]
Does = Callable[[Call], bytes]
"""What a call does to the store, and the document of the record that it was about."""


def handlers(contract: Contract) -> dict[str, Handler]:
    """A handler for each operation, by operationId.

    Raises:
        SpecError: one can't be served; it says what is missing.
    """
    return {operation.id: _handler(contract, operation) for operation in contract.operations.values()}


def _handler(contract: Contract, operation: Operation) -> Handler:
    role = operation.role
    if role in (Role.LIST, Role.LIST_DETAILED):
        return _listing(contract, operation)
    if role in _NEEDS_BODY and operation.body is None:
        raise SpecError(f"{operation.id}/requestBody", "is missing; what is sent to it must be described")
    if role not in _ON_RECORDS:
        raise SpecError(operation.id, f"nothing is known of how to serve the role {role}")
    if role is Role.ACTION and operation.action is None:
        raise SpecError(operation.id, "what this action does is not said; add x-action")
    answer = _answering(contract, operation)
    does = as_chosen(contract, operation, _ON_RECORDS[role])

    async def handle(call: Call) -> Reply:
        return answer(call, does(call))

    return handle


def _created(call: Call) -> bytes:
    return call.store.create(call.scope, call.body, call.references)


def _retrieved(call: Call) -> bytes:
    return call.store.get(call.scope, call.id)


def _retrieved_detailed(call: Call) -> bytes:
    return call.store.get_detailed(call.scope, call.id)


def _updated(call: Call) -> bytes:
    return call.store.update(call.scope, call.id, call.body, call.references)


def _deleted(call: Call) -> bytes:
    gone = call.store.get(call.scope, call.id)
    call.store.delete(call.scope, call.id)
    return gone


def _acted(call: Call) -> bytes:
    if call.operation.action is None:
        raise Refused(Problem("", "This action is not allowed.", "not_allowed"))
    return call.store.act(call.scope, call.id, call.operation.action, call.body)


_NEEDS_BODY = frozenset({Role.CREATE, Role.UPDATE, Role.PARTIAL_UPDATE})
_ON_RECORDS: Mapping[Role, Does] = {
    Role.CREATE: _created,
    Role.RETRIEVE: _retrieved,
    Role.RETRIEVE_DETAILED: _retrieved_detailed,
    Role.UPDATE: _updated,
    Role.PARTIAL_UPDATE: _updated,
    Role.DESTROY: _deleted,
    Role.ACTION: _acted,
}


def _answering(contract: Contract, operation: Operation) -> Callable[[Call, bytes], Reply]:
    """How the document that the store gave becomes the operation's success answer."""
    success = operation.success
    if success.schema is None or success.status == 204:
        return lambda call, doc: Reply(success.status, headers=())
    shown = Shown.of(contract, operation, success.schema)
    if shown.change is None and (not shown.detailed or operation.role is Role.RETRIEVE_DETAILED):
        return lambda call, doc: Reply(success.status, doc)
    field, read = contract.resource.id_field, operation.role is not Role.DESTROY

    def answer(call: Call, doc: bytes) -> Reply:
        if read and operation.role is not Role.RETRIEVE_DETAILED and shown.detailed:
            id = call.id if call.id is not None else orjson.loads(doc).get(field)
            doc = call.store.get_detailed(call.scope, id)
        return Reply(success.status, shown.row(doc))

    return answer


def _listing(contract: Contract, operation: Operation) -> Handler:
    envelope = Envelope.of(operation)
    shown = Shown.of(contract, operation, envelope.row)
    filters, status = operation.filters, operation.success.status
    page_name, limit_name = operation.paging.get("page"), operation.paging.get("limit")
    ordering = operation.ordering.name if operation.ordering else None
    beyond = contract.chosen("page-beyond-last")
    refuses_large = limit_name is not None and contract.chosen("limit-too-large") == "refused"
    bare_first = contract.chosen("link-to-page-1") == "bare"
    nothing = any(contract.chosen(point) == option for point, option in FINDING_NOTHING)

    async def handle(call: Call) -> Reply:
        query = call.query
        page = query.get(page_name, 1) if page_name else 1
        limit = min(query.get(limit_name, call.settings.max_limit), call.settings.max_limit) if limit_name else None
        if page_name and limit is None:
            limit = call.settings.max_limit
        if refuses_large and query.get(limit_name or "", 0) > call.settings.max_limit:
            raise invalid([Problem(limit_name or "", *too_large(call.settings.max_limit))])
        asked = [(filters[name], value) for name, value in query.items() if name in filters]
        look = partial(
            call.store.page,
            call.scope,
            asked,
            limit=limit,
            detailed=shown.detailed,
            order=query.get(ordering) if ordering else None,
        )
        before = page - 1
        try:
            found = Page([], 0) if nothing and any(value is NOTHING for _, value in asked) else look(page=page)
        except PageBeyondLast as error:
            if beyond == "not-found":
                raise
            last = page if limit is None else -(-error.total // limit) or 1
            if beyond == "last-page":
                page, before, found = last, last - 1, look(page=last)
            else:
                found = Page([], error.total)
                before = {"empty-to-last": last, "empty-unlinked": 0}.get(beyond, before)
        rows = found.rows if shown.change is None else [shown.change(row) for row in found.rows]

        def url(number: int) -> str:
            named = None if bare_first and number == 1 else number
            return page_url(call.http, call.path, page_name or "page", named)

        size = limit if page_name else None
        return Reply(status, envelope.write(rows, found.total, page=page, before=before, limit=size, url=url))

    return handle


async def outcome(handler: Handler, call: Call, absent: Callable[[Store, Scope, Any], ApiError]) -> Reply:
    """Run a handler and turn what the store raises into the API's errors.

    Args:
        absent: the refusal where the scope has no such record.
    Raises:
        ApiError: mostly 400 or 404.
    """
    if call.scope not in call.store.catalogue.scopes:
        raise not_found()
    try:
        return await handler(call)
    except Missing:
        raise absent(call.store, call.scope, call.id) from None
    except PageBeyondLast:
        raise invalid_page() from None
    except Refused as refused:
        raise invalid([Problem(p.field or NON_FIELD, p.message, p.code) for p in refused.problems]) from None
