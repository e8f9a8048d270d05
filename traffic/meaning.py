"""Does an answer that has the right shape also answer what was asked?

Owns: what can be said for certain from one exchange alone: the record named, values written, pages, filters.
Knows nothing of: other exchanges, shapes. It looks only at values of the type it expects and leaves the rest alone.
Source: x-filter, x-paging and x-transitions of spec/openapi.yaml; its behaviours.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from operator import eq, ge, gt, le, lt
from typing import Any, Final

from cancelkit.spec import Body, Contract, Filter, Level, Operation, Parameter
from cancelkit.traffic.codes import CODES
from cancelkit.traffic.exchange import Finding
from cancelkit.traffic.reading import ABSENT, Call

COMPARED: Final = {"exact": eq, "iexact": eq, "gt": gt, "gte": ge, "lt": lt, "lte": le}
DOTTED: Final = str.maketrans({"I": "i", "ı": "i", "İ": "i", "\N{COMBINING DOT ABOVE}": None})
"""Whether these letters are equal is left open, so here they are."""


class Meanings:
    """Judges successful answers by one contract."""

    def __init__(self, spec: Contract) -> None:
        self._spec = spec

    def __call__(self, call: Call, doubtful: frozenset[str]) -> Iterator[Finding]:
        """doubtful: the places of the request in which something is wrong; nothing is concluded from those.

        A parameter that the contract lacks may, for all we know, sort or page.
        """
        operation, answer = call.operation, call.answered
        if operation is None or not call.exchange.ok or not isinstance(answer, dict):
            return
        if "id" in call.meaning.values:
            yield from self._record(call, answer)
        if operation.body is not None and isinstance(call.sent, dict):
            yield from self._written(call.sent, operation, operation.body, answer, doubtful)
        yield from self._status(operation, answer)
        rows = answer.get("results")
        if isinstance(rows, list):
            yield from self._page(call, operation, answer, rows, doubtful)

    def _finding(self, code: str, message: str, place: str, level: Level | None = None) -> Finding:
        return Finding("server", code, message, place, level or CODES[code].level(self._spec))

    def _record(self, call: Call, answer: dict[str, Any]) -> Iterator[Finding]:
        named, id = call.meaning.values["id"], answer.get("id")
        if named.isascii() and named.isdigit() and type(id) is int and id != int(named[:30]):
            yield self._finding("wrong-record", f"asked for {named}, answered with {id}", "response.id")

    def _written(
        self,
        body: dict[str, Any],
        operation: Operation,
        offered: Body,
        answer: dict[str, Any],
        doubtful: frozenset[str],
    ) -> Iterator[Finding]:
        for name, value in body.items():
            field = offered.fields.get(name)
            if field is None or field.read_only or name not in answer or f"body.{name}" in doubtful:
                continue
            sent, got = _trimmed(value), _trimmed(answer[name])
            if sent != "" and (sent != got or type(sent) is not type(got)):
                text = f"{name} was sent as {value!r} and answered as {answer[name]!r}"
                yield self._finding("not-applied", text, f"response.{name}", operation.success.fact.level)

    def _status(self, operation: Operation, answer: dict[str, Any]) -> Iterator[Finding]:
        transitions, level = self._spec.transitions, self._spec.behaviours["reject-effect"].fact.level
        wanted = transitions.actions.get(operation.id)
        if wanted is None and operation.success.status == 201:
            wanted, level = transitions.initial, self._spec.behaviours["create-initial-state"].fact.level
        if wanted and "status" in answer and answer["status"] != wanted:
            text = f"status is {answer['status']!r} and not {wanted!r}"
            yield self._finding("wrong-status-after", text, "response.status", level)

    def _page(
        self, call: Call, operation: Operation, answer: dict[str, Any], rows: list[Any], doubtful: frozenset[str]
    ) -> Iterator[Finding]:
        if not any(place.startswith("query.") for place in doubtful):
            yield from self._extent(call, operation, answer, rows)
        for name, wanted in operation.filters.items():
            value, parameter = call.value(name), operation.parameter(name)
            if value is None or parameter is None or f"query.{name}" in doubtful or _may_be_ignored(parameter):
                continue
            if problem := _mismatch(wanted, value, rows):
                index, path, found = problem
                text = f"{name}={value}, yet a row has {path} {found!r}"
                yield self._finding("filter-mismatch", text, f"response.results.{index}.{path}", parameter.fact.level)

    def _extent(self, call: Call, operation: Operation, answer: dict[str, Any], rows: list[Any]) -> Iterator[Finding]:
        paging = {
            p.paging: int(call.value(p.name) or p.schema.get("default", 0)) for p in operation.parameters if p.paging
        }
        limit, page = paging.get("limit", 0), paging.get("page", 1)
        if limit and len(rows) > limit:
            yield self._finding("page-size", f"{len(rows)} rows where the limit is {limit}", "response.results")
        ids = [row["id"] for row in rows if isinstance(row, dict) and type(row.get("id")) is int]
        if any(second <= first for first, second in pairwise(ids)):
            yield self._finding("list-order", f"the ids are not ascending: {_few(ids)}", "response.results")
        count = answer.get("count")
        if type(count) is not int:
            return
        if count < len(rows):
            yield self._finding("page-envelope", f"count is {count}, with {len(rows)} rows", "response.count")
        elif limit and answer.get("next", "") is None and count > (page - 1) * limit + len(rows):
            text = f"there is no next page, though {count} rows match and this is page {page} of {limit} each"
            yield self._finding("page-envelope", text, "response.next")


def _may_be_ignored(parameter: Parameter) -> bool:
    """Whether the parameter as such is left open, and not just some of its values."""
    return bool(parameter.fact.open and not parameter.schema.get("x-open"))


def _mismatch(wanted: Filter, value: str, rows: list[Any]) -> tuple[int, str, Any] | None:
    """The first row that a filter should have kept out: its index, the path looked at, and what stands there."""
    for index, row in enumerate(rows):
        found = _at(row, wanted.path)
        if found is not ABSENT and not _matches(wanted, found, value):
            return index, ".".join(wanted.path), found
    return None


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _few(ids: list[int]) -> str:
    return ", ".join(map(str, ids[:8])) + (", …" if len(ids) > 8 else "")


def _at(row: Any, path: tuple[str, ...]) -> Any:
    """The value at a path; None where a reference on the way is null, ABSENT where it is not opened."""
    for key in path:
        if row is None:
            return None
        if not isinstance(row, dict) or key not in row:
            return ABSENT
        row = row[key]
    return row


def _matches(wanted: Filter, found: Any, value: str) -> bool:
    """Whether a value of a row fits a filter's value, as far as that can be told; True where it can't."""
    if found is None:
        return False
    try:
        if wanted.lookup == "in":
            return str(found) in [str(int(part)) for part in value.split(",") if part.strip()]
        left, right = (_comparable(wanted, str(text)) for text in (found, value))
        return bool(COMPARED[wanted.lookup](left, right))
    except (ValueError, TypeError, KeyError):
        return True


def _comparable(wanted: Filter, text: str) -> Any:
    if wanted.lookup == "iexact":
        return unicodedata.normalize("NFC", text).translate(DOTTED).casefold().strip()
    if wanted.schema.get("type") == "integer":
        return int(text)
    if wanted.schema.get("format") == "date-time":
        if wanted.transform == "date":
            return date.fromisoformat(text) if len(text) == 10 else instant(text).date()
        return instant(text)
    return text


def instant(text: str) -> datetime:
    """A date-time as UTC; one without an offset is taken as UTC."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
