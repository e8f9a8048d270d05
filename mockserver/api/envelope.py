"""What stands around the rows of a list: nothing, or a page with counts and links.

Owns: finding the parts of a page in the answer's schema, and writing them.
Knows nothing of: how rows are found.
Source: the schema of a list's answer: an array of rows, or an object with an array of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from cancelkit.mockserver.api.shown import filled
from cancelkit.spec import Operation, Schema, SpecError

RESULTS, COUNTS = "results", ("count", "total", "total_count")
LINKS: Mapping[str, int] = {"next": 1, "previous": -1}


@dataclass(frozen=True, slots=True)
class Envelope:
    """row: the schema of one row. parts: the names of the page's properties with what stands there; () for an array."""

    row: Schema | None
    parts: tuple[tuple[bytes, str | bytes], ...]

    @classmethod
    def of(cls, operation: Operation) -> Envelope:
        """
        Raises:
            SpecError: the answer has no array of rows.
        """
        schema = operation.success.schema
        if schema is None or schema.get("type") == "array":
            return cls((schema or {}).get("items"), ())
        properties: Mapping[str, Schema] = schema.get("properties", {})
        rows = _rows(properties)
        if rows is None:
            raise SpecError(f"{operation.id}/responses", "a list answers an array of rows, or an object that has one")
        parts = []
        for name, part in properties.items():
            kind: str | bytes
            if name == rows:
                kind = "rows"
            elif name in COUNTS and part.get("type") == "integer":
                kind = "count"
            elif name in LINKS:
                kind = name
            elif name in operation.paging.values() or name in ("limit", "page"):
                kind = next((k for k, n in operation.paging.items() if n == name), name)
            else:
                kind = orjson.dumps(filled(part))
            parts.append((orjson.dumps(name), kind))
        return cls(properties[rows].get("items"), tuple(parts))

    def write(
        self, rows: Sequence[bytes], total: int, *, page: int, before: int, limit: int | None, url: Callable[[int], str]
    ) -> bytes:
        """The body of the answer. before: the page that previous leads to, 0 for none. url: of another page."""
        listed = b"[%b]" % b",".join(rows)
        if not self.parts:
            return listed
        more = limit is not None and page * limit < total
        written = []
        for name, kind in self.parts:
            if isinstance(kind, bytes):
                value = kind
            elif kind == "rows":
                value = listed
            elif kind == "count":
                value = b"%d" % total
            elif kind == "next":
                value = orjson.dumps(url(page + 1)) if more else b"null"
            elif kind == "previous":
                value = orjson.dumps(url(before)) if before > 0 else b"null"
            else:
                value = b"%d" % (page if kind == "page" else len(rows) if limit is None else limit)
            written.append(b"%b:%b" % (name, value))
        return b"{%b}" % b",".join(written)


def _rows(properties: Mapping[str, Any]) -> str | None:
    """The property that holds the rows: `results`, else the only array."""
    if properties.get(RESULTS, {}).get("type") == "array":
        return RESULTS
    arrays = [name for name, part in properties.items() if part.get("type") == "array"]
    return arrays[0] if len(arrays) == 1 else None
