"""What a row of the store is made of, worked out once for each contract and catalogue.

Owns: the places in a row, and making the row of a record.
Knows nothing of: how rows are kept and found (rows.py), what a record means.
Source: the contract's resource. A record has a running `number`; where ids are integers it is the id itself, else
    the id stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from cancelkit.fixtures.world import Record, Scope
from cancelkit.mockserver.documents import document
from cancelkit.mockserver.state.catalogue import Catalogue
from cancelkit.mockserver.state.columns import columns, condition, plain
from cancelkit.mockserver.state.conditions import Condition, Equal
from cancelkit.mockserver.state.searched import Searched
from cancelkit.spec import Contract, Filter

Row = tuple[Any, ...]
"""number, document, extras' document, the scope's values, the id unless it is the number, the searchable values.

The head of a row is the same without the searchable values.
"""
NUMBER, DOC, EXTRAS, SCOPE = 0, 1, 2, 3
_KEPT = 512
"""So many conditions are made once."""
_VALUE = 24
"""About how many bytes a value takes beside the documents."""


class Layout:
    """id_field: the answer's field that holds a record's id; empty where records have none.

    numbered: whether the number is the id. id_place: where the id stands. first: where the searchable values begin.
    width: the length of a row.
    """

    def __init__(self, contract: Contract, catalogue: Catalogue) -> None:
        resource = contract.resource
        identified = resource.identity is not None or resource.id_field in ("id", "uuid")
        self.id_field = resource.id_field if identified else ""
        self.numbered = not identified or resource.numbered
        self.references = tuple(resource.references.values())
        self.searched = Searched(columns(contract, self.id_field if identified else ""), self.references, catalogue)
        self.scopes = len(resource.scope)
        self.id_place = NUMBER if self.numbered else SCOPE + self.scopes
        self.first = SCOPE + self.scopes + (not self.numbered)
        self.width = self.first + len(self.searched.columns)
        places = {(column.path, column.folded): at for at, column in enumerate(self.searched.columns, self.first)}
        self._conditions: dict[tuple[Any, ...], Condition] = {}
        self._places = {**places, ((self.id_field,), False): self.id_place}

    def place(self, path: tuple[str, ...], *, folded: bool = False) -> int:
        """Where the searchable value of a field stands. Raises KeyError where there is none."""
        return self._places[path, folded]

    def condition(self, rule: Filter, value: Any) -> Condition:
        """What a filter demands of a row. value: parsed."""
        key = rule.path, rule.lookup, rule.transform, value.__class__, tuple(value) if rule.lookup == "in" else value
        known = self._conditions.get(key)
        if known is None:
            if len(self._conditions) >= _KEPT:
                self._conditions.clear()
            place = self.place(rule.path, folded=rule.lookup == "iexact")
            known = self._conditions[key] = condition(rule, value, place)
        return known

    def in_scope(self, scope: Scope) -> list[Condition]:
        """That a row is in a scope."""
        return [Equal(SCOPE + index, value) for index, value in enumerate(scope)]

    def row(self, number: int, scope: Scope, base: Mapping[str, Any], extras: Mapping[str, Any] | None) -> Row:
        written = document(extras) if extras and any(value is not None for value in extras.values()) else None
        keys = () if self.numbered else (plain(base[self.id_field]),)
        return (number, document(base), written, *scope, *keys, *self.searched.values(base, extras))

    def weight(self, doc: bytes, extras: bytes | None) -> int:
        """About how many bytes a row takes."""
        return len(doc) + len(extras or b"") + _VALUE * self.width

    def record(self, row: Row) -> Record:
        """The record of a row, or of its head."""
        return Record(row[SCOPE : SCOPE + self.scopes], orjson.loads(row[DOC]), loaded(row[EXTRAS]))


def loaded(extras: bytes | None) -> dict[str, Any]:
    """The fields that only detailed answers have; {} for none."""
    found: dict[str, Any] = orjson.loads(extras) if extras else {}
    return found
