"""Every way in which the answer of an exchange breaks the contract, whatever it is about.

Owns: statuses, content types, the shape of bodies, what must not be accepted.
Source: the answers of each operation of the contract; its behaviours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from cancelkit.spec import Contract, Field, Level, Operation, Parameter
from cancelkit.spec.media import is_json, media_type
from cancelkit.traffic.client import HALF, OPEN_KEYWORDS, subject
from cancelkit.traffic.codes import CODES
from cancelkit.traffic.exchange import Finding
from cancelkit.traffic.reading import ABSENT, Call
from cancelkit.traffic.schemas import SHAPED, Problem, Schemas

ANYWHERE: Final = frozenset({400, 401, 403, 404, 405, 406, 408, 411, 413, 414, 415, 429, 431})
"""Refusals that HTTP, or the contract for all operations, allows everywhere."""
CONVERTIBLE: Final = frozenset({"type", "cast"})
ORDER: Final = list(Level)


class Server:
    """Judges answers by one contract."""

    def __init__(self, contract: Contract, schemas: Schemas) -> None:
        self._contract = contract
        self._schemas = schemas

    def __call__(self, call: Call, problems: Sequence[Problem]) -> Iterator[Finding]:
        """problems: what the schemas say of the request."""
        exchange, operation, status = call.exchange, call.operation, call.exchange.status
        if not exchange.answered:
            return
        if status >= 500:
            yield self._finding("server-error", f"answered {status}", "response.status")
            return
        if status == 405 and exchange.response_headers and not exchange.got("allow"):
            yield self._finding("missing-allow", "a 405 without an Allow header", "header.allow")
        if exchange.method == "OPTIONS" or status == 304 or _moved(call):
            return
        if operation is None:
            behaviour = self._contract.behaviour("method-not-allowed")
            if exchange.ok and call.meaning.methods and behaviour:
                text = f"{exchange.method} is not in the contract, yet answered {status}"
                yield self._finding("undocumented-status", text, "response.status", behaviour.fact.level)
            return
        if operation.response(status) is None and status not in ANYWHERE:
            text = f"{status} is not in the contract; its success is {operation.success.status}"
            yield self._finding("undocumented-status", text, "response.status", operation.success.fact.level)
            return
        if exchange.method != "HEAD":
            yield from self._body(call, operation)
        if exchange.ok:
            yield from self._accepted(call, operation, problems)

    def _finding(self, code: str, message: str, place: str, level: Level | None = None) -> Finding:
        return Finding("server", code, message, place, level or CODES[code].level(self._contract))

    def _body(self, call: Call, operation: Operation) -> Iterator[Finding]:
        exchange, status = call.exchange, call.exchange.status
        body, response = exchange.response_body, operation.response(status)
        if body is None or (response is None and status not in SHAPED):
            return
        schema, level = self._schemas.schema(operation, status), self._contract.level("error-shape")
        if response is not None:
            level = response.fact.level if status >= 300 else _level(response.schema or {}, ())
        if response is not None and response.schema is None:
            if body:
                yield self._finding("unexpected-body", f"a body where none belongs: {_shown(body)}", "response", level)
            return
        if not body:
            if schema is not None:
                yield self._finding("schema", "the body is missing", "response", level)
            return
        kind = media_type(exchange.got("content-type"))
        if not kind and exchange.response_headers:
            yield self._finding("missing-content-type", "the answer names no content type", "response", level)
        if call.answered is ABSENT:
            yield self._finding("not-json", f"{kind or 'a body'} that is not JSON: {_shown(body)}", "response", level)
            return
        if kind and not is_json(kind):
            yield self._finding("not-json", f"JSON that is called {kind}", "header.content-type", level)
        code = "schema" if status < 300 else "error-shape"
        for half in call.halves_answered:
            yield self._finding(code, f"{'.'.join(half)}: {HALF}", ".".join(("response", *half)), Level.ASSUMED)
        for problem in self._schemas.response(call):
            place, text = problem.place[1:], problem.message
            if response is not None and response.schema is not None and status < 300:
                level = _level(response.schema, place)
            yield self._finding(code, f"{'.'.join(place) or 'the body'}: {text}", ".".join(problem.place), level)

    def _accepted(self, call: Call, operation: Operation, problems: Sequence[Problem]) -> Iterator[Finding]:
        """A success for what had to be refused; what a right server might have converted or ignored is left alone."""
        exchange, key = call.exchange, self._contract.api_key
        keyless = key is not None and not exchange.sent(key.header) and exchange.sent("cookie") is None
        if exchange.secrets and operation.secured and keyless:
            yield self._finding("unauthenticated", f"answered {exchange.status} without a key", "response.status")
        if operation.body and exchange.request_body and call.sent is ABSENT:
            called_json = is_json(media_type(exchange.sent("content-type")))
            behaviour = self._contract.behaviour("malformed-json" if called_json else "media-type")
            if behaviour:
                text = "accepted a body that is not JSON"
                yield self._finding("accepted-invalid", text, "body", behaviour.fact.level)
        for problem in problems:
            item = subject(problem, operation)
            if item is None or problem.place[0] == "path" or _left_open(item, problem):
                continue
            levels = [item.fact.level, Level(item.schema.get("x-level", item.fact.level))]
            if isinstance(item, Parameter):
                behaviour = self._contract.behaviour("paging-bounds" if item.paging else "filter-refuses-malformed")
                if behaviour is None:
                    continue
                levels.append(behaviour.fact.level)
            place = ".".join(problem.place)
            text = f"{'.'.join(problem.place[1:])}: accepted, though {problem.message}"
            yield self._finding("accepted-invalid", text, place, max(levels, key=ORDER.index))


def _moved(call: Call) -> bool:
    """A redirect to the documented slash, to another scheme or host, or to the same path: not the API's own doing."""
    if not 300 <= call.exchange.status < 400:
        return False
    if call.exchange.left or call.meaning.slash is not None:
        return True
    try:
        there, here = (urlsplit(url) for url in (call.exchange.got("location") or "", call.exchange.url))
    except ValueError:
        return False
    return bool(there.netloc) and (there.path, there.query) == (here.path, here.query)


def _left_open(item: Parameter | Field, problem: Problem) -> bool:
    """Whether a right server may take the value all the same: by converting it, or reading it more kindly."""
    if isinstance(problem.value, str) and problem.value != problem.value.strip():
        return True
    if problem.keyword == "format":
        return _is_time(problem.value)
    if isinstance(item, Parameter):
        return item.fact.open is not None
    if item.fact.open and problem.keyword in OPEN_KEYWORDS:
        return True
    return problem.keyword in CONVERTIBLE and problem.value is not None and not isinstance(problem.value, dict | list)


def _is_time(value: Any) -> bool:
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def _level(schema: Any, place: Sequence[str]) -> Level:
    """The weakest level that stands in a resolved schema on the way to a place in a value."""
    levels = [Level(schema.get("x-level", Level.DOCUMENTED))]
    for part in place:
        schema = schema.get("items", {}) if part.isdigit() else schema.get("properties", {}).get(part, {})
        levels.append(Level(schema.get("x-level", Level.DOCUMENTED)))
    return max(levels, key=ORDER.index)


def _shown(body: bytes) -> str:
    text = body[:80].decode("utf-8", "replace")
    return repr(text) + ("…" if len(body) > 80 else "")
