"""One point where right servers differ.

Owns: Point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NAME = r"\S+"
"""What the name of a field looks like."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point where right servers differ.

    options: a sentence for each; the first is what a mock does where the contract says nothing.
    keeps: the behaviours of x-behaviours that say the same as an option, with that option.
    values: the options that need a value, with what it looks like (a regular expression).
    """

    id: str
    about: str
    options: Mapping[str, str]
    keeps: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def usual(self) -> str:
        return next(iter(self.options))
