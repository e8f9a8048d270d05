"""What goes back to the client: bytes, a status, headers; and the API's own shapes of errors.

Owns: Reply, ApiError, the error shapes and their codes.
Knows nothing of: requests, state.
Source: contract, "Errors": 400 by field, non_field_errors or detail; other errors detail and code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.types import Send

from cancelkit.mockserver.documents import document
from cancelkit.mockserver.problem import Problem
from cancelkit.spec import Operation, Response
from cancelkit.spec.media import JSON

Header = tuple[bytes, bytes]
JSON_TYPE: Header = (b"content-type", b"application/json")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; `body` is JSON, or empty."""

    status: int
    body: bytes = b""
    headers: tuple[Header, ...] = (JSON_TYPE,)

    async def send(self, send: Send) -> None:
        """Write the answer as ASGI messages."""
        headers = [*self.headers, (b"content-length", b"%d" % len(self.body))] if self.status != 204 else []
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


class ApiError(Exception):
    """The call is refused; `reply` says why in the API's words."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def documented(operation: Operation, reply: Reply) -> Reply:
    """JSON under the media type that the contract gives to it."""
    return typed(reply, operation.response(reply.status))


def typed(reply: Reply, answer: Response | None) -> Reply:
    """JSON under the media type of what describes it, if anything does."""
    if answer is None or answer.media_type == JSON or JSON_TYPE not in reply.headers:
        return reply
    kind = (JSON_TYPE[0], answer.media_type.encode())
    return replace(reply, headers=tuple(kind if pair == JSON_TYPE else pair for pair in reply.headers))


def json_reply(status: int, value: Any) -> Reply:
    return Reply(status, document(value))


def error(status: int, detail: str, code: str, headers: Mapping[str, str] | None = None) -> ApiError:
    """An error of the shape {"detail", "code"}."""
    extra = tuple((name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items())
    return ApiError(Reply(status, document({"detail": detail, "code": code}), (JSON_TYPE, *extra)))


def invalid(problems: Sequence[Problem]) -> ApiError:
    """A 400 that names every field with its texts, and the code they share (`invalid` where they don't)."""
    body: dict[str, Any] = {}
    for problem in problems:
        texts = body.setdefault(problem.field, [])
        if problem.message not in texts:
            texts.append(problem.message)
    codes = {problem.code for problem in problems}
    body["code"] = codes.pop() if len(codes) == 1 else "invalid"
    return ApiError(Reply(400, document(body)))


def not_found() -> ApiError:
    return error(404, "Not found.", "not_found")


def no_path() -> ApiError:
    return error(404, "No such path.", "not_found")


def wrong_slash(right: str) -> ApiError:
    return error(404, f"Not found. The path is {right}", "not_found")


def invalid_page() -> ApiError:
    return error(404, "Invalid page.", "not_found")


def too_large(limit: int) -> ApiError:
    return error(413, f"The body is larger than the {limit} bytes that this server takes.", "too_large")


def unsupported(media_type: str, status: int = 415) -> ApiError:
    return error(status, f'Unsupported media type "{media_type}" in request.', "unsupported_media_type")


def encoded(encoding: str) -> ApiError:
    detail = f'Unsupported content encoding "{encoding}" in request. Send the body as it is, without one.'
    return error(415, detail, "unsupported_media_type", {"Accept-Encoding": "identity"})


def malformed(detail: str) -> ApiError:
    return error(400, detail, "parse_error")
