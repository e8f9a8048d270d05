"""/_mock/records: the records of a session, beyond the API.

Owns: listing them for a page, and edits that no client may make.
Knows nothing of: how records are searched (shelf.py) and filled in (editing.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from cancelkit.fixtures.world import Record, Scope
from cancelkit.mockserver.control.answers import Json, Refusal, nothing, number, object_body
from cancelkit.mockserver.control.describing import columns
from cancelkit.mockserver.control.room import Room
from cancelkit.mockserver.session import Session
from cancelkit.mockserver.state.store import Store

LIMIT, MOST = 50, 1000
ORDERS = ("id", "-id")


async def list_records(room: Room, request: Request) -> Response:
    session, query = room.session(request), request.query_params
    page, limit = number(request, "page", 1, least=1), number(request, "limit", LIMIT, least=1, most=MOST)
    status, moves = query.get("status") or None, room.contract.resource.transitions
    if status is not None and (moves is None or status not in map(str, moves.statuses)):
        known = ", ".join(map(str, moves.statuses)) if moves else "none"
        raise Refusal(400, f"status must be one of {known}", "invalid")
    if (order := query.get("order") or "id") not in ORDERS:
        raise Refusal(400, f"order must be one of {', '.join(ORDERS)}", "invalid")
    session.settle()
    count, found = session.shelf.search(
        scope=_scope(room, session, _named(room, query)),
        status=status,
        text=query.get("q", "").strip(),
        page=page,
        limit=limit,
        newest=order == "-id",
    )
    names = columns(room.contract, session.reading().layout.id_field)
    rows = [{**_placed(room, record), **{name: record.base.get(name) for name in names}} for record in found]
    return Json({"session": session.name, "count": count, "page": page, "limit": limit, "results": rows})


def _names(room: Room) -> list[str]:
    """What the scope's parameters are called here: channel for channel_id."""
    return [parameter.name.removesuffix("_id") for parameter in room.contract.resource.scope]


def _named(room: Room, given: Mapping[str, Any]) -> Any:
    """The scope that a query or a body names: as `scope`, or where it has one value by its parameter's name."""
    fields, names = room.contract.resource.fields, _names(room)
    for name in ("scope", *(names if len(names) == 1 else ())):
        if name in given and name not in fields:
            return given[name]
    return None


def _placed(room: Room, record: Record) -> dict[str, Any]:
    """Where a record is, as a list and by name."""
    return {"scope": list(record.scope), **dict(zip(_names(room), record.scope, strict=True))}


def _scope(room: Room, session: Session, given: Any) -> Scope | None:
    """A scope as JSON: a list of its values, or the value alone where there is one; None where none is given.

    Raises:
        Refusal: it is not one of the session's.
    """
    if given is None or given == "":
        return None
    texts = given
    if isinstance(given, str):
        try:
            texts = orjson.loads(given)
        except orjson.JSONDecodeError:
            texts = given
    parts = texts if isinstance(texts, list) else [texts]
    for scope in session.scopes:
        if [str(part) for part in scope] == [str(part) for part in parts]:
            return scope
    known = ", ".join(orjson.dumps(list(scope)).decode() for scope in session.scopes)
    raise Refusal(400, f"there is no such scope; there are {known}", "does_not_exist")


def _shown(room: Room, session: Session, record: Record, status: int = 200) -> Json:
    store = session.reading()
    detailed = store.get_detailed(record.scope, record.base[store.layout.id_field])
    return Json(
        {
            "session": session.name,
            **_placed(room, record),
            "base": record.base,
            "detailed": orjson.Fragment(detailed),
        },
        status,
    )


def _id(store: Store, text: str) -> Any:
    """An id as it stands in a path."""
    if not store.layout.numbered:
        return text
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1


def _found(session: Session, request: Request) -> Record:
    session.settle()
    wanted = request.path_params["id"]
    found = session.shelf.find(_id(session.reading(), wanted))
    if found is None:
        raise Refusal(404, f"there is no record {wanted} in this session", "not_found")
    return found


async def show_record(room: Room, request: Request) -> Response:
    session = room.session(request)
    return _shown(room, session, _found(session, request))


async def edit_record(room: Room, request: Request) -> Response:
    session, changes = room.session(request), await object_body(request)
    found = _found(session, request)
    room.keep(session)
    return _put(room, session, room.editor.edited(session.reading(), found, changes, session.clock.now()))


async def create_record(room: Room, request: Request) -> Response:
    """A record from the fields that are given; `scope` says where, the first one where it is left out."""
    session, fields = room.session(request), await object_body(request)
    room.keep(session, records=1)
    store = session.reading()
    scope = _scope(room, session, _named(room, fields)) or store.catalogue.ordered[0]
    fields = {n: v for n, v in fields.items() if n not in ("scope", *_names(room)) or n in store.resource.fields}
    made = room.editor.made(store, scope, fields, session.clock.now(), number=store.next_number)
    return _put(room, session, made, 201)


def _put(room: Room, session: Session, record: Record, status: int = 200) -> Response:
    session.shelf.put(record)
    session.progress.written(session.clock.now())
    room.events.changed(session.name, "records")
    id = record.base[session.reading().layout.id_field]
    found = session.shelf.find(id)
    if found is None:
        raise Refusal(409, f"record {id} was deleted meanwhile", "conflict")
    return _shown(room, session, found, status)


async def delete_record(room: Room, request: Request) -> Response:
    session = room.session(request)
    found = _found(session, request)
    session.shelf.remove(found.base[session.reading().layout.id_field])
    room.events.changed(session.name, "records")
    return nothing()
