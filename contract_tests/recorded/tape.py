"""Recorded calls with what must be known of each before anything is concluded from it.

Owns: Heard (a call and what is wrong with its request), Tape (calls by what they ask, records by time).
Knows nothing of: points and options.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cancelkit.spec import Contract, Operation, Role
from cancelkit.spec.refusing import statuses
from cancelkit.spec.representations import RESULTS
from cancelkit.traffic import Exchange, Judge
from cancelkit.traffic.client import Client
from cancelkit.traffic.comparing import identifier
from cancelkit.traffic.reading import Call, read
from cancelkit.traffic.schemas import Problem, Schemas

LISTS = (Role.LIST, Role.LIST_DETAILED)
REFUSALS = (400, 422)
NEAR = 6
"""So many pages before and after a call are compared with it."""
Row = dict[str, Any]
Query = Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Heard:
    """One call. number: counts from 0. faults: the places of its request that break the contract, such as "query.page";
    problems: those that schemas tell. known: whether its key is one that the server takes.
    """

    number: int
    call: Call
    operation: Operation
    faults: frozenset[str]
    problems: tuple[Problem, ...]
    known: bool

    @property
    def exchange(self) -> Exchange:
        return self.call.exchange

    @property
    def status(self) -> int:
        return self.exchange.status

    @property
    def ok(self) -> bool:
        return self.exchange.ok

    @property
    def lists(self) -> bool:
        """Whether it asks for a page, under a path and with a key that are right."""
        role = self.operation.role in LISTS and self.exchange.method == "GET"
        return role and self.known and not self.call.meaning.slash

    @cached_property
    def query(self) -> Query | None:
        """None where a parameter is given twice."""
        return dict(self.call.query) if len({name for name, _ in self.call.query}) == len(self.call.query) else None

    @cached_property
    def rows(self) -> list[Row] | None:
        """The rows of the page that was answered; None where it is none."""
        answered = self.call.answered
        found = answered.get(RESULTS) if self.ok and isinstance(answered, dict) else None
        return found if isinstance(found, list) and all(isinstance(row, dict) for row in found) else None

    @property
    def shown(self) -> list[Row]:
        """The rows of the page, or the one record, that was answered."""
        return self.rows if self.rows is not None else [self.answer] if self.ok and self.known else []

    @property
    def whole(self) -> bool:
        """Whether it is answered with all that matches, on one page."""
        count = self.answer.get("count")
        return self.rows is not None and (len(self.rows) == count if type(count) is int else self._first)

    @property
    def _first(self) -> bool:
        return self.operation.paging.get("page") not in (self.query or {}) and not self.answer.get("next")

    @property
    def answer(self) -> Row:
        """The object that was answered; empty where there was none."""
        return self.call.answered if isinstance(self.call.answered, dict) else {}

    @property
    def sent(self) -> Row | None:
        return self.call.sent if isinstance(self.call.sent, dict) else None

    @cached_property
    def refused(self) -> bool:
        """Whether the server calls what was sent wrong."""
        return self.status in REFUSALS or self.status in statuses(self.operation)

    def names(self, name: str) -> bool:
        """Whether the answer names a parameter or a field."""
        text = (self.exchange.response_body or b"").decode("utf-8", "replace")
        return re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", text) is not None

    def refuses(self, place: str) -> bool:
        """Whether it is refused for one place of the request: nothing else is wrong, and the answer names it."""
        return self.refused and self.faults <= {place} and self.names(place.partition(".")[2])

    def before(self, other: Heard) -> bool:
        """Whether it was over when the other began."""
        return self.exchange.ended <= other.exchange.started


@dataclass
class Record:
    """What was heard of one record. shown: with the row that an answer shows; touched: calls that change it, or may
    have done so."""

    shown: list[tuple[Heard, Row]] = field(default_factory=list)
    touched: list[Heard] = field(default_factory=list)
    deleted: list[Heard] = field(default_factory=list)

    @cached_property
    def _by_end(self) -> list[tuple[Heard, Row]]:
        return sorted(self.shown, key=lambda pair: pair[0].exchange.ended)

    @cached_property
    def _by_start(self) -> list[Heard]:
        return sorted((*(one for one, _ in self.shown), *self.deleted), key=lambda one: one.exchange.started)

    def before(self, heard: Heard) -> list[tuple[Heard, Row]]:
        """What answers showed of it before a call, the last one last."""
        end = bisect_right(self._by_end, heard.exchange.started, key=lambda pair: pair[0].exchange.ended)
        return self._by_end[:end]

    def after(self, heard: Heard) -> Heard | None:
        """The first call after another that proves that it was still there: it is shown, or is deleted."""
        start = bisect_left(self._by_start, heard.exchange.ended, key=lambda one: one.exchange.started)
        return self._by_start[start] if start < len(self._by_start) else None


Key = tuple[str, tuple[str, ...], str]
"""Realm, scope and id of a record."""


class Tape:
    """The calls of one server. methods: refusals of methods that a path lacks, with what they say."""

    def __init__(self, contract: Contract, judge: Judge, exchanges: Iterable[Exchange]) -> None:
        self.contract = contract
        resource = contract.resource
        self._scope = tuple(parameter.name for parameter in resource.scope)
        self._named = resource.identity.name if resource.identity else ""
        self._id = resource.id_field
        self.methods: list[tuple[Exchange, Row]] = []
        self.calls = tuple(self._heard(judge, exchanges))
        self.records: dict[Key, Record] = {}
        self._pages: dict[Any, list[Heard]] = {}
        self._lists = set[Any]()
        for heard in self.calls:
            self._remember(heard)

    def _heard(self, judge: Judge, exchanges: Iterable[Exchange]) -> Iterator[Heard]:
        client, schemas, key = Client(self.contract), Schemas(self.contract), self.contract.api_key
        header = key.header if key else ""
        answered = [exchange for exchange in exchanges if exchange.answered and exchange.realm is not None]
        taken = {exchange.sent(header) for exchange in answered if exchange.ok}
        for number, exchange in enumerate(answered):
            meaning = judge.meaning(exchange.method, exchange.url)
            if meaning is None or exchange.status >= 500 or exchange.left:
                continue
            call, known = read(exchange, meaning), key is None or not exchange.secrets or exchange.sent(header) in taken
            if meaning.operation is None:
                if meaning.methods and exchange.status == 405 and known and isinstance(call.answered, dict):
                    self.methods.append((exchange, call.answered))
                continue
            problems = tuple(schemas.request(call))
            faults = {found.place for found in client(call, problems)} | {".".join(one.place) for one in problems}
            yield Heard(number, call, meaning.operation, frozenset(faults), problems, known)

    def _remember(self, heard: Heard) -> None:
        if heard.lists and heard.rows is not None and heard.query is not None:
            query, page = heard.query, heard.operation.paging.get("page")
            self._pages.setdefault(self._asking(heard, query), []).append(heard)
            rest = {name: value for name, value in query.items() if name != page}
            self._lists.add(self._asking(heard, rest))
        if heard.exchange.method == "HEAD" or not heard.known:
            return
        role, realm, scope = heard.operation.role, str(heard.exchange.realm), self.scope(heard)
        led = heard.call.meaning.slash and not heard.ok  # it has not come as far as the record
        if heard.exchange.method != "GET" and not led and (key := self.key(heard)):
            record = self.records.setdefault(key, Record())
            (record.deleted if role is Role.DESTROY and heard.ok else record.touched).append(heard)
        for row in heard.rows if heard.rows is not None else [heard.answer] if heard.ok else []:
            if id := identifier(row.get(self._id)):
                record = self.records.setdefault((realm, scope, id), Record())
                record.shown.append((heard, row))
                if role is Role.CREATE:
                    record.touched.append(heard)

    def _place(self, heard: Heard) -> tuple[Any, ...]:
        return heard.exchange.realm, heard.operation.id, self.scope(heard)

    def _asking(self, heard: Heard, query: Query) -> tuple[Any, ...]:
        """What a list is asked; in which order several values of one parameter stand does not matter."""
        many = {parameter.name for parameter in heard.operation.parameters if parameter.many}
        ordered = ((n, ",".join(sorted(v.split(","))) if n in many else v) for n, v in sorted(query.items()))
        return (*self._place(heard), *ordered)

    def scope(self, heard: Heard) -> tuple[str, ...]:
        """The values of the scope's parameters, as sent."""
        return tuple(heard.call.meaning.values.get(name, "") for name in self._scope)

    def key(self, heard: Heard) -> Key | None:
        """The record that the path names."""
        id = identifier(heard.call.meaning.values.get(self._named))
        return (str(heard.exchange.realm), self.scope(heard), id) if id else None

    def id_of(self, row: Row) -> Any:
        return row.get(self._id)

    def ids(self, heard: Heard) -> list[Any]:
        return [row.get(self._id) for row in heard.rows or ()]

    def pages(self, heard: Heard, query: Query) -> list[Heard]:
        """Pages that were answered to the same list in the same scope, with exactly this query: the nearest."""
        found = self._pages.get(self._asking(heard, query), [])
        here = bisect_left(found, heard.number, key=lambda one: one.number)
        return found[max(here - NEAR, 0) : here + NEAR]

    def any_page(self, heard: Heard, query: Query) -> bool:
        """Whether some page was answered to this query, which names none."""
        return self._asking(heard, query) in self._lists

    @cached_property
    def shown_ids(self) -> frozenset[str]:
        """The ids of records that some answer shows, in whatever scope."""
        return frozenset(id for (_, _, id), record in self.records.items() if record.shown)

    def reached(self, heard: Heard) -> bool:
        """Whether the same path was answered with success, so that a 404 is not for the path."""
        return self._place(heard) in self._reached

    @cached_property
    def _reached(self) -> frozenset[Any]:
        return frozenset(self._place(heard) for heard in self.calls if heard.ok and not heard.call.meaning.slash)

    @cached_property
    def scopes(self) -> frozenset[tuple[str, tuple[str, ...]]]:
        """Realm and scope of every call that was answered with success."""
        return frozenset((str(heard.exchange.realm), self.scope(heard)) for heard in self.calls if heard.ok)

    def still(self, page: Heard, other: Heard) -> list[str]:
        """The ids of those rows of a page that were there, and as the page has them, when another call was made."""
        realm, scope = str(page.exchange.realm), self.scope(page)
        ids = [str(identifier(id)) for id in self.ids(page)]
        if page.before(other):
            return [id for id in ids if not self._changed((realm, scope, id), page, other)]
        return [id for id in ids if other.before(page) and self.stands((realm, scope, id), other, page)]

    def stands(self, key: Key, heard: Heard, until: Heard | None = None) -> bool:
        """Whether a record was there before a call and after it, and nothing recorded changed it between.

        Args:
            until: a later call that is known to show it.
        """
        record = self.records.get(key)
        earlier, later = (record.before(heard), until or record.after(heard)) if record else ([], None)
        return bool(earlier) and later is not None and not self._changed(key, earlier[-1][0], later)

    def _changed(self, key: Key, since: Heard, until: Heard) -> bool:
        """Whether a recorded call may have changed a record between two others."""
        record = self.records.get(key)
        if record is None:
            return True
        others = (one for one in (*record.touched, *record.deleted) if one not in (since, until))
        return any(not one.before(since) and not until.before(one) for one in others)

    def shows(self, heard: Heard) -> list[tuple[Heard, Row]]:
        """What answers showed, before a call, of the record that it names."""
        record = self.records.get(key) if (key := self.key(heard)) else None
        return record.before(heard) if record else []

    def row_before(self, heard: Heard) -> Row | None:
        """The record that a call names, as it stood when the call was made; None where that is not certain."""
        key, earlier = self.key(heard), self.shows(heard)
        if key is None or not earlier:
            return None
        one, row = earlier[-1]
        return None if self._changed(key, one, heard) else row
