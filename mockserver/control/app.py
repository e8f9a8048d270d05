"""The control room as one application: every endpoint under /_mock/, behind the guard.

Owns: the table of endpoints, and turning refusals into answers.
Knows nothing of: what the endpoints do. Imported at the first call under /_mock/, not before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from cancelkit.fixtures.world import WorldError
from cancelkit.mockserver.control import (
    faulting,
    journaling,
    metrics,
    pages,
    records,
    sessions,
    state,
    status,
    streaming,
    timing,
)
from cancelkit.mockserver.control.answers import Json, Refusal, refused
from cancelkit.mockserver.control.guard import Guard
from cancelkit.mockserver.control.room import Facts, Room
from cancelkit.mockserver.faults.fault import FaultError
from cancelkit.mockserver.journal.events import Events
from cancelkit.mockserver.journal.matching import ExpectationError
from cancelkit.mockserver.journal.ring import BODY
from cancelkit.mockserver.quotas.quotas import OverQuota, Quotas
from cancelkit.mockserver.scenarios.scenario import ScenarioError
from cancelkit.mockserver.session import SessionRefused
from cancelkit.mockserver.sessions import Sessions
from cancelkit.mockserver.settings import Settings
from cancelkit.mockserver.state import clock
from cancelkit.mockserver.state.errors import Refused
from cancelkit.mockserver.state.progress import ProgressError
from cancelkit.mockserver.state.snapshots import SnapshotError
from cancelkit.spec import Contract
from cancelkit.spec.version import installed
from cancelkit.spec.wording import NON_FIELD

Endpoint = Callable[[Room, Request], Awaitable[Response]]

OPEN = frozenset({"/_mock/ready"})
"""What anybody may ask: a CI script on another machine waits for it, and it tells nothing."""

WRONG = (ExpectationError, FaultError, ProgressError, ScenarioError, SnapshotError, WorldError)
"""What says in its own words that a body, or a name, makes no sense."""

PAGES, PAGE = ("/_mock", "/_mock/"), "/_mock/assets/"

Endpoints = tuple[tuple[str, str, Endpoint], ...]

ENDPOINTS: Endpoints = (
    ("GET", "/_mock", pages.to_page),
    ("GET", "/_mock/", pages.page),
    ("GET", "/_mock/assets/{name}", pages.asset),
    ("GET", "/_mock/ready", status.ready),
    ("GET", "/_mock/status", status.status),
    ("GET", "/_mock/metrics", metrics.metrics),
    ("GET", "/_mock/sessions", sessions.list_sessions),
    ("POST", "/_mock/sessions", sessions.create_session),
    ("DELETE", "/_mock/sessions/{name}", sessions.delete_session),
    ("POST", "/_mock/reset", state.reset),
    ("GET", "/_mock/snapshots", state.list_snapshots),
    ("PUT", "/_mock/snapshots/{name}", state.save_snapshot),
    ("GET", "/_mock/snapshots/{name}", state.export_snapshot),
    ("DELETE", "/_mock/snapshots/{name}", state.delete_snapshot),
    ("POST", "/_mock/snapshots/{name}/restore", state.restore_snapshot),
    ("GET", "/_mock/export", state.export),
    ("POST", "/_mock/import", state.load),
    ("POST", "/_mock/scenario", state.play_scenario),
    ("GET", "/_mock/records", records.list_records),
    ("POST", "/_mock/records", records.create_record),
    ("GET", "/_mock/records/{id}", records.show_record),
    ("PATCH", "/_mock/records/{id}", records.edit_record),
    ("DELETE", "/_mock/records/{id}", records.delete_record),
    ("GET", "/_mock/clock", timing.show_clock),
    ("POST", "/_mock/clock", timing.change_clock),
    ("GET", "/_mock/progress", timing.show_progress),
    ("PUT", "/_mock/progress", timing.change_progress),
    ("GET", "/_mock/faults", faulting.list_faults),
    ("POST", "/_mock/faults", faulting.add_fault),
    ("DELETE", "/_mock/faults", faulting.remove_faults),
    ("DELETE", "/_mock/faults/{number:int}", faulting.remove_fault),
    ("GET", "/_mock/journal", journaling.list_calls),
    ("DELETE", "/_mock/journal", journaling.clear_calls),
    ("GET", "/_mock/journal.har", journaling.export_har),
    ("POST", "/_mock/verify", journaling.verify),
    ("GET", "/_mock/coverage", journaling.coverage),
    ("GET", "/_mock/events", streaming.stream),
)


def control_room(
    settings: Settings,
    contract: Contract,
    sessions: Sessions,
    events: Events,
    *,
    seed: int | None,
    started: datetime,
    endpoints: Endpoints = ENDPOINTS,
    quotas: Quotas | None = None,
) -> Control:
    """Return the control endpoints of one mock.

    Args:
        seed: of the default data, None where the data came from a file.
        endpoints: other than a mock's, for what is no mock.
        quotas: what each session or key may keep.
    """
    facts = Facts(
        version=installed(),
        started=clock.text(started),
        seed=seed,
        tokens="listed" if settings.tokens else "any",
        journal=settings.journal_size,
        body_bytes=BODY,
    )
    guard = Guard(settings.control_token, public=not settings.loopback)
    return Control(Room(sessions, contract, events, facts, quotas), guard, endpoints)


class Control:
    """The ASGI application."""

    def __init__(self, room: Room, guard: Guard, endpoints: Endpoints = ENDPOINTS) -> None:
        self._guard = guard
        self._routes = [Route(path, _handler(room, endpoint), methods=[method]) for method, path, endpoint in endpoints]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            self._let_in(request)
            route = self._route(scope)
        except Refusal as refusal:
            await refused(refusal)(scope, receive, send)
            return
        await route(scope, receive, send)

    def _let_in(self, request: Request) -> None:
        path = request.scope["path"]
        if path in OPEN:
            return
        client = request.client.host if request.client else None
        denied = self._guard.check(client, request.headers, page=path.startswith(PAGE) or path in PAGES)
        if denied is not None:
            raise Refusal(403, denied.detail, denied.code)

    def _route(self, scope: Scope) -> ASGIApp:
        offered: set[str] = set()
        for route in self._routes:
            match, more = route.matches(scope)
            if match is Match.FULL:
                scope.update(more)
                return route.handle
            if match is Match.PARTIAL:
                offered |= route.methods or set()
        if offered:
            raise Refusal(405, f"offered here: {', '.join(sorted(offered))}", "method_not_allowed")
        raise Refusal(404, f"there is no control endpoint {scope['path']}", "not_found")


def _handler(room: Room, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        try:
            return await endpoint(room, request)
        except Refusal as refusal:
            return refused(refusal)
        except WRONG as error:
            return refused(Refusal(400, str(error), "invalid"))
        except OverQuota as error:
            later = {"retry-after": str(error.retry_after)}
            return Json({"detail": str(error), "code": error.code}, error.status, later)
        except SessionRefused as error:
            return Json({"detail": str(error), "code": error.code}, error.status)
        except Refused as error:
            return Json(_by_field(error), 400)

    return handle


def _by_field(error: Refused) -> dict[str, Any]:
    """What the store or the editor refuses: `detail` says it all in one text, the fields stay beside it."""
    fields: dict[str, list[str]] = {}
    for problem in error.problems:
        fields.setdefault(problem.field or NON_FIELD, []).append(problem.message)
    said = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in fields.items())
    codes = {problem.code for problem in error.problems}
    return {"detail": said, **fields, "code": codes.pop() if len(codes) == 1 else "invalid"}
