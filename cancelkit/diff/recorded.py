"""Which recorded calls would notice a change: those of one team's client, out of HAR files or a mock's journal.

Owns: finding the operation of a call, and whether what it sent or got is touched by a change.
Source: docs/diff.md, "Who would notice".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cancelkit.diff.change import Change, Kind, Spot
from cancelkit.diff.messages import schema_of
from cancelkit.diff.node import Node, plain
from cancelkit.diff.opening import Unreadable
from cancelkit.diff.operations import Side, operations
from cancelkit.spec.templates import Template
from cancelkit.spec.values.checking import compiled
from cancelkit.spec.values.model import NoValue
from cancelkit.traffic import Exchange
from cancelkit.traffic.har import HarError, read_har
from cancelkit.traffic.paths import Paths
from cancelkit.traffic.reading import ABSENT, json_value


@dataclass(frozen=True, slots=True)
class Use:
    """How many recorded calls would notice a change, of how many; `first` is one of them. None: they can't tell."""

    calls: int | None
    of: int
    first: str = ""

    @property
    def hit(self) -> bool:
        """Whether the client is hit, as far as is known."""
        return self.calls is None or self.calls > 0

    def __str__(self) -> str:
        if self.calls is None:
            return "recorded calls can't tell who would notice"
        if not self.calls:
            return f"none of {self.of} recorded calls would notice"
        return f"{self.calls} of {self.of} recorded calls would notice, such as {self.first}"


@dataclass(frozen=True, slots=True)
class _Call:
    exchange: Exchange
    operation: tuple[str, str]
    path: dict[str, str]
    query: dict[str, list[str]]
    sent: Any
    got: Any


class Recorded:
    """The calls of the files that are calls of the old contract.

    Raises:
        Unreadable: a file is neither a HAR nor a journal, or none holds such a call.
    """

    def __init__(self, files: Sequence[Path], old: Side, new: Side) -> None:
        self._new = new
        exchanges = [exchange for file in files for exchange in _exchanges(file)]
        self.calls = [call for exchange in exchanges if (call := _call(exchange, old)) is not None]
        if not self.calls:
            raise Unreadable(f"none of {len(exchanges)} recorded calls is one of {old.name}.")

    def use(self, change: Change) -> Use:
        """Who would notice the change; nobody where it breaks only servers."""
        whole = len(self.calls)
        if change.kind in (Kind.SERVERS, Kind.HARMLESS):
            return Use(0, whole)
        if change.notice == "unknown" or all(spot.call is None for spot in change.spots):
            return Use(None, whole)
        touched = [c for c in self.calls if any(self._notices(c, change, spot) for spot in change.spots)]
        return Use(len(touched), whole, _named(touched[0]) if touched else "")

    def _notices(self, call: _Call, change: Change, spot: Spot) -> bool:
        if spot.call != call.operation:
            return False
        if spot.part == "answer" and spot.name and not _status(spot.name, call.exchange.status):
            return change.notice == "always" and spot.old is None
        if change.notice == "always":
            return True
        if change.notice == "absent":
            if not spot.path:
                return not list(_values(call, spot, ()))
            return any(not list(_below(holder, spot.path[-1:])) for holder in _values(call, spot, spot.path[:-1]))
        found = list(_values(call, spot, spot.path))
        if change.value is not None:
            return change.value in found
        return any(self._misfit(value, spot) for value in found) if change.notice == "misfit" else bool(found)

    def _misfit(self, value: Any, spot: Spot) -> bool:
        """Whether the new contract refuses the value; what can't be judged counts as refused."""
        if spot.new is None:
            return True
        node = Node(self._new.data, self._new.data, ()).at(*spot.new)
        node = schema_of(node) if spot.part != "body" and "in" in node.mapping() else node
        try:
            schema = plain(node)
            fits = compiled(schema, "request", "").is_valid
        except (NoValue, AttributeError, TypeError, ValueError):
            return True
        return not fits(value) and not (isinstance(value, str) and spot.part != "body" and fits(_typed(value)))


def _typed(text: str) -> Any:
    """The text of a parameter as the JSON value that it may stand for."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _named(call: _Call) -> str:
    return f"{call.exchange.method} {urlsplit(call.exchange.url).path}"


def _status(named: str, status: int) -> bool:
    return named == str(status) or named == "default" or named.upper() == f"{status // 100}XX"


def _values(call: _Call, spot: Spot, path: tuple[str, ...]) -> Iterator[Any]:
    if spot.part == "query":
        found: list[Any] = list(call.query.get(spot.name, []))
    elif spot.part == "path":
        found = [call.path[spot.name]] if spot.name in call.path else []
    elif spot.part == "header":
        found = [value for value in (call.exchange.sent(spot.name),) if value is not None]
    else:
        body = call.sent if spot.part == "body" else call.got
        found = [] if body is ABSENT else [body]
    for value in found:
        yield from _below(value, path if spot.part in ("body", "answer") else ())


def _below(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if not path:
        yield value
    elif path[0] == "[]":
        for item in value if isinstance(value, list) else ():
            yield from _below(item, path[1:])
    elif isinstance(value, dict):
        inner = value.values() if path[0] == "{}" else [value[path[0]]] if path[0] in value else []
        for item in inner:
            yield from _below(item, path[1:])


def _call(exchange: Exchange, old: Side) -> _Call | None:
    """The call, if it is one of the old contract's operations; without a contract by how its path ends."""
    parts, method = urlsplit(exchange.url), exchange.method.upper()
    found: tuple[tuple[str, str], dict[str, str]] | None = None
    if old.contract is not None:
        meaning = Paths(old.contract).find(method, parts.path)
        if meaning and meaning.operation:
            found = (meaning.operation.method, meaning.operation.path), dict(meaning.values)
    else:
        found = _ending(method, parts.path, old)
    if found is None:
        return None
    query = parse_qs(parts.query, keep_blank_values=True)
    sent, got = json_value(exchange.request_body), json_value(exchange.response_body)
    return _Call(exchange, found[0], found[1], query, sent, got)


def _ending(method: str, path: str, old: Side) -> tuple[tuple[str, str], dict[str, str]] | None:
    segments = path.rstrip("/").split("/")
    for start in range(1, len(segments)):
        for one in sorted(operations(old), key=lambda operation: operation.path.count("{")):
            values = Template(one.path.rstrip("/")).values("/" + "/".join(segments[start:]))
            if values is not None and one.method.upper() == method:
                return (method, one.path), values
    return None


def _exchanges(file: Path) -> tuple[Exchange, ...]:
    """The calls of a HAR, or of a journal as /_mock/journal gives it."""
    try:
        return read_har(file).exchanges
    except HarError as error:
        try:
            data = json.loads(file.read_bytes())
        except (OSError, ValueError):
            data = None
        calls = data.get("calls") if isinstance(data, dict) else None
        if not isinstance(calls, list):
            raise Unreadable(f"{file} {error}") from error
        return tuple(_journaled(call) for call in calls if isinstance(call, dict))


def _journaled(call: dict[str, Any]) -> Exchange:
    query = call.get("query")
    return Exchange(
        method=str(call.get("method", "GET")),
        url=f"{call.get('path', '/')}{f'?{query}' if query else ''}",
        request_body=str(call.get("request_body") or "").encode(),
        status=call["status"] if isinstance(call.get("status"), int) else 0,
        response_body=str(call.get("response_body") or "").encode(),
    )
