"""One connection to a mock's control endpoints.

Owns: sending JSON, reading JSON, turning refusals into errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from cancelkit.mockserver.client.errors import ControlError, MockUnreachable

SESSION = "X-Mock-Session"
TOKEN = "X-Mock-Control"  # noqa: S105  (a header's name)


class Connection:
    """Calls what lies under `url`. Environment proxies are not asked: a mock is near."""

    def __init__(self, url: str, token: str | None, transport: httpx.BaseTransport | None, timeout: float) -> None:
        """
        Raises:
            MockUnreachable: `url` is not a URL.
        """
        self.url = url.rstrip("/")
        headers = {TOKEN: token} if token else {}
        try:
            self._client = httpx.Client(
                base_url=self.url, headers=headers, transport=transport, timeout=timeout, trust_env=False
            )
        except httpx.InvalidURL as error:
            raise MockUnreachable(f"{url}: {error}") from error

    def close(self) -> None:
        self._client.close()

    def call(
        self,
        method: str,
        path: str,
        session: str | None = None,
        *,
        body: object = None,
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call `/_mock/<path>` and return what the JSON of the answer holds; None when there is no body.

        Args:
            query: parameters; those that are None stay out.
        Raises:
            ControlError: the mock refused.
            MockUnreachable: there is no answer, or not one of a mock.
        """
        asked = f"{method} {self.url}/_mock/{path}"
        try:
            answer = self._client.request(
                method,
                f"/_mock/{path}",
                json=body,
                params={name: _text(value) for name, value in (query or {}).items() if value is not None},
                headers={SESSION: session} if session else {},
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise MockUnreachable(f"{asked}: {error or type(error).__name__}; is the mock running there?") from error
        if answer.status_code == 204:
            return None
        try:
            found = answer.json()
        except ValueError:
            raise MockUnreachable(f"{asked}: {answer.status_code}, and no JSON; is that a mock?") from None
        if answer.is_success:
            return found
        raise ControlError(asked, answer.status_code, found if isinstance(found, dict) else {"detail": str(found)})


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
