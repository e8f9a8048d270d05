"""How the control endpoints read bodies and write answers.

Owns: JSON in and out, and the one shape of their errors.
Knows nothing of: what any endpoint does.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

LARGEST = 512 * 1024 * 1024
"""Bytes that an imported world may have."""


class Refusal(Exception):
    """A call that can't be served: answered as {"detail", "code"} with `status`."""

    def __init__(self, status: int, detail: str, code: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.code = code
        self.more = more


class Json(Response):
    """An answer in JSON that no cache keeps."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS)

    def init_headers(self, headers: Any = None) -> None:
        super().init_headers(headers)
        self.headers["cache-control"] = "no-store"


def refused(refusal: Refusal) -> Json:
    return Json({"detail": refusal.detail, "code": refusal.code, **refusal.more}, refusal.status)


def nothing() -> Response:
    return Response(status_code=204)


async def body(request: Request) -> Any:
    """Return the JSON that was sent; an empty body is {}.

    Raises:
        Refusal: 415 for another content type (which also keeps out forms of foreign pages) or a packed body, 400 for
            what is no JSON.
    """
    size = 0
    chunks = []
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST:
            raise Refusal(413, f"the body is larger than {LARGEST} bytes", "too_large")
        chunks.append(chunk)
    if not size:
        return {}
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(415, "send the body as application/json", "unsupported_media_type")
    if (packed := request.headers.get("content-encoding", "identity").strip().lower()) not in ("", "identity"):
        raise Refusal(
            415, f"send the body as it is, without the content encoding {packed[:100]!r}", "unsupported_media_type"
        )
    try:
        return orjson.loads(b"".join(chunks).removeprefix(BOM_UTF8))
    except orjson.JSONDecodeError as error:
        raise Refusal(400, f"the body is not JSON: {error}", "parse_error") from error


async def object_body(request: Request) -> dict[str, Any]:
    """Return the JSON object that was sent.

    Raises:
        Refusal: as `body`, and 400 for JSON of another type.
    """
    data = await body(request)
    if not isinstance(data, dict):
        raise Refusal(400, "the body must be a JSON object", "invalid")
    return data


def number(request: Request, name: str, default: int, *, least: int = 0, most: int = 10**9) -> int:
    """Return an integer query parameter.

    Raises:
        Refusal: 400 when it is none, or out of bounds.
    """
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 16 and least <= int(text) <= most):
        raise Refusal(400, f"{name} must be an integer from {least} to {most}", "invalid")
    return int(text)
