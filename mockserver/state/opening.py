"""A record as detailed answers show it.

Owns: opening references, and adding the fields that only detailed answers have.
Knows nothing of: where records are kept.
Source: the contract's resource: x-reference, detailed fields.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

import orjson

from cancelkit.mockserver.documents import document
from cancelkit.mockserver.state.catalogue import Catalogue
from cancelkit.mockserver.state.layout import loaded
from cancelkit.mockserver.state.searched import key_of
from cancelkit.spec import Resource

_KEPT = 256
"""So many records are kept as they were opened; what they refer to never changes."""


class Opener:
    """Opens the records of one resource."""

    def __init__(self, resource: Resource, catalogue: Catalogue, extras: Collection[str]) -> None:
        """extras: the fields that only detailed answers have."""
        shown = resource.detailed_fields
        self._catalogue, self._extras = catalogue, extras
        self._hidden = tuple(name for name in resource.fields if name not in shown)
        references = resource.references.values()
        self._opening = [r for r in references if r.opened_detailed and r.opened_detailed != r.opened]
        self._same = not self._opening and not extras and not self._hidden
        self._known = lru_cache(maxsize=_KEPT)(self._opened)

    def __call__(self, doc: bytes, extras: bytes | None) -> bytes:
        """The detailed document. extras: those of its fields that only detailed answers have."""
        return doc if self._same else self._known(doc, extras)

    def _opened(self, doc: bytes, extras: bytes | None) -> bytes:
        record = orjson.loads(doc)
        keys = [(r.opened_detailed or "", r.table, key_of(r, record)) for r in self._opening]
        for name in self._hidden:
            record.pop(name, None)
        for name, table, key in keys:
            record[name] = None if key is None else self._catalogue.written(table, key)
        kept = loaded(extras)
        for name in self._extras:
            record[name] = kept.get(name)
        return document(record)
