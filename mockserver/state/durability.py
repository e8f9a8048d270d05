"""How durable a kept state is.

Owns: the choices.
Knows nothing of: how they are kept (statefile.py).
"""

from __future__ import annotations

from enum import StrEnum

LAZY_SECONDS = 0.5


class Durability(StrEnum):
    """What a write survives once it was answered.

    FULL: the loss of power. PROCESS: the end of the process, however it comes. LAZY: the same, LAZY_SECONDS later.
    """

    FULL = "full"
    PROCESS = "process"
    LAZY = "lazy"


class StateError(Exception):
    """The file that keeps the state can't be used; the message says what is wrong with it and what to do."""


class NotWritten(StateError):
    """It can't be written, as on a full disk."""
