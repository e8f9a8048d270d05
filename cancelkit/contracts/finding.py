"""What `contract check` finds: an error of the contract, or a limit of a tool.

Owns: Finding; guessing which known word an unknown one was meant to be.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from cancelkit.spec.errors import Location

Tool = Literal["contract", "mock", "suite", "fixtures"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, with where it is written.

    kind: "error" where the contract has to be mended, "limit" where a tool can't do something with it.
    tool: who can't go on; "contract" for all of them. place: keys into the document, joined by "/".
    """

    kind: Literal["error", "limit"]
    tool: Tool
    location: Location
    place: str
    message: str

    def __str__(self) -> str:
        head = "error" if self.kind == "error" else f"limit of {self.tool}"
        return ": ".join(part for part in (str(self.location), head, self.place, self.message) if part)

    def plain(self) -> dict[str, Any]:
        """Return the finding as JSON data; line and column count from 1, or are null."""
        return {
            "kind": self.kind,
            "tool": self.tool,
            "file": self.location.file,
            "line": self.location.line,
            "column": self.location.column,
            "place": self.place,
            "message": self.message,
        }


def hint(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about a word that is not known; empty where no other is like it."""
    close = get_close_matches(word, known, 1)
    return f"; do you mean {close[0]}?" if close else ""
