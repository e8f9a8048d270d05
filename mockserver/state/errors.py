"""Why the store can't do what a valid call wants.

Owns: the exceptions; what they mean to a client is said by the HTTP rooms.
"""

from __future__ import annotations

from cancelkit.mockserver.problem import Problem


class Missing(Exception):
    """There is no such record in this scope."""


class PageBeyondLast(Exception):
    """A page after the last was asked for. total: how many records match."""

    def __init__(self, total: int) -> None:
        super().__init__(total)
        self.total = total


class Refused(Exception):
    """The call is valid, and refused by the present state; `problems` by field (empty field: the whole record)."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "; ".join(f"{p.field}: {p.message}" if p.field else p.message for p in self.problems)
