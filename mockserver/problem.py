"""What is wrong with one field, before anybody knows how it will be said.

Owns: Problem, which checks and the store raise and replies.py puts into the API's words.
Knows nothing of: answers, HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one field or parameter."""

    field: str
    message: str
    code: str = "invalid"
