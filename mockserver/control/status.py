"""/_mock/ready and /_mock/status: is it up, and what is it?

Owns: the overview that a page needs to draw itself.
Knows nothing of: the state of any session but its clock.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from cancelkit.mockserver.control.answers import Json
from cancelkit.mockserver.control.describing import described
from cancelkit.mockserver.control.room import Room
from cancelkit.mockserver.state import clock


async def ready(room: Room, request: Request) -> Response:
    return Json({"ready": True, "spec_version": room.contract.version})


async def status(room: Room, request: Request) -> Response:
    contract, facts, session = room.contract, room.facts, room.session(request)
    return Json(
        {
            "session": session.name,
            "version": facts.version,
            "spec_version": contract.version,
            "base_url": room.base_url(request),
            "started": facts.started,
            "seed": facts.seed,
            "scopes": [list(scope) for scope in session.scopes],
            "contract": {"source": contract.source, "fingerprint": contract.fingerprint},
            "resource": (resource := described(contract, session.reading().layout.id_field)),
            "statuses": resource["states"],
            "transitions": resource["transitions"],
            "final": resource["final"],
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
                for operation in contract.operations.values()
            ],
        }
    )
