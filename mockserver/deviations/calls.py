"""Deviations of single operations: what a handler does with a call, and what it answers.

Owns: wrappers around handlers, one for each.
Knows nothing of: the store's inside.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from cancelkit.mockserver.api.handlers import Call, Handler
from cancelkit.mockserver.deviations.deviation import Deviation, Document, Wrap
from cancelkit.mockserver.replies import ApiError, Reply, error
from cancelkit.mockserver.state.store import Missing, Refused

LISTS = ("listCancellationRequests", "listCancellationRequestsDetailed")
CREATE, PUT, PATCH = "createCancellationRequest", "updateCancellationRequest", "partialUpdateCancellationRequest"
REJECT = "rejectCancellationRequest"
Around = Callable[[Call, Handler], Awaitable[Reply]]


def _on(*operations: str) -> Callable[[Around], Wrap]:
    """Make a wrapper that goes around these operations only."""

    def decorate(around: Around) -> Wrap:
        def wrap(operation: str, inner: Handler) -> Handler:
            if operation not in operations:
                return inner

            async def handler(call: Call) -> Reply:
                return await around(call, inner)

            return handler

        return wrap

    return decorate


def _answer(change: Callable[[Any, Call], Any]) -> Around:
    """Change the JSON of what is answered."""

    async def around(call: Call, inner: Handler) -> Reply:
        reply = await inner(call)
        return replace(reply, body=orjson.dumps(change(orjson.loads(reply.body), call)))

    return around


def _body(change: Callable[[dict[str, Any], Call], dict[str, Any]]) -> Around:
    """Change the fields that were sent before they are used."""

    async def around(call: Call, inner: Handler) -> Reply:
        return await inner(replace(call, body=change(dict(call.body), call)))

    return around


def _defaults(body: dict[str, Any], call: Call) -> dict[str, Any]:
    return {**{name: field.default for name, field in call.fields.items() if field.has_default}, **body}


def _blanks(body: dict[str, Any], call: Call) -> dict[str, Any]:
    return {**{name: None for name, field in call.fields.items() if field.nullable}, **body}


def _kept_default(body: dict[str, Any], call: Call) -> dict[str, Any]:
    """As if PUT had no defaults: what equals a default is taken for left out."""
    return {k: v for k, v in body.items() if not (call.fields[k].has_default and v == call.fields[k].default)}


def _plain_query(url: str | None) -> str | None:
    return re.sub(r"\?.*?(page=\d+)$", r"?\1", url) if url else url


async def _lost_update(call: Call, inner: Handler) -> Reply:
    """Read, wait, write everything back: what another call wrote meanwhile is lost."""
    before = orjson.loads(call.store.get(call.channel, call.id))
    await asyncio.sleep(0.02)
    kept = {name: before[name] for name in call.fields if name in before and name != "status"}
    return await inner(replace(call, body={**kept, **call.body}))


async def _status_read_early(call: Call, inner: Handler) -> Reply:
    """Judge by the status of a moment ago: another call may have made it final meanwhile."""
    status = orjson.loads(call.store.get(call.channel, call.id))["status"]
    await asyncio.sleep(0.02)
    call.store.put(call.channel, {**orjson.loads(call.store.get(call.channel, call.id)), "status": status}, None)
    return await inner(call)


async def _reviving_update(call: Call, inner: Handler) -> Reply:
    """Read, wait, save: what was deleted meanwhile is there again."""
    before = orjson.loads(call.store.get(call.channel, call.id))
    await asyncio.sleep(0.02)
    try:
        return await inner(call)
    except Missing:
        call.store.put(call.channel, before, None)
        return await inner(call)


async def _shared_id(call: Call, inner: Handler) -> Reply:
    """Choose the id, wait, then write: two creates at once get the same one."""
    number = call.store.next_id
    await asyncio.sleep(0.02)
    reply = await inner(call)
    record = orjson.loads(reply.body)
    call.store.delete(call.channel, record["id"])
    return replace(reply, body=call.store.put(call.channel, {**record, "id": number}, None))


async def _local_clock(call: Call, inner: Handler) -> Reply:
    """Write the time of Istanbul, and call it UTC."""
    record = orjson.loads((await inner(call)).body)
    ahead = {
        name: (datetime.fromisoformat(record[name]) + timedelta(hours=3)).isoformat().replace("+00:00", "Z")
        for name in ("created_date", "modified_date")
    }
    return Reply(201, call.store.put(call.channel, {**record, **ahead}, None))


async def _neighbour_too(call: Call, inner: Handler) -> Reply:
    """The request before in the channel gets the description, too."""
    reply = await inner(call)
    with suppress(Missing):
        before = orjson.loads(call.store.get(call.channel, call.id - 1))
        if "description" in call.body:
            call.store.put(call.channel, {**before, "description": call.body["description"]}, None)
    return reply


def _hides_the_rest(page: dict[str, Any], call: Call) -> dict[str, Any]:
    if call.query["limit"] <= 50:
        return page
    return {**page, "results": page["results"][:50], "next": None}


async def _wrong_create_code(call: Call, inner: Handler) -> Reply:
    return replace(await inner(call), status=200)


async def _failing_update(call: Call, inner: Handler) -> Reply:
    try:
        return await inner(call)
    except Refused:
        raise error(500, "Server error", "error") from None


async def _html_not_found(call: Call, inner: Handler) -> Reply:
    try:
        return await inner(call)
    except Missing:
        page = Reply(404, b"<h1>Not Found</h1>", ((b"content-type", b"text/html"),))
        raise ApiError(page) from None


async def _forbidden(call: Call, inner: Handler) -> Reply:
    try:
        return await inner(call)
    except Missing:
        raise error(403, "Not yours.", "permission_denied") from None


async def _rejecting_read(call: Call, inner: Handler) -> Reply:
    """Reading a waiting request moves it on."""
    reply = await inner(call)
    record = orjson.loads(reply.body)
    if record["status"] == "waiting":
        call.store.put(call.channel, {**record, "status": "confirmed"}, None)
    return reply


def _no_key_is_unknown(document: Document) -> None:
    for scheme in document["components"]["securitySchemes"].values():
        scheme["x-unknown-key"] = "-"


DEVIATIONS = (
    Deviation(
        "paging-next-drops-query",
        "next and previous forget the other parameters",
        wrap=_on(*LISTS)(
            _answer(
                lambda page, call: {
                    **page,
                    "next": _plain_query(page["next"]),
                    "previous": _plain_query(page["previous"]),
                }
            )
        ),
    ),
    Deviation(
        "paging-no-next", "next is always null", wrap=_on(*LISTS)(_answer(lambda page, call: {**page, "next": None}))
    ),
    Deviation(
        "paging-previous-null",
        "previous is always null",
        wrap=_on(*LISTS)(_answer(lambda page, call: {**page, "previous": None})),
    ),
    Deviation(
        "paging-limit-capped-low",
        "no page has more than three rows, and links skip what was cut",
        wrap=_on(*LISTS)(_answer(lambda page, call: {**page, "results": page["results"][:3]})),
    ),
    Deviation(
        "paging-large-limit-hides",
        "a limit over 50 shows 50 rows and no way to the others",
        wrap=_on(*LISTS)(_answer(_hides_the_rest)),
    ),
    Deviation(
        "schema-id-as-text",
        "ids in lists are texts",
        wrap=_on(LISTS[0])(
            _answer(lambda page, call: {**page, "results": [{**row, "id": str(row["id"])} for row in page["results"]]})
        ),
    ),
    Deviation(
        "schema-date-without-time",
        "created_date is a date",
        wrap=_on("retrieveCancellationRequest")(
            _answer(lambda record, call: {**record, "created_date": record["created_date"][:10]})
        ),
    ),
    Deviation("status-create-200", "create answers 200", wrap=_on(CREATE)(_wrong_create_code)),
    Deviation(
        "create-ignores-description",
        "create forgets the description",
        wrap=_on(CREATE)(_body(lambda body, call: {k: v for k, v in body.items() if k != "description"})),
    ),
    Deviation(
        "patch-resets-omitted",
        "PATCH clears nullable fields that were not sent",
        wrap=_on(PATCH)(_body(_blanks)),
    ),
    Deviation("patch-applies-defaults", "PATCH resets fields with a default", wrap=_on(PATCH)(_body(_defaults))),
    Deviation(
        "patch-ignores-null",
        "PATCH takes null for left out",
        wrap=_on(PATCH)(_body(lambda body, call: {k: v for k, v in body.items() if v is not None})),
    ),
    Deviation(
        "patch-ignores-quantity",
        "PATCH does not change quantity",
        wrap=_on(PATCH)(_body(lambda body, call: {k: v for k, v in body.items() if k != "quantity"})),
    ),
    Deviation("put-blanks-omitted", "PUT clears nullable fields that were not sent", wrap=_on(PUT)(_body(_blanks))),
    Deviation("put-keeps-default", "PUT does not reset to the default", wrap=_on(PUT)(_body(_kept_default))),
    Deviation("update-lost", "parallel updates lose a write", wrap=_on(PATCH)(_lost_update)),
    Deviation("update-lost-put", "parallel PUTs lose a write", wrap=_on(PUT)(_lost_update)),
    Deviation("update-late-status", "parallel updates leave a final status", wrap=_on(PUT, PATCH)(_status_read_early)),
    Deviation("update-revives", "an update brings back what was deleted", wrap=_on(PUT, PATCH)(_reviving_update)),
    Deviation("reject-late-status", "parallel rejects all succeed", wrap=_on(REJECT)(_status_read_early)),
    Deviation("create-local-clock", "dates are of a clock three hours ahead", wrap=_on(CREATE)(_local_clock)),
    Deviation("update-neighbour", "an update changes the request before, too", wrap=_on(PUT, PATCH)(_neighbour_too)),
    Deviation("create-shared-id", "parallel creates share an id", wrap=_on(CREATE)(_shared_id)),
    Deviation("update-refusal-500", "a refused update is a 500", wrap=_on(PUT, PATCH)(_failing_update)),
    Deviation("not-found-html", "404 is an HTML page", wrap=_on("retrieveCancellationRequest")(_html_not_found)),
    Deviation("isolation-403", "an id that is not there is 403", wrap=_on("deleteCancellationRequest")(_forbidden)),
    Deviation("read-writes", "reading a request moves it on", wrap=_on("retrieveCancellationRequest")(_rejecting_read)),
    Deviation("security-any-key", "unknown keys are let in", edit=_no_key_is_unknown, any_key=True),
)
