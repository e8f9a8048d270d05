"""Deviations of the state: searching, paging, deleting, isolation, what a write changes.

Owns: a store class for each, which overrides the one thing that is wrong.
Knows nothing of: HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from cancelkit.mockserver.deviations.deviation import Deviation
from cancelkit.mockserver.state.columns import condition
from cancelkit.mockserver.state.store import Condition, Missing, Page, PageBeyondLast, Store
from cancelkit.spec import Field

Found = tuple[bytes, bytes | None]
THREE_HOURS = 3 * 3_600_000_000


class AnyCondition(Store):
    def _where(self, channel: int, conditions: Sequence[Condition]) -> tuple[str, list[Any]]:
        terms = [condition(rule, value) for rule, value in conditions]
        any_of = " OR ".join(term for term, _ in terms)
        return "channel = ?" + (f" AND ({any_of})" if terms else ""), [
            channel,
            *(v for _, values in terms for v in values),
        ]


class Contained(Store):
    def _where(self, channel: int, conditions: Sequence[Condition]) -> tuple[str, list[Any]]:
        where, bound = super()._where(channel, conditions)
        for rule, _ in conditions:
            if rule.lookup == "iexact":
                term, _ = condition(rule, "")
                where = where.replace(term, f"instr({term.split()[0]}, ?) > 0")
        return where, bound


class NullMatches(Store):
    def _where(self, channel: int, conditions: Sequence[Condition]) -> tuple[str, list[Any]]:
        where, bound = super()._where(channel, conditions)
        for rule, value in conditions:
            if rule.nullable:
                term, _ = condition(rule, value)
                where = where.replace(term, f"({term} OR {term.split()[0]} IS NULL)")
        return where, bound


class LocalDays(Store):
    """Calendar days as clocks in Istanbul have them."""

    def _where(self, channel: int, conditions: Sequence[Condition]) -> tuple[str, list[Any]]:
        moved = [(rule, value - THREE_HOURS if rule.transform == "date" else value) for rule, value in conditions]
        return super()._where(channel, moved)


class FirstOfMany(Store):
    def _where(self, channel: int, conditions: Sequence[Condition]) -> tuple[str, list[Any]]:
        return super()._where(channel, [(r, v[:1] if r.lookup == "in" else v) for r, v in conditions])


class WholeSeconds(Store):
    def _where(self, channel: int, conditions: Sequence[Condition]) -> tuple[str, list[Any]]:
        cut = [
            (
                r,
                v - v % 1_000_000
                if r.schema.get("format") == "date-time" and r.lookup in ("lt", "lte", "exact")
                else v,
            )
            for r, v in conditions
        ]
        return super()._where(channel, cut)


class AllChannels(Store):
    def _where(self, channel: int, conditions: Sequence[Condition]) -> tuple[str, list[Any]]:
        where, bound = super()._where(channel, conditions)
        return where.replace("channel = ?", "?", 1), [1, *bound[1:]]


class CountsAllChannels(Store):
    def page(
        self, channel: int, conditions: Sequence[Condition], *, page: int, limit: int, detailed: bool = False
    ) -> Page:
        found = super().page(channel, conditions, page=page, limit=limit, detailed=detailed)
        return Page(found.rows, len(self)) if not conditions else found


class CountsThePage(Store):
    def page(
        self, channel: int, conditions: Sequence[Condition], *, page: int, limit: int, detailed: bool = False
    ) -> Page:
        found = super().page(channel, conditions, page=page, limit=limit, detailed=detailed)
        return Page(found.rows, len(found.rows))


class Overlapping(Store):
    """Each page begins with the last row of the one before."""

    def page(
        self, channel: int, conditions: Sequence[Condition], *, page: int, limit: int, detailed: bool = False
    ) -> Page:
        right = super().page(channel, conditions, page=page, limit=limit, detailed=detailed)
        if page == 1 or limit == 1:
            return right
        before = super().page(channel, conditions, page=page - 1, limit=limit, detailed=detailed)
        return Page([before.rows[-1], *right.rows[:-1]], right.total)


class LosesLastRow(Store):
    def page(
        self, channel: int, conditions: Sequence[Condition], *, page: int, limit: int, detailed: bool = False
    ) -> Page:
        found = super().page(channel, conditions, page=page, limit=limit, detailed=detailed)
        return Page(found.rows[: limit - 1] if limit > 1 else found.rows, found.total)


class BeyondIsEmpty(Store):
    def page(
        self, channel: int, conditions: Sequence[Condition], *, page: int, limit: int, detailed: bool = False
    ) -> Page:
        try:
            return super().page(channel, conditions, page=page, limit=limit, detailed=detailed)
        except PageBeyondLast:
            return Page([], super().page(channel, conditions, page=1, limit=1).total)


class DetailedIgnoresFilters(Store):
    def page(
        self, channel: int, conditions: Sequence[Condition], *, page: int, limit: int, detailed: bool = False
    ) -> Page:
        return super().page(channel, () if detailed else conditions, page=page, limit=limit, detailed=detailed)


class Descending(Store):
    def _order(self, conditions: Sequence[Condition]) -> str:
        return "id DESC"


class Shuffled(Store):
    def _order(self, conditions: Sequence[Condition]) -> str:
        return "random()"


class DetailedDescending(Store):
    _now_detailed = False

    def page(
        self, channel: int, conditions: Sequence[Condition], *, page: int, limit: int, detailed: bool = False
    ) -> Page:
        self._now_detailed = detailed
        return super().page(channel, conditions, page=page, limit=limit, detailed=detailed)

    def _order(self, conditions: Sequence[Condition]) -> str:
        return "id DESC" if self._now_detailed else super()._order(conditions)


class DetailedHidesPlan(Store):
    def _detailed(self, doc: bytes, plan: bytes | None) -> bytes:
        return super()._detailed(doc, None)


class DetailedOpensNeighbour(Store):
    def _detailed(self, doc: bytes, plan: bytes | None) -> bytes:
        record = orjson.loads(doc)
        table = self.catalogue.items
        wrong = record["order_item"] + 1
        record["order_item"] = wrong if wrong in table else record["order_item"]
        return super()._detailed(orjson.dumps(record), plan)


class DetailedStale(Store):
    """Shows a record in detail as it was when first asked for."""

    _first: dict[int, bytes] = {}  # noqa: RUF012

    def get_detailed(self, channel: int, id: int) -> bytes:
        return self._first.setdefault(id, super().get_detailed(channel, id))


class SoftDelete(Store):
    """Deleted records are 404, and stay in lists and counts."""

    _gone: set[int] = set()  # noqa: RUF012

    def delete(self, channel: int, id: int) -> None:
        self._found(channel, id)
        self._gone.add(id)

    def _found(self, channel: int, id: int) -> Found:
        if id in self._gone:
            raise Missing
        return super()._found(channel, id)

    def has(self, channel: int, id: int) -> bool:
        return id not in self._gone and super().has(channel, id)


class DeletesNothing(Store):
    def delete(self, channel: int, id: int) -> None:
        self._found(channel, id)


class DeletesNeighbour(Store):
    def delete(self, channel: int, id: int) -> None:
        super().delete(channel, id)
        self._db.execute("DELETE FROM requests WHERE id = (SELECT max(id) FROM requests WHERE id < ?)", (id,))


class ReusesIds(Store):
    def delete(self, channel: int, id: int) -> None:
        super().delete(channel, id)
        if id == self._next - 1:
            self._next = id


class DeleteTwice(Store):
    def delete(self, channel: int, id: int) -> None:
        self._db.execute("DELETE FROM requests WHERE id = ? AND channel = ?", (id, channel))


def _across(*methods: str) -> type[Store]:
    """A store in which some methods find records of any channel."""

    def wrapped(name: str) -> Any:
        right = getattr(Store, name)

        def method(self: Store, channel: int, id: int, *rest: Any) -> Any:
            row = self._db.execute("SELECT channel FROM requests WHERE id = ?", (id,)).fetchone()
            return right(self, row[0] if row else channel, id, *rest)

        return method

    return type("Across", (Store,), {name: wrapped(name) for name in methods})


class ReferencesAnyChannel(Store):
    def _check_references(self, channel: int, body: Mapping[str, Any], fields: Mapping[str, Field]) -> None:
        for other in sorted(self.catalogue.channels):
            if all(
                self.catalogue.has(field.reference, other, body[name])
                for name, field in fields.items()
                if field.reference and name in body
            ):
                return
        super()._check_references(channel, body, fields)


class SameUuid(Store):
    def create(self, channel: int, body: Mapping[str, Any], fields: Mapping[str, Field]) -> bytes:
        doc = orjson.loads(super().create(channel, body, fields))
        doc["uuid"] = "00000000-0000-4000-8000-000000000000"
        return self.put(channel, doc, None)


class StaleModified(Store):
    def _write(self, channel: int, record: dict[str, Any], plan: dict[str, Any] | None) -> bytes:
        return self.put(channel, record, plan)


class MovesCreated(Store):
    def _write(self, channel: int, record: dict[str, Any], plan: dict[str, Any] | None) -> bytes:
        doc = orjson.loads(super()._write(channel, record, plan))
        return self.put(channel, {**doc, "created_date": doc["modified_date"]}, plan)


class HalfApplied(Store):
    """A refused update has written its texts all the same."""

    def update(self, channel: int, id: int, changes: Mapping[str, Any], fields: Mapping[str, Field]) -> bytes:
        texts = {name: changes[name] for name in ("description", "iban", "holder_name") if name in changes}
        if texts:
            super().update(channel, id, texts, fields)
        return super().update(channel, id, changes, fields)


class RejectNotKept(Store):
    def act(self, channel: int, id: int, operation_id: str) -> bytes:
        doc, plan = self._found(channel, id)
        answered = super().act(channel, id, operation_id)
        self.put(channel, orjson.loads(doc), orjson.loads(plan) if plan else None)
        return answered


class RejectClears(Store):
    def act(self, channel: int, id: int, operation_id: str) -> bytes:
        doc = orjson.loads(super().act(channel, id, operation_id))
        return self.put(channel, {**doc, "description": None}, None)


class RejectAlways(Store):
    def act(self, channel: int, id: int, operation_id: str) -> bytes:
        right = self.spec
        self.spec = replace(
            right, resource=replace(right.resource, transitions=replace(right.transitions, final=frozenset()))
        )
        try:
            return super().act(channel, id, operation_id)
        finally:
            self.spec = right


DEVIATIONS = (
    Deviation("filters-or", "several filters: one is enough", store=AnyCondition),
    Deviation("filter-text-contained", "text filters match parts", store=Contained),
    Deviation("filter-null-matches", "null matches any value", store=NullMatches),
    Deviation("filter-days-local", "calendar days are not those of UTC", store=LocalDays),
    Deviation("filter-pk-in-first", "pk__in looks at the first id only", store=FirstOfMany),
    Deviation("filter-whole-seconds", "instants are compared without fractions", store=WholeSeconds),
    Deviation("isolation-list-leaks", "lists show all channels", store=AllChannels),
    Deviation("isolation-count-leaks", "count counts all channels", store=CountsAllChannels),
    Deviation("paging-count-of-page", "count counts the page", store=CountsThePage),
    Deviation("paging-overlap", "pages repeat a row", store=Overlapping),
    Deviation("paging-loses-row", "full pages lack their last row", store=LosesLastRow),
    Deviation("paging-beyond-empty", "a page beyond the last is empty, not 404", store=BeyondIsEmpty),
    Deviation("paging-descending", "lists are ordered backwards", store=Descending),
    Deviation("paging-unstable", "the order changes from call to call", store=Shuffled),
    Deviation("detailed-descending", "the detailed list is ordered backwards", store=DetailedDescending),
    Deviation("detailed-ignores-filters", "the detailed list has no filters", store=DetailedIgnoresFilters),
    Deviation("detailed-hides-plan", "cancellation_plan is always null", store=DetailedHidesPlan),
    Deviation("detailed-wrong-item", "a detailed answer opens another order item", store=DetailedOpensNeighbour),
    Deviation("detailed-stale", "a detailed answer shows old values", store=DetailedStale),
    Deviation("delete-still-listed", "deleted records stay in lists", store=SoftDelete),
    Deviation("delete-does-nothing", "delete answers 204 and keeps the record", store=DeletesNothing),
    Deviation("delete-neighbour", "delete takes the record before it along", store=DeletesNeighbour),
    Deviation("delete-id-reused", "a deleted id is given again", store=ReusesIds),
    Deviation("delete-twice", "deleting again is 204", store=DeleteTwice),
    Deviation("isolation-retrieve", "any channel reads any record", store=_across("get", "has")),
    Deviation("isolation-detailed", "any channel reads any record in detail", store=_across("get_detailed")),
    Deviation("isolation-update", "any channel updates any record", store=_across("update", "has")),
    Deviation("isolation-reject", "any channel rejects any record", store=_across("act")),
    Deviation("isolation-delete", "any channel deletes any record", store=_across("delete")),
    Deviation("isolation-references", "references of another channel are accepted", store=ReferencesAnyChannel),
    Deviation("create-same-uuid", "all new records have one uuid", store=SameUuid),
    Deviation("update-modified-stands", "modified_date never moves", store=StaleModified),
    Deviation("update-created-moves", "created_date moves with each update", store=MovesCreated),
    Deviation("update-half-applied", "a refused update changes texts", store=HalfApplied),
    Deviation("reject-not-kept", "reject answers rejected and keeps the old status", store=RejectNotKept),
    Deviation("reject-clears", "reject clears the description", store=RejectClears),
    Deviation("reject-final", "a final request can be rejected", store=RejectAlways),
)
