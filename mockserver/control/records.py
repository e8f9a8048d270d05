"""/_mock/records: the requests of a session, beyond the API.

Owns: listing them for a page, and edits that no client may make.
Knows nothing of: how records are searched (shelf.py) and filled in (editing.py).
"""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from cancelkit.fixtures.world import Request as Record
from cancelkit.mockserver.control.answers import Json, Refusal, nothing, number, object_body
from cancelkit.mockserver.control.room import Room
from cancelkit.mockserver.sessions import Session

FIELDS = (
    "id",
    "status",
    "cancellation_type",
    "reason",
    "order_item",
    "created_date",
    "modified_date",
    "quantity",
)
LIMIT, MOST = 50, 1000
ORDERS = ("id", "-id")


async def list_records(room: Room, request: Request) -> Response:
    session, query = room.session(request), request.query_params
    page, limit = number(request, "page", 1, least=1), number(request, "limit", LIMIT, least=1, most=MOST)
    channel = number(request, "channel", -1)
    status = query.get("status") or None
    if status is not None and status not in room.spec.transitions.statuses:
        raise Refusal(400, f"status must be one of {', '.join(room.spec.transitions.statuses)}", "invalid")
    if (order := query.get("order") or "id") not in ORDERS:
        raise Refusal(400, f"order must be one of {', '.join(ORDERS)}", "invalid")
    session.settle()
    count, found = session.shelf.search(
        channel=None if channel < 0 else channel,
        status=status,
        text=query.get("q", "").strip(),
        page=page,
        limit=limit,
        newest=order == "-id",
    )
    rows = [_row(session, record) for record in found]
    return Json({"session": session.name, "count": count, "page": page, "limit": limit, "results": rows})


def _row(session: Session, record: Record) -> dict[str, Any]:
    item = session.reading().catalogue.items[record.base["order_item"]]
    order = item["order"]
    customer = order["customer"]
    return {
        "channel": record.channel,
        **{name: record.base.get(name) for name in FIELDS},
        "customer": f"{customer['first_name']} {customer['last_name']}",
        "number": order["number"],
        "sku": item["sku"],
    }


def _shown(session: Session, record: Record, status: int = 200) -> Json:
    detailed = session.reading().get_detailed(record.channel, record.base["id"])
    return Json(
        {
            "session": session.name,
            "channel": record.channel,
            "base": record.base,
            "detailed": orjson.Fragment(detailed),
        },
        status,
    )


def _found(session: Session, request: Request) -> Record:
    session.settle()
    wanted = request.path_params["number"]
    found = session.shelf.find(wanted) if wanted < 1 << 63 else None
    if found is None:
        raise Refusal(404, f"there is no request {wanted} in this session", "not_found")
    return found


async def show_record(room: Room, request: Request) -> Response:
    session = room.session(request)
    return _shown(session, _found(session, request))


async def edit_record(room: Room, request: Request) -> Response:
    session, changes = room.session(request), await object_body(request)
    found = _found(session, request)
    now = session.clock.now()
    return _put(room, session, room.editor.edited(session.reading().catalogue, found, changes, now))


async def create_record(room: Room, request: Request) -> Response:
    session, fields = room.session(request), await object_body(request)
    store = session.reading()
    channel = fields.pop("channel", min(store.catalogue.channels))
    made = room.editor.made(store.catalogue, channel, fields, store.next_id, session.clock.now())
    return _put(room, session, made, 201)


def _put(room: Room, session: Session, record: Record, status: int = 200) -> Response:
    session.shelf.put(record.channel, record.base, record.plan)
    session.progress.written(session.clock.now())
    room.events.changed(session.name, "records")
    return _shown(session, _still(session, record.base["id"]), status)


def _still(session: Session, wanted: int) -> Record:
    found = session.shelf.find(wanted)
    if found is None:
        raise Refusal(409, f"request {wanted} was deleted meanwhile", "conflict")
    return found


async def delete_record(room: Room, request: Request) -> Response:
    session = room.session(request)
    session.shelf.remove(_found(session, request).base["id"])
    room.events.changed(session.name, "records")
    return nothing()
