"""The one exception of this package.

Owns: SpecError.
Knows nothing of: what a contract looks like.
"""

from __future__ import annotations


class SpecError(Exception):
    """The contract file is wrong: `place` says where in it, the message what to mend."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.place = place
        self.message = message
