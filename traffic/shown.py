"""The records that an answer shows or that a call takes away, by the roles of the contract.

Owns: reading them out of an exchange.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cancelkit.spec import Contract, Role
from cancelkit.spec.representations import RESULTS
from cancelkit.traffic.comparing import identifier
from cancelkit.traffic.exchange import Exchange
from cancelkit.traffic.paths import Meaning, Paths
from cancelkit.traffic.reading import json_value
from cancelkit.traffic.texts import Unreadable, reader


@dataclass(frozen=True, slots=True)
class Shown:
    """scope: the values of its parameters, typed. rows: (text of the id, record). gone: the id of a record that was
    deleted. created: whether the record is new."""

    scope: tuple[Any, ...]
    rows: tuple[tuple[str, dict[str, Any]], ...] = ()
    gone: str | None = None
    created: bool = False


class Showing:
    """Reads exchanges by one contract. prefixes: what may stand in place of its root (paths.prefixes)."""

    def __init__(self, contract: Contract, prefixes: Sequence[str] = ()) -> None:
        self._resource = contract.resource
        self._readers = {p.name: reader(p.schema) for p in contract.resource.scope}
        self._paths = Paths(contract, prefixes)

    def __call__(self, exchange: Exchange) -> Shown | None:
        """What the exchange shows; None where it shows no record."""
        meaning = self._paths.find(exchange.method, urlsplit(exchange.url).path)
        if meaning is None or meaning.operation is None or not exchange.ok or exchange.method == "HEAD":
            return None
        scope, identity = self._scope(meaning), self._resource.identity
        if meaning.operation.role is Role.DESTROY:
            return Shown((), gone=identifier(meaning.values.get(identity.name)) if identity else None)
        if scope is None:
            return None
        rows = tuple(rows_of(json_value(exchange.response_body), self._resource.id_field, self._resource.numbered))
        return Shown(scope, rows, created=meaning.operation.role is Role.CREATE)

    def _scope(self, meaning: Meaning) -> tuple[Any, ...] | None:
        """The values of the scope's parameters; None where one does not read as its type."""
        values = [self._readers[p.name](meaning.values.get(p.name, "")) for p in self._resource.scope]
        return None if any(isinstance(value, Unreadable) for value in values) else tuple(values)


def rows_of(answer: Any, id_field: str, numbered: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """The records in the JSON of an answer, each with the text of its id; those without a right id are left out."""
    rows = answer.get(RESULTS, [answer]) if isinstance(answer, dict) else []
    kind = int if numbered else str
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and type(id := row.get(id_field)) is kind:
            yield str(identifier(id)), row
