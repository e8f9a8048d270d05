"""Bodies without their content encodings.

Owns: which encodings can be undone here: gzip and deflate always, br and zstd where a library for them is installed.
Source: RFC 9110, 8.4 "Content-Encoding"; RFC 1950, 1952, 7932, 8878.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Final

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of a body that are kept to be judged."""
_ZIPPED: Final = ("gzip", "x-gzip", "deflate", "identity")
_OPTIONAL: Final = {
    "br": ("brotli", "brotlicffi"),
    "zstd": ("compression.zstd", "backports.zstd", "zstandard"),
}


@cache
def readable() -> tuple[str, ...]:
    """The encodings that can be undone here."""
    return (*_ZIPPED, *(name for name in _OPTIONAL if _library(name) is not None))


def decoded(body: bytes, encodings: str) -> bytes | None:
    """A body without its content encodings; None where they can't be undone, or it would become too large."""
    for encoding in reversed([e.strip().lower() for e in encodings.split(",") if e.strip()]):
        if encoding == "identity" or not body:
            continue
        found: bytes | None = None
        if encoding in _ZIPPED:
            found = _unpacked(body, (31,) if "gzip" in encoding else (15, -15))
        elif (library := _library(encoding)) is not None:
            found = _by_library(library, body)
        if found is None:
            return None
        body = found
    return body


def _unpacked(body: bytes, windows: Sequence[int]) -> bytes | None:
    for window in windows:
        unpacking = zlib.decompressobj(window)
        try:
            found = unpacking.decompress(body, LARGEST + 1)
        except zlib.error:
            continue
        return found if unpacking.eof and len(found) <= LARGEST else None
    return None


def _by_library(library: Any, body: bytes) -> bytes | None:
    """What a library makes of a body; a small one can be told to become huge, so it is fed piece by piece."""
    make: Callable[[], Any] | None = getattr(library, "Decompressor", None) or getattr(
        library, "ZstdDecompressor", None
    )
    if make is None:
        return None
    unpacking = make()
    if hasattr(unpacking, "decompressobj"):
        unpacking = unpacking.decompressobj()
    step = getattr(unpacking, "process", None) or unpacking.decompress
    pieces, size = [], 0
    try:
        for start in range(0, len(body), 4096):
            pieces.append(step(body[start : start + 4096]))
            size += len(pieces[-1])
            if size > LARGEST:
                return None
    except Exception:  # each library has errors of its own
        return None
    finished = getattr(unpacking, "is_finished", None)
    ended = finished() if finished else getattr(unpacking, "eof", True)
    return b"".join(pieces) if ended else None


@cache
def _library(encoding: str) -> Any:
    for name in _OPTIONAL.get(encoding, ()):
        try:
            return import_module(name)
        except ImportError:
            continue
    return None
