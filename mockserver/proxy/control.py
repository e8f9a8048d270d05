"""What of the control room a proxy has: journal, coverage, events, sessions, the page; no records, nothing to change.

Owns: the table of endpoints, and the words for those that only a mock has.
Knows nothing of: the wire.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from cancelkit.mockserver.control import faulting, journaling, pages, sessions, status, streaming, timing
from cancelkit.mockserver.control.answers import Json, Refusal
from cancelkit.mockserver.control.app import ENDPOINTS, Endpoint, Endpoints
from cancelkit.mockserver.control.room import Room

VIEWS = ("journal", "coverage")
"""The dashboard's pages that make sense here."""
SHARED: frozenset[Endpoint] = frozenset(
    {
        pages.to_page,
        pages.page,
        pages.asset,
        status.ready,
        sessions.list_sessions,
        sessions.create_session,
        sessions.delete_session,
        timing.show_clock,
        faulting.list_faults,
        journaling.list_calls,
        journaling.export_har,
        journaling.verify,
        journaling.coverage,
        streaming.stream,
    }
)


def endpoints(upstream: str, counts: Callable[[], dict[str, int]], forget: Callable[[str], None]) -> Endpoints:
    """The control endpoints of a proxy.

    Args:
        counts: of calls and findings so far. forget: told of a session whose journal was cleared.
    """

    async def show_status(room: Room, request: Request) -> Response:
        told: dict[str, Any] = orjson.loads((await status.status(room, request)).body)
        return Json({**told, "proxy": {"upstream": upstream, **counts()}, "views": list(VIEWS)})

    async def clear_calls(room: Room, request: Request) -> Response:
        forget(room.session(request).name)
        return await journaling.clear_calls(room, request)

    async def elsewhere(room: Room, request: Request) -> Response:
        raise Refusal(
            409,
            f"This is a proxy in front of {upstream}, which alone holds records and time: `cancelkit mock` has this",
            "proxy",
        )

    own: dict[Endpoint, Endpoint] = {status.status: show_status, journaling.clear_calls: clear_calls}
    return tuple(
        (method, path, own.get(endpoint, endpoint if endpoint in SHARED else elsewhere))
        for method, path, endpoint in ENDPOINTS
    )
