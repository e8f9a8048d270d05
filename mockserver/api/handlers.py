"""The nine operations, a few lines each: parsed call -> store -> reply.

Owns: which store call an operation is, and how an outcome becomes a reply.
Knows nothing of: parsing, validation, SQL.
Source: contract, "Operations".
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import Scope

from cancelkit.mockserver.api.links import page_url
from cancelkit.mockserver.problem import Problem
from cancelkit.mockserver.replies import NON_FIELD, Reply, invalid, invalid_page, not_found
from cancelkit.mockserver.settings import Settings
from cancelkit.mockserver.state.store import Missing, PageBeyondLast, Refused, Store
from cancelkit.spec import Field, Operation


@dataclass(frozen=True, slots=True)
class Call:
    """One call, parsed and validated. path: as the client wrote it. body: the fields sent."""

    operation: Operation
    store: Store
    settings: Settings
    channel: int
    id: int
    query: dict[str, Any]
    body: dict[str, Any]
    fields: dict[str, Field]
    scope: Scope
    path: str


Handler = Callable[[Call], Awaitable[Reply]]


async def listed(call: Call) -> Reply:
    return _page(call, detailed=False)


async def listed_detailed(call: Call) -> Reply:
    return _page(call, detailed=True)


async def created(call: Call) -> Reply:
    return Reply(201, call.store.create(call.channel, call.body, call.fields))


async def retrieved(call: Call) -> Reply:
    return Reply(200, call.store.get(call.channel, call.id))


async def retrieved_detailed(call: Call) -> Reply:
    return Reply(200, call.store.get_detailed(call.channel, call.id))


async def updated(call: Call) -> Reply:
    return Reply(200, call.store.update(call.channel, call.id, call.body, call.fields))


async def deleted(call: Call) -> Reply:
    call.store.delete(call.channel, call.id)
    return Reply(204, headers=())


async def rejected(call: Call) -> Reply:
    return Reply(200, call.store.act(call.channel, call.id, call.operation.id))


HANDLERS: dict[str, Handler] = {
    "listCancellationRequests": listed,
    "createCancellationRequest": created,
    "listCancellationRequestsDetailed": listed_detailed,
    "retrieveCancellationRequest": retrieved,
    "updateCancellationRequest": updated,
    "partialUpdateCancellationRequest": updated,
    "deleteCancellationRequest": deleted,
    "rejectCancellationRequest": rejected,
    "retrieveCancellationRequestDetailed": retrieved_detailed,
}


async def outcome(handler: Handler, call: Call) -> Reply:
    """Run a handler and turn what the store raises into the API's errors.

    Raises:
        ApiError: 400 or 404.
    """
    if call.channel not in call.store.catalogue.channels:
        raise not_found()
    try:
        return await handler(call)
    except Missing:
        raise not_found() from None
    except PageBeyondLast:
        raise invalid_page() from None
    except Refused as refused:
        raise invalid([Problem(p.field or NON_FIELD, p.message, p.code) for p in refused.problems]) from None


def _page(call: Call, *, detailed: bool) -> Reply:
    paging, filters = call.operation.paging, call.operation.filters
    page = call.query[paging["page"]]
    limit = min(call.query[paging["limit"]], call.settings.max_limit)
    conditions = [(filters[name], value) for name, value in call.query.items() if name in filters]
    found = call.store.page(call.channel, conditions, page=page, limit=limit, detailed=detailed)
    follow = page * limit < found.total
    links = [
        orjson.dumps(page_url(call.scope, call.path, paging["page"], number)) if there else b"null"
        for number, there in ((page + 1, follow), (page - 1, page > 1))
    ]
    body = b'{"count":%d,"next":%b,"previous":%b,"results":[%b]}'
    return Reply(200, body % (found.total, *links, b",".join(found.rows)))
