"""Why a run, or one rule of it, could not be done.

Owns: CouldNotRun and its kinds, Inconclusive, Skip, the meaning of the exit codes.
"""

from __future__ import annotations

from enum import StrEnum

CONFORMS, VIOLATIONS, COULD_NOT_RUN = 0, 1, 2


class Cause(StrEnum):
    """What stood in the way; each has its own explanation."""

    OPTIONS = "options"
    HOST = "host not allowed"
    UNREACHABLE = "unreachable"
    TLS = "TLS"
    PROXY = "proxy"
    GATEWAY = "gateway"
    NOT_THIS_API = "not this API"
    TOKEN = "token"  # noqa: S105  (a name, not a secret)
    SCOPE = "scope"
    REFERENCES = "references"


class CouldNotRun(Exception):
    """No rule ran; the message says what happened and what to do."""

    def __init__(self, cause: Cause, message: str) -> None:
        super().__init__(message)
        self.cause = cause

    def __reduce__(self) -> tuple[type[CouldNotRun], tuple[Cause, str]]:
        """By both its arguments, so that it comes out of another process as it went in."""
        return CouldNotRun, (self.cause, str(self))


class Inconclusive(Exception):
    """Nothing can be said: the target, or somebody else's writing, disturbed the observation. Never a failure."""


class Skip(Exception):
    """The observation needs something that this run does not have; the text says what."""
