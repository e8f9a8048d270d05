"""/_mock/faults.

Owns: listing, adding and removing the faults of a session.
Knows nothing of: what a fault does (mockserver/faults).
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from cancelkit.mockserver.control.answers import Json, Refusal, nothing, object_body
from cancelkit.mockserver.control.room import Room


async def list_faults(room: Room, request: Request) -> Response:
    session = room.session(request)
    return Json({"session": session.name, "faults": session.faults.entries()})


async def add_fault(room: Room, request: Request) -> Response:
    session, given = room.session(request), await object_body(request)
    fault = session.faults.add(given, room.documented_errors)
    room.events.changed(session.name, "faults")
    return Json({"session": session.name, **fault.entry()}, 201)


async def remove_fault(room: Room, request: Request) -> Response:
    session = room.session(request)
    if not session.faults.remove(request.path_params["number"]):
        raise Refusal(404, f"there is no fault {request.path_params['number']} here", "not_found")
    room.events.changed(session.name, "faults")
    return nothing()


async def remove_faults(room: Room, request: Request) -> Response:
    session = room.session(request)
    session.faults.clear()
    room.events.changed(session.name, "faults")
    return nothing()
