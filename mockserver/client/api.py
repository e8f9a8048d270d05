"""The mock as one test sees it: a session of its own, and clients that are ready to use.

Owns: the addresses and headers that lead a client under test into the session.
"""

from __future__ import annotations

from functools import cached_property
from types import TracebackType
from typing import Any, Self

import httpx

from cancelkit.mockserver.client.connection import SESSION
from cancelkit.mockserver.client.control import MockControl


class MockApi:
    """One session of a mock. Use it as a context manager: at its end the session is deleted.

    base_url: the mock's root. session: the name. headers: key and session, for any client that can send them.
    control: everything under /_mock/, for this session.
    """

    def __init__(
        self,
        base_url: str,
        session: str,
        *,
        token: str = "demo",  # noqa: S107  (any key will do where none are listed)
        control_token: str | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """
        Args:
            token: the API key to send.
            control_token: as given to `cancelkit mock --control-token`.
            transport: in place of a socket, such as `LocalMock.transport`.
        """
        self.base_url = base_url.rstrip("/")
        self.session = session
        self.headers = {"Authorization": f"Token {token}", SESSION: session}
        self.control = MockControl(base_url, session=session, control_token=control_token, transport=transport)
        self._transport = transport

    @property
    def session_url(self) -> str:
        """A root that leads into the session by its path, for clients that can't send the header, such as pages."""
        return f"{self.base_url}/s/{self.session}"

    @cached_property
    def scope(self) -> tuple[Any, ...]:
        """The first scope of the data: the values of the path parameters in front of a record's own; () without any."""
        scopes = self.control.status()["scopes"]
        return tuple(scopes[0]) if scopes else ()

    @cached_property
    def client(self) -> httpx.Client:
        """A client with base URL and headers; closed at the end."""
        return httpx.Client(base_url=self.base_url, headers=self.headers, transport=self._transport, trust_env=False)

    def async_client(self) -> httpx.AsyncClient:
        """A new asynchronous client with base URL and headers, for `async with`."""
        carrier = self._transport if isinstance(self._transport, httpx.AsyncBaseTransport) else None
        return httpx.AsyncClient(base_url=self.base_url, headers=self.headers, transport=carrier, trust_env=False)

    def __enter__(self) -> Self:
        self.control.create_session()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()
        self.control.delete_session()
        self.control.close()
