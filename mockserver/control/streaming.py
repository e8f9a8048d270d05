"""/_mock/events: what happens in a session, as it happens.

Owns: writing news as server-sent events.
Knows nothing of: who causes the news (events.py gathers them).
Source: HTML Living Standard, "Server-sent events".
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from cancelkit.mockserver.control.room import Room
from cancelkit.mockserver.journal.events import News, Watcher
from cancelkit.mockserver.journal.ring import Entry

PING_SECONDS = 15.0


async def stream(room: Room, request: Request) -> Response:
    session = room.session(request)
    return StreamingResponse(
        _news(room, session.name),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _news(room: Room, session: str) -> AsyncIterator[bytes]:
    with room.events.watch(session) as watcher:
        yield b"retry: 1000\n\n"
        while not room.events.closed:
            news = await watcher.take(PING_SECONDS)
            yield _lost(watcher) + b"".join([_event(room, one) for one in news]) or b": ping\n\n"


def _lost(watcher: Watcher) -> bytes:
    lost, watcher.lost = watcher.lost, 0
    return b"" if not lost else b": %d events were dropped\n\n" % lost


def _event(room: Room, news: News) -> bytes:
    kind, session, what = news
    data = room.reader.shown(what, session) if isinstance(what, Entry) else {"session": session, "what": what}
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), orjson.dumps(data))
