"""/_mock/sessions.

Owns: listing, making and deleting sessions.
Knows nothing of: what a session holds.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from cancelkit.mockserver.control.answers import Json, Refusal, nothing, object_body
from cancelkit.mockserver.control.room import Room


async def list_sessions(room: Room, request: Request) -> Response:
    """asleep: those that are kept, and that nobody has asked for since the start."""
    return Json({"sessions": room.sessions.entries(), "asleep": sorted(room.sessions.asleep)})


async def create_session(room: Room, request: Request) -> Response:
    """201 for a new one, 200 for one that is there already."""
    name = (await object_body(request)).get("name")
    if not isinstance(name, str):
        raise Refusal(400, "send the session's name", "invalid")
    known = name in room.sessions
    return Json(room.sessions.get(name).entry(), 200 if known else 201)


async def delete_session(room: Room, request: Request) -> Response:
    name = request.path_params["name"]
    if name == room.sessions.default.name:
        raise Refusal(400, "the default session stays; reset it instead", "invalid")
    if not room.sessions.delete(name):
        raise Refusal(404, f"there is no session {name!r}", "not_found")
    return nothing()
