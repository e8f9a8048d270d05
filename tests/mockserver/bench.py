"""A mock in the test's own process, spoken to without a socket.

Owns: Bench, which makes an app and calls it.
Knows nothing of: what the tests look at.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx

from cancelkit.fixtures.world import World, generate_world
from cancelkit.mockserver.app import create_app
from cancelkit.mockserver.scenarios.scenario import Scenario
from cancelkit.mockserver.settings import Settings

LIST = "/api/channel/5/cancellation_requests/"
ONE = f"{LIST}1/"
NEW = {"order_item": 1, "reason": 1, "cancellation_type": "cancel"}


class Bench:
    """One mock that checks its own answers. A call's keyword arguments are headers, with _ for -."""

    def __init__(
        self,
        world: World | None = None,
        *,
        scenario: Scenario | None = None,
        state: Path | None = None,
        base_url: str = "http://localhost",
        **settings: Any,
    ) -> None:
        self.base_url = base_url
        self.app = create_app(
            Settings(**{"self_check": True} | settings),
            world or generate_world(size=60),
            scenario=scenario,
            state=state,
        )

    def close(self) -> None:
        """Let the state file go, as the end of a server does."""
        assert self.app.lifetime.keeper
        self.app.lifetime.keeper.close()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Call once and return the answer."""
        return asyncio.run(self._call(method, path, body, headers))

    async def _call(self, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        sent = {b"authorization": b"Token demo"}
        sent |= {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=self.base_url) as client:
            return await client.request(method, path, json=body, headers=sent)

    def get(self, path: str, **headers: str) -> Any:
        """The JSON of a GET that must succeed."""
        return self._good("GET", path, None, headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """The JSON of a POST that must succeed."""
        return self._good("POST", path, {} if body is None else body, headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._good("PUT", path, {} if body is None else body, headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self._good("PATCH", path, body, headers)

    def _good(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        answer = self.call(method, path, body, **headers)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def count(self, **headers: str) -> int:
        """How many requests channel 5 has."""
        found: int = self.get(LIST, **headers)["count"]
        return found

    def session(self, name: str) -> dict[str, Any]:
        """The entry of a session."""
        entries = self.get("/_mock/sessions")["sessions"]
        return next((entry for entry in entries if entry["name"] == name), {})
