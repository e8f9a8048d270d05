"""One line for each call, on standard error, for those who follow a mock in a terminal or collect its log.

Owns: the lines of --log-format; in JSON also what else the mock has to say there, for collectors that read JSON alone.
    The journal is separate, and richer.
Knows nothing of: operations, sessions. Headers and bodies are not written: keys and personal data stay out.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from time import perf_counter
from typing import Any
from urllib.parse import quote

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cancelkit.mockserver.journal.masking import masked_query
from cancelkit.mockserver.journal.tracing import fields, traceparent

_TRACE: ContextVar[str | None] = ContextVar("trace", default=None)
_PRINTABLE = "%/?:@!$&'()*+,;=[]~"
Line = Callable[[dict[str, Any]], str]


def text(call: dict[str, Any]) -> str:
    return f"{call['time']} {call['method']} {call['target']} {call['status']} {call['ms']} ms"


def json(call: dict[str, Any]) -> str:
    return orjson.dumps(call).decode()


class JsonLines(logging.Formatter):
    """Records of Python's logging as lines of JSON, with the trace of the call that they came from."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": _time(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **(fields(trace) if (trace := _TRACE.get()) else {}),
        }
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return orjson.dumps({name: text.encode("utf-8", "replace").decode() for name, text in said.items()}).decode()


def log_json() -> None:
    """Have everything that this process logs written as JSON."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], force=True)
    logging.getLogger("mockserver").setLevel(logging.INFO)
    logging.captureWarnings(True)


FORMATS: dict[str, Line] = {"text": text, "json": json}


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class CallLog:
    """Wraps an application; everything but HTTP passes unseen."""

    def __init__(self, app: ASGIApp, line: Line, write: Callable[[str], object] = sys.stderr.write) -> None:
        self._app = app
        self._line = line
        self._write = write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def heard(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        target = quote(scope["path"], safe=_PRINTABLE)
        if scope["query_string"]:
            target += "?" + quote(masked_query(scope["query_string"]), safe=_PRINTABLE)
        if trace := traceparent(scope["headers"]):
            _TRACE.set(trace)
        began, moment = perf_counter(), datetime.now(UTC)
        try:
            await self._app(scope, receive, heard)
        finally:
            call = {
                "time": _time(moment),
                "method": scope["method"],
                "target": target,
                "status": status,
                "ms": round((perf_counter() - began) * 1000, 2),
                **(fields(trace) if trace else {}),
            }
            self._write(f"{self._line(call)}\n")
