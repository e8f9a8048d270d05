"""/_mock/journal, /_mock/journal.har, /_mock/verify and /_mock/coverage.

Owns: the filters of the journal, and what a body of verify may hold.
How calls are kept is in ring.py, how they are read in calls.py, how they are compared in matching.py.
"""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from cancelkit.mockserver.control.answers import Json, Refusal, nothing, number, object_body
from cancelkit.mockserver.control.room import Room
from cancelkit.mockserver.journal import calls, har, matching

LIMIT = 1000
STATUS = re.compile(r"[1-5](?:\d\d|xx)|0", re.ASCII | re.IGNORECASE)
"""A status, a class of them, or 0 for a call that was not answered."""
VERIFY_KEYS = frozenset({"calls", "ordered", "no_violations", "since"})
FORMER_KEYS = {"no_breaches": "no_violations"}


async def list_calls(room: Room, request: Request) -> Response:
    session, query = room.session(request), request.query_params
    violation = query.get("violation") or query.get("breach") or None  # `breach` is its former name
    if violation not in (None, "true", "false"):
        raise Refusal(400, "violation must be true or false", "invalid")
    wanted = calls.Wanted(
        operation=_operation(room, query.get("operation")),
        status=_status(query.get("status")),
        method=query.get("method") or None,
        violation=None if violation is None else violation == "true",
    )
    found = room.reader.newest(
        session.journal.since(number(request, "since", 0)),
        wanted,
        number(request, "limit", LIMIT, most=100_000),
    )
    return Json(
        {
            "session": session.name,
            "calls": [room.reader.shown(entry, session.name) for entry in found],
            "last": session.journal.last,
        }
    )


def _operation(room: Room, name: str | None) -> str | None:
    """An operationId; a misspelt one would find nothing, as if no call had been made."""
    if name and name not in room.contract.operations:
        raise Refusal(
            400, f"operation: there is no {name!r}; there are {', '.join(room.contract.operations)}", "invalid"
        )
    return name or None


def _status(text: str | None) -> str | None:
    if text and STATUS.fullmatch(text) is None:
        raise Refusal(400, "status must be a whole one such as 404, or a class such as 4xx", "invalid")
    return text or None


async def clear_calls(room: Room, request: Request) -> Response:
    session = room.session(request)
    session.clear_journal()
    room.events.changed(session.name, "journal")
    return nothing()


async def export_har(room: Room, request: Request) -> Response:
    session = room.session(request)
    log = har.har(session.journal, base_url=room.base_url(request), version=room.facts.version)
    answer = Json(log)
    answer.headers["content-disposition"] = f'attachment; filename="{session.name}.har"'
    return answer


async def verify(room: Room, request: Request) -> Response:
    """Compare the session's calls with what is expected; 200 either way, `ok` says which."""
    session = room.session(request)
    given = {FORMER_KEYS.get(key, key): value for key, value in (await object_body(request)).items()}
    unknown = sorted(set(given) - VERIFY_KEYS)
    if unknown:
        raise Refusal(400, f"unknown key {unknown[0]!r}; known are {', '.join(sorted(VERIFY_KEYS))}", "invalid")
    for key in ("ordered", "no_violations"):
        if not isinstance(given.get(key, False), bool):
            raise Refusal(400, f"{key} must be true or false", "invalid")
    since = given.get("since", 0)
    if type(since) is not int:
        raise Refusal(400, "since must be the number of a call", "invalid")
    numbered = room.contract.resource.numbered
    expected = matching.expectations(given.get("calls", []), room.contract.operations, numbered=numbered)
    judged = matching.verify(
        room.reader,
        session.journal.since(since),
        expected,
        ordered=given.get("ordered", False),
        no_violations=given.get("no_violations", False),
    )
    return Json({"session": session.name, **judged})


async def coverage(room: Room, request: Request) -> Response:
    session = room.session(request)
    return Json({"session": session.name, **session.coverage.report(room.contract)})
