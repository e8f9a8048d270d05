"""What is kept of the bodies that pass, for the judge: whole or not at all, without content encodings.

Owns: the bound on what is kept.
"""

from __future__ import annotations

from cancelkit.traffic import Headers
from cancelkit.traffic.encodings import LARGEST, decoded


class Kept:
    """What has passed of one body; `whole` is None where it was too much to keep, or is not wanted."""

    __slots__ = ("_pieces", "_wanted", "size")

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted
        self._pieces: list[bytes] = []
        self.size = 0

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        if self._wanted:
            self._pieces.append(piece)
            if self.size > LARGEST:
                self._wanted, self._pieces = False, []

    @property
    def whole(self) -> bytes | None:
        return b"".join(self._pieces) if self._wanted else None


def plain(body: bytes | None, headers: Headers) -> bytes | None:
    """A body without its content encodings, as far as they can be undone here."""
    encodings = ", ".join(value for name, value in headers if name.lower() == "content-encoding")
    return None if body is None else decoded(body, encodings)
