"""What passed, as data: the records that clients saw, as they last were, and the rows that answers opened.

Owns: learning records and rows of other tables from answers, by the roles and references of the contract. The file is
    harvest_tables.py's.
Source: docs/traffic.md, "Recorded data".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from cancelkit.spec import Contract, Role
from cancelkit.spec.representations import RESULTS
from cancelkit.traffic import Exchange, Judgement
from cancelkit.traffic.comparing import identifier
from cancelkit.traffic.paths import Meaning, Paths
from cancelkit.traffic.reading import json_value
from cancelkit.traffic.texts import Unreadable, reader

Row = dict[str, Any]
Scope = tuple[Any, ...]


@dataclass(slots=True)
class Seen:
    """One record as it last was, at the time `at`.

    base: as plain answers show it, references by their keys. extras: what only detailed answers have, by name; a name
    is missing where no answer showed it.
    """

    scope: Scope
    id: Any
    at: float
    base: Row
    extras: Row = field(default_factory=dict)


class Harvest:
    """Learns from exchanges.

    records: by the text of their id. opened: rows as answers opened them, by table, then by scope and key.
    """

    def __init__(self, contract: Contract, prefixes: Sequence[str]) -> None:
        self.contract = contract
        self.records: dict[str, Seen] = {}
        self.opened: dict[str, dict[tuple[Scope, Any], Row]] = {}
        self._resource = contract.resource
        self._readers = {p.name: reader(p.schema) for p in contract.resource.scope}
        self._gone: set[str] = set()
        self._paths = Paths(contract, prefixes)

    def __call__(self, exchange: Exchange, judgement: Judgement) -> None:
        """Learn what the answer shows."""
        meaning = self._paths.find(exchange.method, urlsplit(exchange.url).path)
        if meaning is None or meaning.operation is None or not exchange.ok or exchange.method == "HEAD":
            return
        scope, identity = self._scope(meaning), self._resource.identity
        if meaning.operation.role is Role.DESTROY:
            named = identifier(meaning.values.get(identity.name)) if identity else None
            if named:
                self.records.pop(named, None)
                self._gone.add(named)
        elif scope is not None:
            for name, row in self._rows(json_value(exchange.response_body)):
                if meaning.operation.role is Role.CREATE:
                    self._gone.discard(name)
                if name not in self._gone:
                    self._learn(name, scope, row, exchange.ended)

    def _scope(self, meaning: Meaning) -> Scope | None:
        """The values of the scope's parameters; None where one does not read as its type."""
        values = [self._readers[p.name](meaning.values.get(p.name, "")) for p in self._resource.scope]
        return None if any(isinstance(value, Unreadable) for value in values) else tuple(values)

    def _rows(self, answer: Any) -> Iterator[tuple[str, Row]]:
        rows = answer.get(RESULTS, [answer]) if isinstance(answer, dict) else []
        kind = int if self._resource.numbered else str
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict) and type(id := row.get(self._resource.id_field)) is kind:
                yield str(identifier(id)), row

    def _learn(self, name: str, scope: Scope, row: Row, at: float) -> None:
        known = self.records.get(name)
        if known is not None and known.at > at:
            return
        base = {shown: value for shown, value in row.items() if shown in self._resource.fields}
        for reference in self._resource.references.values():
            for opened in (row.get(shown) for shown in (reference.opened, reference.opened_detailed) if shown):
                if isinstance(opened, dict) and identifier(key := opened.get(reference.key)) is not None:
                    self.opened.setdefault(reference.table, {})[scope, key] = opened
                    if reference.opened is None:
                        base[reference.field] = key
        extras = {extra: row[extra] for extra in self._resource.extras if extra in row}
        before = known if known is not None and known.scope == scope else None
        self.records[name] = Seen(
            scope,
            row[self._resource.id_field],
            at,
            {**(before.base if before else {}), **base},
            {**(known.extras if known else {}), **extras},
        )
