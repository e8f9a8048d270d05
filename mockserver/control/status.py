"""/_mock/ready and /_mock/status: is it up, and what is it?

Owns: the overview that a page needs to draw itself.
Knows nothing of: the state of any session but its clock.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from cancelkit.mockserver.control.answers import Json
from cancelkit.mockserver.control.room import Room
from cancelkit.mockserver.state import clock


async def ready(room: Room, request: Request) -> Response:
    return Json({"ready": True, "spec_version": room.spec.version})


async def status(room: Room, request: Request) -> Response:
    spec, facts, session = room.spec, room.facts, room.session(request)
    transitions = spec.transitions
    return Json(
        {
            "session": session.name,
            "version": facts.version,
            "spec_version": spec.version,
            "base_url": room.base_url(request),
            "started": facts.started,
            "seed": facts.seed,
            "channels": list(session.channels),
            "statuses": list(transitions.statuses),
            "cancellation_types": list(spec.schemas["CancellationType"]["enum"]),
            "plan_statuses": list(spec.schemas["CancellationPlanStatus"]["enum"]),
            "transitions": {
                old: [new for new in transitions.statuses if new in transitions.allowed.get(old, ())]
                for old in transitions.statuses
            },
            "final": [name for name in transitions.statuses if name in transitions.final],
            "tokens": facts.tokens,
            "limits": {
                "sessions": room.sessions.limits.number,
                "journal": facts.journal,
                "body_bytes": facts.body_bytes,
            },
            "now": clock.text(session.clock.now()),
            "operations": [
                {
                    "id": operation.id,
                    "method": operation.method,
                    "path": operation.path,
                    "parameters": [p.name for p in operation.parameters if p.location == "query"],
                    "statuses": sorted(operation.responses),
                }
                for operation in spec.operations.values()
            ],
        }
    )
