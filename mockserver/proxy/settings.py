"""How one proxy runs, and how calls are sent on to a real server, in frozen objects.

Owns: names, types and defaults of the settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cancelkit.mockserver.settings import Settings
from cancelkit.spec.hosts import is_loopback

TIMEOUT = 60.0


class CannotSend(Exception):
    """Nothing could be sent to upstream; the message says why."""


@dataclass(frozen=True, slots=True)
class Forwarding:
    """upstream: scheme, host, port and perhaps a path that stands before every call's.

    timeout: seconds without a sign of life from upstream. keep_host: send the client's Host on; None for: if upstream
    is on this machine and speaks http, as we do. key: the API key that upstream gets in place of the client's. mark:
    answers wait for their judgement and carry it in a header. errors: a violation is answered with an error. strict:
    what the contract only assumes counts, too. ca, insecure: how upstream's certificate is checked. operations: by
    operationId, those that a mock leaves to upstream, besides what its contract does not describe. cors: pages of other
    origins may call upstream through the mock.
    """

    upstream: str
    timeout: float = TIMEOUT
    keep_host: bool | None = None
    key: str | None = field(default=None, repr=False)
    mark: bool = True
    errors: bool = False
    strict: bool = False
    ca: Path | None = None
    insecure: bool = False
    operations: tuple[str, ...] = ()
    cors: bool = False

    @property
    def keeps_host(self) -> bool:
        """Whether the client's Host is sent on, so that links in answers lead to us and not past us."""
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


@dataclass(frozen=True, slots=True)
class ProxySettings(Forwarding):
    """prefixes: none for the usual ones (traffic.paths). record, record_data: files to write. mocked: by operationId,
    those that a mock answers. served: what the mock's parts need to know, in the mock's words.
    """

    prefixes: Sequence[str] = ()
    record: Path | None = None
    record_data: Path | None = None
    mocked: tuple[str, ...] = ()
    served: Settings = field(default_factory=Settings)
