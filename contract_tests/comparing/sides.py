"""One of the two servers: its session, what labels and keys mean there, and sending a call to it.

Owns: Side, Names (of one sequence), how a query is written for a side.
Knows nothing of: the other side, plans.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cancelkit.contract_tests.comparing.calls import Call, Key, Marked, Sent, Shown, resolved
from cancelkit.contract_tests.comparing.queries import shown_value
from cancelkit.contract_tests.context.cleanup import free
from cancelkit.contract_tests.context.context import Context
from cancelkit.contract_tests.context.ground import Keys
from cancelkit.contract_tests.context.walking import PAGE, page_of, page_query
from cancelkit.contract_tests.engine.session import Session
from cancelkit.contract_tests.errors import Inconclusive
from cancelkit.contract_tests.observing.listing import listings
from cancelkit.contract_tests.oracles.matching import value_at
from cancelkit.contract_tests.target.answer import Answer
from cancelkit.contract_tests.target.ledger import Record
from cancelkit.spec import Contract, Filter, Parameter, Role
from cancelkit.spec.choices import ONE_EACH

OWNER = "compare"
NAMING = (Role.CREATE, Role.UPDATE, Role.PARTIAL_UPDATE)
"""What gives a record its references."""
MOST_PAGES = 5
"""So many pages of a list that shows everybody's records are read for one's own."""


class Unalignable(Exception):
    """A call that can't be made for both sides; the text says why."""


@dataclass(slots=True)
class Names:
    """What the labels of one sequence mean on one side: ids and rows; what was sent for each record, by field; and the
    moments that they showed last.
    """

    ids: ChainMap[str, Any]
    rows: ChainMap[str, Mapping[str, Any]]
    sent: ChainMap[str, Mapping[str, Any]]
    moments: dict[tuple[str, str], str] = field(default_factory=dict)

    def label(self, id: Any) -> str | None:
        return next((name for name, known in self.ids.items() if known == id and type(known) is type(id)), None)


class Side:
    """One server.

    name: as reports call it. keys: those of references that both sides have so many of.
    """

    def __init__(self, name: str, session: Session, contract: Contract) -> None:
        self.name, self.session, self.contract = name, session, contract
        session.keep_rows()
        self.keys: Keys = session.ground.references
        self.stage_ids: dict[str, Any] = {}
        self.stage_rows: dict[str, Mapping[str, Any]] = {}
        self.stage_sent: dict[str, Mapping[str, Any]] = {}
        self.context: Context = session.context(OWNER)
        self._filters = {
            name: (parameter, rule) for found in listings(contract) for name, parameter, rule in found.judged
        }
        self._ids = {found.operation.id: found.ids for found in listings(contract)}

    def names(self, *, stage: bool = False) -> Names:
        """The labels of the stage, and room for those of a sequence; stage: what is added is for all sequences."""
        known = Names(ChainMap(self.stage_ids), ChainMap(self.stage_rows), ChainMap(self.stage_sent))
        return known if stage else Names(known.ids.new_child(), known.rows.new_child(), known.sent.new_child())

    def filter(self, name: str) -> tuple[Parameter, Filter] | None:
        return self._filters.get(name)

    def meaning(self, symbol: Any, names: Names) -> Any:
        """What a symbol stands for here.

        Raises:
            Unalignable: a record shows nothing that could be asked for.
        """
        if isinstance(symbol, Key):
            key = self.keys[symbol.field][symbol.number]
            return str(key) if symbol.quoted else key
        if isinstance(symbol, Sent):
            if (sent := names.sent.get(symbol.record, {}).get(symbol.field)) is None:
                raise Unalignable(f"a record was made without {symbol.field}")
            return sent
        if isinstance(symbol, Marked):
            return f"{self.session.marker} {symbol.text}"[: symbol.longest]
        assert isinstance(symbol, Shown)
        parameter, rule = self._filters[symbol.parameter]
        row = names.rows.get(symbol.record)
        bare = self.contract.choices["no-offset"].zone
        value = shown_value(parameter, rule, row, symbol.how, bare) if row is not None else None
        if value is None:
            raise Unalignable(f"a record shows no {'.'.join(rule.path)} that could be asked for")
        return value

    def query(self, call: Call, names: Names, among: tuple[str, ...]) -> list[tuple[str, Any]]:
        """The query on this side; `among`: the records to which it restricts the list, where the list can be."""
        written = [(name, resolved(value, lambda s: self.meaning(s, names))) for name, value in call.query]
        restricting = self._ids.get(call.operation.id)
        if among and restricting:
            written.append((restricting, [names.ids[label] for label in among]))
        return written

    def restricts(self, call: Call) -> bool:
        """Whether the list can be asked for some records only."""
        return self._ids.get(call.operation.id) is not None

    def send(self, call: Call, names: Names, query: list[tuple[str, Any]]) -> Answer:
        """Make the call; a list that can't be restricted is read to its end, or MOST_PAGES, where no page is asked for.

        Raises:
            Inconclusive: no answer came.
        """
        whole = call.among and call.lists and not self.restricts(call) and not call.paged
        if not whole:
            return self._send(call, names, query)
        first = self._send(call, names, [*query, *page_query(call.operation, PAGE)])
        page = page_of(first.json) if first.ok else None
        if page is None or not page.rows or len(page.rows) >= page.count or "page" not in call.operation.paging:
            return first
        rows = list(page.rows)
        for number in range(2, min(-(-page.count // len(page.rows)), MOST_PAGES) + 1):
            more = self._send(call, names, [*query, *page_query(call.operation, PAGE, number)])
            found = page_of(more.json) if more.ok else None
            rows += found.rows if found else []
        return replace(first, json={**first.json, "results": rows})

    def _send(self, call: Call, names: Names, query: list[tuple[str, Any]]) -> Answer:
        body = resolved(call.body, lambda symbol: self.meaning(symbol, names))
        id = names.ids[call.record] if call.record else call.id
        scope = self.session.ground.other_scope if call.elsewhere else None
        if call.operation.role in NAMING and isinstance(body, dict) and call.point != ONE_EACH:
            body = self.context.fitting(body, scope)
        headers = dict(call.headers)
        if not call.method and not call.slash:
            return self.context.call(
                call.operation,
                scope=scope,
                id=id,
                query=query,
                body=body,
                content=call.content,
                headers=headers,
                auth=call.auth,
            )
        path = self.context.url(call.operation, scope=scope, id=id)
        if call.slash:
            path = path[:-1] if path.endswith("/") else f"{path}/"
        return self.context.send(call.verb, path, query=query, body=body, headers=headers, auth=call.auth)

    def give_back(self, names: Names) -> None:
        """Remove the records of a sequence, where each keeps a row to itself."""
        if self.context.one_each is not None:
            scope = self.session.ground.scope
            free(self.session.target, [Record.at(scope, id) for id in names.ids.maps[0].values()])

    def values(self, name: str, labels: tuple[str, ...], names: Names) -> Iterator[Any]:
        """What records show at the path of a filter."""
        found = self._filters.get(name)
        for label in labels if found else ():
            yield value_at(names.rows.get(label, {}), found[1].path) if found else None

    def bind_rows(self, labels: tuple[str, ...]) -> None:
        """Have the labels mean the first rows that the side has.

        Raises:
            Inconclusive: it has none.
        """
        rows = self.context.sample().rows
        if not rows:
            raise Inconclusive(f"{self.name} shows no record")
        for label, row in zip(labels, rows, strict=False):
            self.stage_ids[label], self.stage_rows[label] = self.context.id_of(row), row
