"""The limit: an ASGI app that does nothing but send bytes which it was given, on the mock's own server settings.

    python benchmarks/serving/bare.py PORT GET.json LIST.json CREATED.json DETAILED.json

Owns: answering the calls of the benchmark, with bodies taken from our mock so that all send the same bytes.
Knows nothing of: HTTP beyond the path's end, the spec, the store.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvicorn

Message = dict[str, Any]


class Bare:
    """Answers by the path's end, once the body has come: the list with `page`, or `created` for a POST, the detailed
    list with `detailed`, a DELETE with nothing, any other call with `one`."""

    def __init__(self, one: bytes, page: bytes, created: bytes, detailed: bytes) -> None:
        self.one, self.page, self.created, self.detailed = one, page, created, detailed

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        status, body, method = 200, self.one, scope["method"]
        if method in ("POST", "PATCH"):
            while (await receive()).get("more_body"):
                pass
        if method == "DELETE":
            status, body = 204, b""
        elif scope["path"].endswith("/cancellation_requests/"):
            status, body = (201, self.created) if method == "POST" else (200, self.page)
        elif scope["path"].endswith("/detailed"):
            body = self.detailed
        length = str(len(body)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def main(port: str, *files: str) -> None:
    """Serve on the loopback until stopped."""
    app = Bare(*(Path(name).read_bytes() for name in files))
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(port),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        ws="none",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
