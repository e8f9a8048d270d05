"""/_mock/reset, snapshots, export, import and scenario: a session's state as a whole.

Owns: what these calls take and give.
Knows nothing of: how state is kept (sessions.py, snapshots.py).
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from cancelkit.fixtures.world import World
from cancelkit.mockserver.control.answers import Json, Refusal, body, nothing, object_body
from cancelkit.mockserver.control.room import Room
from cancelkit.mockserver.scenarios import scenario
from cancelkit.mockserver.scenarios.playing import apply
from cancelkit.mockserver.session import ROOM, Session, weight
from cancelkit.mockserver.state.snapshots import Snapshot
from cancelkit.mockserver.state.store import Store
from cancelkit.mockserver.state.tables import tables


def _told(room: Room, session: Session, **more: object) -> Json:
    room.events.changed(session.name, "records")
    return Json({"session": session.name, "records": session.records, **more})


async def reset(room: Room, request: Request) -> Response:
    """Back to the starting state; the journal stays unless {"journal": true}."""
    session, given = room.session(request), await object_body(request)
    if set(given) - {"journal"} or not isinstance(given.get("journal", False), bool):
        raise Refusal(400, 'send nothing, or {"journal": true}', "invalid")
    session.reset()
    if given.get("journal"):
        session.clear_journal()
        room.events.changed(session.name, "journal")
    for what in ("clock", "faults", "progress"):
        room.events.changed(session.name, what)
    return _told(room, session)


def _found(session: Session, room: Room, name: str) -> Snapshot:
    """The session's own snapshot of this name, else the default session's."""
    for holder in (session, room.sessions.default):
        if name in holder.snapshots:
            return holder.snapshots[name]
    raise Refusal(404, f"there is no snapshot {name!r}", "not_found")


async def list_snapshots(room: Room, request: Request) -> Response:
    session = room.session(request)
    return Json({"session": session.name, "snapshots": session.snapshots.entries()})


async def save_snapshot(room: Room, request: Request) -> Response:
    session = room.session(request)
    name = request.path_params["name"]
    room.keep(session)
    kept = session.snapshots.keep(name, session.share())
    room.events.changed(session.name, "snapshots")
    return Json({"session": session.name, **kept.entry(name)}, 201)


async def restore_snapshot(room: Room, request: Request) -> Response:
    """Restore one of the session's own, or one that the default session holds for all."""
    session, name = room.session(request), request.path_params["name"]
    session.take(_found(session, room, name).store)
    return _told(room, session)


async def export_snapshot(room: Room, request: Request) -> Response:
    session, name = room.session(request), request.path_params["name"]
    return _download(tables(_found(session, room, name).store), name)


async def delete_snapshot(room: Room, request: Request) -> Response:
    session = room.session(request)
    if not session.snapshots.delete(request.path_params["name"]):
        raise Refusal(404, f"there is no snapshot {request.path_params['name']!r}", "not_found")
    room.events.changed(session.name, "snapshots")
    return nothing()


async def export(room: Room, request: Request) -> Response:
    """The present state as tables: a file that --data and /_mock/import read."""
    session = room.session(request)
    return _download(tables(session.reading()), session.name)


def _download(tables: object, name: str) -> Json:
    answer = Json(tables)
    answer.headers["content-disposition"] = f'attachment; filename="{name}.json"'
    return answer


async def load(room: Room, request: Request) -> Response:
    """Take a world over as the session's state; `reset` goes back to the starting one."""
    session, sent = room.session(request), await body(request)
    world = await asyncio.to_thread(World.from_tables, sent, contract=room.contract)
    store = Store.of(room.contract, world, session.clock.now)
    room.keep(session, records=len(store) - session.records, memory=store.weight - weight(session.stores()))
    room.sessions.make_room(store.weight)
    session.take(store, own=True)
    return _told(room, session)


async def play_scenario(room: Room, request: Request) -> Response:
    session, given = room.session(request), await body(request)
    read = scenario.read(given, room.contract, session.clock.now())
    count = sum(recipe.count for recipe in read.recipes)
    room.keep(session, records=count - session.records * read.empty, memory=count * ROOM)
    created = apply(read, session, room.editor)
    if read.now is not None:
        room.events.changed(session.name, "clock")
    return _told(room, session, created=created)
