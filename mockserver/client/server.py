"""One mock and one of its sessions, as the control endpoints show them.

Owns: the connection, waiting for the mock, making and deleting sessions.
Source: docs/workbench.md.
"""

from __future__ import annotations

import time
from copy import copy
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import quote

import httpx

from cancelkit.mockserver.client.connection import Connection
from cancelkit.mockserver.client.errors import MockUnreachable
from cancelkit.mockserver.client.shapes import SessionEntry

POLL_SECONDS = 0.05


class ServerControl:
    """One session of a mock."""

    def __init__(
        self,
        url: str = "http://127.0.0.1:8080",
        *,
        session: str = "default",
        control_token: str | None = None,
        transport: httpx.BaseTransport | None = None,
        timeout: float = 30.0,
    ) -> None:
        """
        Args:
            url: the mock's root.
            session: the name of the session; it is made when first used.
            control_token: as given to `cancelkit mock --control-token`.
            transport: what carries the calls in place of a socket, such as `LocalMock.transport`.
            timeout: seconds for one call.
        """
        self._connection = Connection(url, control_token, transport, timeout)
        self.name = session

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection, which all that `session()` returned share; the session itself stays."""
        self._connection.close()

    def session(self, name: str) -> Self:
        """The same mock, another session."""
        other = copy(self)
        other.name = name
        return other

    def _call(self, method: str, path: str, body: object = None, /, **query: Any) -> Any:
        return self._connection.call(method, path, self.name, body=body, query=query)

    def wait(self, seconds: float = 30.0) -> None:
        """Wait until the mock is ready.

        Raises:
            MockUnreachable: it is not within `seconds`.
        """
        end = time.monotonic() + seconds
        while True:
            try:
                self._connection.call("GET", "ready")
            except MockUnreachable:
                if time.monotonic() > end:
                    raise
                time.sleep(POLL_SECONDS)
            else:
                return

    def status(self) -> dict[str, Any]:
        """Version, contract, scopes, resource, transitions, limits, operations: docs/workbench.md."""
        return cast(dict[str, Any], self._call("GET", "status"))

    def sessions(self) -> list[SessionEntry]:
        """All sessions of the server."""
        return cast(list[SessionEntry], self._connection.call("GET", "sessions")["sessions"])

    def create_session(self) -> SessionEntry:
        """Make this session now rather than at its first call; it may be there already."""
        return cast(SessionEntry, self._connection.call("POST", "sessions", body={"name": self.name}))

    def delete_session(self) -> None:
        """Forget this session; its next call makes it anew. The default one can only be reset."""
        self._connection.call("DELETE", f"sessions/{quote(self.name, safe='')}")
