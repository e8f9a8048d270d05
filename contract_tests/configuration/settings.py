"""All settings of a run, as one frozen value.

Owns: Settings and its defaults, the profiles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from cancelkit.contract_tests.context.ground import Keys, Scope


class Profile(StrEnum):
    """How thorough a run is."""

    QUICK = "quick"
    STANDARD = "standard"
    DEEP = "deep"

    @property
    def scale(self) -> int:
        """1, 2 or 3: rules up to this cost run, and multiply their sample sizes by it."""
        return 1 + list(Profile).index(self)

    @property
    def seconds(self) -> float:
        """When no further rule is started; far above what a server of usual speed needs."""
        return {Profile.QUICK: 180.0, Profile.STANDARD: 900.0, Profile.DEEP: 7200.0}[self]


@dataclass(frozen=True, slots=True)
class Waiver:
    """A known failure: rules whose id matches `rule` (a glob) are expected to fail.

    expires: the last day on which that is accepted.
    """

    rule: str
    reason: str
    expires: date


@dataclass(frozen=True, slots=True)
class Settings:
    """What to check, as whom, how gently and how thoroughly.

    url: the server's root; the paths of the contract follow it. prefix: stands in place of the contract's first path
    segment (such as /api/v1 for /api).
    token: the API key, without the word before it. scope, other_scope: as in Ground.
    references, other_references: keys that a create may name, by body field; what is missing is to be discovered.
    verify_tls: False, True, or the path of a CA bundle. rps: requests per second, 0 for no limit.
    concurrency: how many requests may be under way at once, 0 to choose by the target's speed; workers likewise: rules.
    """

    url: str
    prefix: str = ""
    token: str = field(repr=False, default="")
    scope: Scope = ()
    other_scope: Scope | None = None
    references: Keys = field(default_factory=dict)
    other_references: Keys = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    proxy: str | None = None
    verify_tls: bool | str = True
    timeout: float = 20.0
    rps: float = 0.0
    concurrency: int = 0
    workers: int = 0
    profile: Profile = Profile.STANDARD
    max_seconds: float | None = None
    seed: int = 1
    strict: bool = False
    read_only: bool = False
    allow_hosts: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    rules: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    schemathesis: bool = True
    keep: bool = False

    @property
    def seconds(self) -> float:
        return self.profile.seconds if self.max_seconds is None else self.max_seconds
