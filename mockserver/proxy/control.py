"""What of the control room a proxy has: all but records and time, unless a mock is its other half.

Owns: the table of endpoints, and the words for those that only a mock has.
Knows nothing of: the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from cancelkit.mockserver.control import faulting, journaling, metrics, pages, sessions, status, streaming, timing
from cancelkit.mockserver.control.answers import Json, Refusal
from cancelkit.mockserver.control.app import ENDPOINTS, Endpoint, Endpoints
from cancelkit.mockserver.control.room import Room
from cancelkit.mockserver.proxy.settings import Forwarding, ProxySettings

VIEWS = ("journal", "coverage", "faults")
"""The dashboard's pages that make sense without records."""
SHARED = frozenset(module.__name__ for module in (faulting, journaling, metrics, pages, sessions, status, streaming))
"""The modules whose endpoints a proxy has, every one; of the clock's it has the look at it."""
Counts = Callable[[], dict[str, int]]
Forget = Callable[[str], None]


def endpoints(settings: ProxySettings, counts: Counts, forget: Forget) -> Endpoints:
    """The control endpoints of a proxy.

    Args:
        counts: of calls and findings so far. forget: told of a session whose journal was cleared.
    """
    said = {"proxy": lambda: {"upstream": settings.upstream, **counts()}}
    if settings.mocked:
        return _with(said | {"mocked": lambda: list(settings.mocked)}, forget)

    async def elsewhere(room: Room, request: Request) -> Response:
        raise Refusal(
            409,
            f"This is a proxy in front of {settings.upstream}, which alone holds records and time: "
            "`cancelkit mock` has this, and `cancelkit proxy --mock OPERATION`",
            "proxy",
        )

    shared = _with(said | {"views": lambda: list(VIEWS)}, forget)
    return tuple(
        (method, path, endpoint if _is_shared(original) else elsewhere)
        for (method, path, endpoint), (_, _, original) in zip(shared, ENDPOINTS, strict=True)
    )


def beside(settings: Forwarding, counts: Counts, forget: Forget) -> Endpoints:
    """The control endpoints of a mock with a real server behind it. counts, forget: as above."""
    told = {"upstream": settings.upstream, "operations": list(settings.operations)}
    return _with({"forwarding": lambda: {**told, **counts()}}, forget)


def _with(said: Mapping[str, Callable[[], Any]], forget: Forget) -> Endpoints:
    """Those of a mock, whose status says more, and whose past is forgotten together with the judge's."""

    async def show_status(room: Room, request: Request) -> Response:
        told: dict[str, Any] = orjson.loads((await status.status(room, request)).body)
        return Json({**told, **{name: value() for name, value in said.items()}})

    async def clear_calls(room: Room, request: Request) -> Response:
        forget(room.session(request).name)
        return await journaling.clear_calls(room, request)

    own: dict[Endpoint, Endpoint] = {status.status: show_status, journaling.clear_calls: clear_calls}
    return tuple((method, path, own.get(endpoint, endpoint)) for method, path, endpoint in ENDPOINTS)


def _is_shared(endpoint: Endpoint) -> bool:
    return endpoint is timing.show_clock or endpoint.__module__ in SHARED
