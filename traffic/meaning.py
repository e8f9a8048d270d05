"""Does an answer that has the right shape also answer what was asked?

Owns: what can be said for certain from one exchange alone: the record named, values written, pages, filters.
    It looks only at values of the type it expects and leaves the rest alone.
Source: x-filter, x-paging, x-ordering, x-reference, x-action and x-transitions of the contract; its behaviours.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from cancelkit.spec import Body, Contract, Filter, Level, Operation, Parameter, Role
from cancelkit.spec.representations import RESULTS
from cancelkit.traffic.codes import CODES
from cancelkit.traffic.comparing import fits, identifier, same
from cancelkit.traffic.exchange import Finding
from cancelkit.traffic.reading import ABSENT, Call


class Meanings:
    """Judges successful answers by one contract."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._resource = contract.resource
        self._id = contract.resource.id_field
        self._named = contract.resource.identity.name if contract.resource.identity else ""

    def __call__(self, call: Call, doubtful: frozenset[str]) -> Iterator[Finding]:
        """doubtful: the places of the request in which something is wrong; nothing is concluded from those.

        A parameter that the contract lacks may, for all we know, sort or page.
        """
        operation, answer, exchange = call.operation, call.answered, call.exchange
        if operation is None or not exchange.ok or not exchange.answered or not isinstance(answer, dict):
            return
        if self._named in call.meaning.values:
            yield from self._record(call, answer)
        if operation.body is not None and isinstance(call.sent, dict):
            yield from self._written(call, operation, operation.body, answer, doubtful)
        yield from self._state(operation, answer)
        rows = answer.get(RESULTS)
        if isinstance(rows, list):
            yield from self._page(call, operation, answer, rows, doubtful)

    def _finding(self, code: str, message: str, place: str, level: Level | None = None) -> Finding:
        return Finding("server", code, message, place, level or CODES[code].level(self._contract))

    def _record(self, call: Call, answer: dict[str, Any]) -> Iterator[Finding]:
        named, id = call.meaning.values[self._named], answer.get(self._id)
        known = identifier(id)
        if known is None or (self._resource.numbered and not (named.isascii() and named.isdigit())):
            return
        if type(id) is (int if self._resource.numbered else str) and known != identifier(named):
            yield self._finding("wrong-record", f"asked for {named}, answered with {id}", f"response.{self._id}")

    def _written(
        self, call: Call, operation: Operation, offered: Body, answer: dict[str, Any], doubtful: frozenset[str]
    ) -> Iterator[Finding]:
        for name, value in call.sent.items():
            field = offered.fields.get(name)
            if field is None or field.read_only or f"body.{name}" in doubtful:
                continue
            got, place = self._answered(name, answer)
            blank = isinstance(value, str) and not value.strip()
            if got is ABSENT or blank or (name,) in call.halves_sent or same(value, got, field.schema):
                continue
            text = f"{name} was sent as {value!r} and answered as {got!r}"
            yield self._finding("not-applied", text, f"response.{place}", operation.success.fact.level)

    def _answered(self, name: str, answer: dict[str, Any]) -> tuple[Any, str]:
        """The answered value of a body field, and where it stands; the key of the row where a reference is opened."""
        reference = self._resource.references.get(name)
        for opened in (reference.opened, reference.opened_detailed) if reference else ():
            row = answer.get(opened) if opened else None
            if reference is not None and isinstance(row, dict):
                return row.get(reference.key, ABSENT), f"{opened}.{reference.key}"
        return answer.get(name, ABSENT), name

    def _state(self, operation: Operation, answer: dict[str, Any]) -> Iterator[Finding]:
        transitions, action = self._resource.transitions, operation.action
        if action is not None:
            field, wanted = action.field, action.value
            found = self._contract.behaviour(f"{action.name}-effect") or self._contract.behaviour("action-effect")
        elif operation.role is Role.CREATE and transitions is not None:
            field, wanted = transitions.field, transitions.initial
            found = self._contract.behaviour("create-initial-state")
        else:
            return
        if found is not None and field in answer and answer[field] != wanted:
            text = f"{field} is {answer[field]!r} and not {wanted!r}"
            yield self._finding("wrong-status-after", text, f"response.{field}", found.fact.level)

    def _page(
        self, call: Call, operation: Operation, answer: dict[str, Any], rows: list[Any], doubtful: frozenset[str]
    ) -> Iterator[Finding]:
        if not any(place.startswith("query.") for place in doubtful):
            yield from self._extent(call, operation, answer, rows)
        nulls = self._contract.behaviour("filter-null-never-matches") is not None
        for name, wanted in operation.filters.items():
            value, parameter = call.value(name), operation.parameter(name)
            if value is None or parameter is None or f"query.{name}" in doubtful or _may_be_ignored(parameter):
                continue
            if problem := _mismatch(wanted, value, rows, nulls=nulls):
                index, path, found = problem
                text = f"{name}={value}, yet a row has {path} {found!r}"
                yield self._finding("filter-mismatch", text, f"response.{RESULTS}.{index}.{path}", parameter.fact.level)

    def _extent(self, call: Call, operation: Operation, answer: dict[str, Any], rows: list[Any]) -> Iterator[Finding]:
        paging = {
            p.paging: int(call.value(p.name) or p.schema.get("default") or 0) for p in operation.parameters if p.paging
        }
        limit, page = paging.get("limit", 0), paging.get("page", 0) or 1
        if limit and len(rows) > limit:
            yield self._finding("page-size", f"{len(rows)} rows where the limit is {limit}", f"response.{RESULTS}")
        yield from self._order(call, operation, rows)
        count = answer.get("count")
        if type(count) is not int:
            return
        if count < len(rows):
            yield self._finding("page-envelope", f"count is {count}, with {len(rows)} rows", "response.count")
        elif limit and answer.get("next", "") is None and count > (page - 1) * limit + len(rows):
            text = f"there is no next page, though {count} rows match and this is page {page} of {limit} each"
            yield self._finding("page-envelope", text, "response.next")

    def _order(self, call: Call, operation: Operation, rows: list[Any]) -> Iterator[Finding]:
        """Ascending ids, unless another order was asked for, or is usual."""
        ordering = operation.ordering
        if not self._resource.numbered or (ordering and (call.value(ordering.name) or "default" in ordering.schema)):
            return
        ids = [row[self._id] for row in rows if isinstance(row, dict) and type(row.get(self._id)) is int]
        if any(second <= first for first, second in pairwise(ids)):
            text = f"the {self._id}s are not ascending: {_few(ids)}"
            yield self._finding("list-order", text, f"response.{RESULTS}")


def _may_be_ignored(parameter: Parameter) -> bool:
    """Whether the parameter as such is left open, and not just some of its values."""
    return bool(parameter.fact.open and not parameter.schema.get("x-open"))


def _mismatch(wanted: Filter, value: str, rows: list[Any], *, nulls: bool) -> tuple[int, str, Any] | None:
    """The first row that a filter should have kept out: its index, the path looked at, and what stands there.

    nulls: whether a filter keeps out rows that have null there.
    """
    for index, row in enumerate(rows):
        found = _at(row, wanted.path)
        if found is ABSENT or isinstance(found, dict | list) or (found is None and not nulls):
            continue
        if not fits(wanted, found, value):
            return index, ".".join(wanted.path), found
    return None


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
