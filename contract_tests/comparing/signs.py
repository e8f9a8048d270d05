"""What stands in place of a value that is one side's own: an id, a key, a moment, a row of somebody else.

Owns: Sign, and those that mean the same everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sign:
    """What stands in place of a value."""

    text: str

    def __str__(self) -> str:
        return f"‹{self.text}›"


ANY = Sign("not compared")
OTHER = Sign("a record of others")
WORDS = Sign("words")
