"""Calls as they pass, kept as a browser or a proxy keeps them: a HAR file.

Owns: a transport that records what goes through another one, and the file of it.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import httpx

from cancelkit.traffic import Exchange
from cancelkit.traffic.har import har_entry, har_log


class RecordingTransport(httpx.BaseTransport):
    """Sends calls on, and keeps each with its answer."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self.exchanges: list[Exchange] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        started = time.time()
        answer = self._inner.handle_request(request)
        body = answer.read()
        self.exchanges.append(
            Exchange(
                method=request.method,
                url=str(request.url),
                request_headers=tuple(request.headers.items()),
                request_body=request.content,
                status=answer.status_code,
                response_headers=tuple(answer.headers.items()),
                response_body=body,
                started=started,
                seconds=time.time() - started,
            )
        )
        return answer

    def har(self, path: Path) -> Path:
        """Write what was kept."""
        path.write_text(json.dumps(har_log(map(har_entry, self.exchanges), "tests", "1")), encoding="utf-8")
        return path
