"""/_mock/clock and /_mock/progress.

Owns: reading what is to be done with the time, and showing it.
Knows nothing of: how the clock keeps time (clock.py) or requests move on (progress.py).
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from cancelkit.mockserver.control.answers import Json, Refusal, object_body
from cancelkit.mockserver.control.room import Room
from cancelkit.mockserver.session import Session
from cancelkit.mockserver.state import clock, progress

CHANGES = ("freeze", "set", "advance", "release")


def _shown(session: Session) -> Json:
    return Json(
        {
            "session": session.name,
            "now": clock.text(session.clock.now()),
            "frozen": session.clock.frozen,
            "offset_seconds": round(session.clock.offset, 6),
        }
    )


async def show_clock(room: Room, request: Request) -> Response:
    return _shown(room.session(request))


async def change_clock(room: Room, request: Request) -> Response:
    """One of freeze (true, or a time), set (a time), advance (seconds), release (true)."""
    session, given = room.session(request), await object_body(request)
    if len(given) != 1 or next(iter(given)) not in CHANGES:
        raise Refusal(400, f"send exactly one of {', '.join(CHANGES)}", "invalid")
    ((change, value),) = given.items()
    try:
        _apply(session.clock, change, value)
    except clock.ClockError as error:
        raise Refusal(400, f"{change}: {error}", "invalid") from error
    session.settle()
    room.events.changed(session.name, "clock")
    return _shown(session)


def _apply(which: clock.Clock, change: str, value: Any) -> None:
    if change == "advance":
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise clock.ClockError("send a number of seconds")
        which.advance(value)
    elif change == "set":
        which.set(clock.moment(value))
    elif value is True:
        which.freeze() if change == "freeze" else which.release()
    elif change == "freeze" and value is not False:
        which.freeze(clock.moment(value))
    else:
        raise clock.ClockError("send true, or a time" if change == "freeze" else "send true")


def _statuses(room: Room) -> tuple[Any, ...]:
    moves = room.contract.resource.transitions
    if moves is None:
        raise Refusal(400, "records of this contract have no state that could move on", "invalid")
    return moves.statuses


async def show_progress(room: Room, request: Request) -> Response:
    session = room.session(request)
    return Json({"session": session.name, "rules": session.progress.shown()})


async def change_progress(room: Room, request: Request) -> Response:
    """The rules replace those of before; none switches progress off."""
    session, given = room.session(request), await object_body(request)
    session.progress.replace(progress.rules(given.get("rules"), _statuses(room)), session.clock.now())
    room.events.changed(session.name, "progress")
    return await show_progress(room, request)
