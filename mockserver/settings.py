"""How one mock runs: every option, parsed, in one frozen object.

Owns: names, types and defaults of the settings.
Knows nothing of: the command line, the environment.
"""

from __future__ import annotations

from dataclasses import dataclass

from cancelkit.spec.hosts import is_loopback

MAX_BODY = 2_621_440
MAX_LIMIT = 1000
SESSIONS = 500
SESSION_IDLE = 1800.0
SESSION_MEMORY = 2048 * 1024 * 1024
JOURNAL = 1000
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Quota:
    """What one session, or one key, may take; None for as much as there is.

    by: "session" or "key". calls: a second. records: more than a session starts with. memory: bytes.
    """

    by: str = "session"
    calls: float | None = None
    records: int | None = None
    memory: int | None = None

    def __bool__(self) -> bool:
        return (self.calls, self.records, self.memory) != (None, None, None)


@dataclass(frozen=True, slots=True)
class Settings:
    """tokens: the API keys that are known; empty means that any is but the contract's x-unknown-key. max_body: bytes.

    control_token: opens the control endpoints from anywhere. session_limit: sessions besides the default one.
    session_idle: seconds after which an unused one goes, 0 for never. session_memory: bytes that all sessions may
    take together. journal_size: calls kept of each session. root_path: where a proxy shows the mock, such as "/mock".
    trusted_proxies: addresses and networks whose word on a call's client, scheme, host and prefix counts.
    quota: what each session or key may take.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    tokens: tuple[str, ...] = ()
    strict_bodies: bool = False
    max_limit: int = MAX_LIMIT
    max_body: int = MAX_BODY
    self_check: bool = False
    cors: bool = True
    log_format: str = "none"
    control_token: str | None = None
    session_limit: int = SESSIONS
    session_idle: float = SESSION_IDLE
    session_memory: int = SESSION_MEMORY
    journal_size: int = JOURNAL
    root_path: str = ""
    trusted_proxies: tuple[str, ...] = ()
    quota: Quota = Quota()

    @property
    def proxied(self) -> bool:
        """Whether the mock is shown by a proxy."""
        return bool(self.root_path or self.trusted_proxies)

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the mock; nobody knows whom a proxy lets in."""
        return not self.proxied and is_loopback(self.host)

    @property
    def example_token(self) -> str:
        """A key that works, for banners and pages that only this machine sees."""
        return self.tokens[0] if self.tokens else "demo"
