"""The effective contract as plain data: one file, the overlays on it, and where each part was written.

Owns: `read_document`, Document, and the fingerprint by which two documents are the same contract.
Source: OpenAPI 3.0.3, "OpenAPI Object"; OpenAPI Overlay Specification 1.0.0.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from cancelkit.spec.errors import Location, Place, SpecError
from cancelkit.spec.origins import Tracked, opened
from cancelkit.spec.places import as_keys
from cancelkit.spec.source import Source, read


@dataclass(frozen=True)
class Document:
    """A contract's data with its overlays applied; `data` holds JSON types only and is not to be changed."""

    data: dict[str, Any] = field(repr=False)
    path: Path
    overlays: tuple[Path, ...] = ()
    _source: Source | None = field(default=None, repr=False, compare=False)
    _tracked: Tracked | None = field(default=None, repr=False, compare=False)

    @cached_property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that stand for `data`; see `fingerprint`."""
        return fingerprint(self.data)

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that the document was read from: the contract, its overlays, and what references led to."""
        return (self.path, *self.overlays, *(self._tracked.files if self._tracked else ()))

    def locate(self, place: str | Place) -> Location:
        """Return where `place` was written: in the contract, a file that it refers to, or an overlay.

        A place is a tuple of keys, keys joined by "/", or a JSON pointer with "#"; it may lead through references.
        What does not exist is located by the deepest part of it that does; without a line if nothing of it does.
        """
        keys = as_keys(place, self.data)
        source = self._source
        found = self._tracked.locate(keys) if self._tracked else source.locate(keys) if source else None
        return found or Location(str(self.path))

    def located(self, error: SpecError) -> SpecError:
        """Return `error` with its location, if it has none yet."""
        return error.at(self.locate(error.place if error.keys is None else error.keys))


def read_document(path: Path, overlays: Iterable[Path] = ()) -> Document:
    """Return the contract in `path` (YAML or JSON) with the overlays in these files applied, in order.

    Raises:
        SpecError: a file can't be read or is not what it should be, or an overlay does not fit; with file and line.
    """
    source = read(path)
    data = source.data
    if not isinstance(data, dict) or not str(data.get("openapi", "")).startswith("3.0."):
        raise source.error(
            ("openapi",) if isinstance(data, dict) and "openapi" in data else (),
            "is not an OpenAPI 3.0 document (its `openapi` is not 3.0.x)",
        )
    tracked = opened(source)
    files = tuple(overlays)
    if files:
        from cancelkit.spec.overlay import change, check_extends, read_overlay

        tracked = tracked or Tracked(data, source)
        for file in files:
            overlay = read_overlay(file)
            check_extends(overlay, path)
            change(tracked, overlay)
    return Document(tracked.data if tracked else data, path, files, source, tracked)


def fingerprint(document: Mapping[str, Any]) -> str:
    """Return twelve hexadecimal digits that are the same for documents (JSON data) of the same content.

    The order of keys does not count, that of lists does; comments, layout, YAML or JSON make no difference.
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
