"""What the control endpoints work on: the sessions, the contract, the facts of this server.

Owns: finding the session that a control call is about.
Knows nothing of: any single endpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from time import monotonic

from starlette.requests import Request

from cancelkit.mockserver.api.links import PREFIX_KEY
from cancelkit.mockserver.journal.calls import CallReader
from cancelkit.mockserver.journal.events import Events
from cancelkit.mockserver.quotas.quotas import Quotas
from cancelkit.mockserver.session import ROOM, Session
from cancelkit.mockserver.sessions import Sessions
from cancelkit.mockserver.state.editing import Editor
from cancelkit.spec import Contract


@dataclass(frozen=True, slots=True)
class Facts:
    """What does not change while the server runs.

    tokens: "any" or "listed". started: ISO-8601. journal: calls kept per session. body_bytes: kept of each body.
    """

    version: str
    started: str
    seed: int | None
    tokens: str
    journal: int
    body_bytes: int


@dataclass
class Room:
    """What every endpoint is given."""

    sessions: Sessions
    contract: Contract
    events: Events
    facts: Facts
    quotas: Quotas | None = None

    def session(self, request: Request) -> Session:
        """The session named by ?session= or X-Mock-Session; the default one when neither is there.

        Raises:
            SessionRefused: the name is none, or there is no room for another session.
        """
        name = request.query_params.get("session") or request.headers.get("x-mock-session")
        session = self.sessions.get(name) if name else self.sessions.default
        session.touched = monotonic()
        return session

    def keep(self, session: Session, *, records: int = 0, memory: int = ROOM) -> None:
        """See to it that a session may keep so much more. Raises OverQuota: it may not."""
        if self.quotas is not None:
            self.quotas.keep(self.quotas.owner(session, session.name), records=records, memory=memory)

    @cached_property
    def editor(self) -> Editor:
        """Makes and changes records beyond the API; compiled at the first edit."""
        return Editor(self.contract)

    @cached_property
    def reader(self) -> CallReader:
        """Works out what calls mean."""
        return CallReader(self.contract)

    @cached_property
    def documented_errors(self) -> Mapping[str, frozenset[int]]:
        """The error statuses that each operation may answer, by operationId."""
        return {
            operation.id: frozenset(status for status in operation.responses if status >= 400)
            for operation in self.contract.operations.values()
        }

    def base_url(self, request: Request) -> str:
        """What the caller reached this server by: scheme, host, port, and the sub-path of a proxy."""
        return f"{request.url.scheme}://{request.url.netloc}{request.scope.get(PREFIX_KEY, '')}"
