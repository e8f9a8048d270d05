"""How one proxy runs, in one frozen object.

Owns: names, types and defaults of the settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cancelkit.mockserver.control.guard import is_loopback
from cancelkit.mockserver.settings import JOURNAL, SESSIONS, Settings

TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """upstream: scheme, host, port and perhaps a path that stands before every call's.

    timeout: seconds without a sign of life from upstream. keep_host: send the client's Host on; None for: if upstream
    is on this machine and speaks http, as the proxy does. mark: answers wait for their judgement and carry it in a
    header. errors: a violation is answered with an error. strict: what the contract only assumes counts, too.
    prefixes: none for the usual ones (traffic.paths). ca, insecure: how upstream's certificate is checked.
    record, record_data: files to write.
    """

    upstream: str
    host: str = "127.0.0.1"
    port: int = 8081
    timeout: float = TIMEOUT
    keep_host: bool | None = None
    mark: bool = True
    errors: bool = False
    strict: bool = False
    prefixes: Sequence[str] = ()
    ca: Path | None = None
    insecure: bool = False
    record: Path | None = None
    record_data: Path | None = None
    control_token: str | None = None
    journal_size: int = JOURNAL

    @property
    def served(self) -> Settings:
        """What the control room needs to know, in the mock's words."""
        return Settings(
            self.host,
            self.port,
            control_token=self.control_token,
            journal_size=self.journal_size,
            session_limit=SESSIONS,
        )

    @property
    def keeps_host(self) -> bool:
        """Whether the client's Host is sent on, so that links in answers lead to the proxy and not past it."""
        parts = urlsplit(self.upstream)
        local = parts.scheme == "http" and is_loopback(parts.hostname or "")
        return local if self.keep_host is None else self.keep_host

    @property
    def origin(self) -> str:
        """Scheme, host and port of the upstream."""
        parts = urlsplit(self.upstream)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def base(self) -> str:
        """The path that stands before every call's, without a slash at its end."""
        return urlsplit(self.upstream).path.rstrip("/")
