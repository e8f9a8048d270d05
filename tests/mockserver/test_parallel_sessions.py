"""Two hundred sessions at once on one server."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator

import httpx
import pytest

from tests.clients.running import mock
from tests.mockserver.bench import LIST, NEW

SESSIONS, STEPS, AT_ONCE, SIZE = 200, 5, 40, 10


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with mock("--size", str(SIZE)) as base:
        yield base


class _Shopper:
    """One client in its own session, which knows what must be there."""

    def __init__(self, client: httpx.AsyncClient, number: int) -> None:
        self.client = client
        self.name = f"shopper-{number}"
        self.chance = random.Random(number)
        self.own: dict[int, str] = {}
        self.calls = 0
        self.wrong: list[str] = []

    async def call(self, method: str, path: str, body: object = None) -> httpx.Response:
        self.calls += 1
        headers = {"X-Mock-Session": self.name, "Authorization": f"Token {self.name}"}
        return await self.client.request(method, path, json=body, headers=headers)

    async def run(self, gate: asyncio.Semaphore) -> None:
        """Create, change, delete and look, in an order of its own."""
        for step in range(STEPS):
            async with gate:
                await self.step(step)

    async def step(self, step: int) -> None:
        text = f"{self.name} step {step}"
        if not self.own or self.chance.random() < 0.5:
            made = (await self.call("POST", LIST, NEW | {"description": text})).json()
            self.expect(made["id"] == SIZE + len(self.own) + 1, f"id {made['id']}")
            self.own[made["id"]] = text
        else:
            number = self.chance.choice(list(self.own))
            await self.call("PATCH", f"{LIST}{number}/", {"description": text})
            self.own[number] = text
        found = (await self.call("GET", f"{LIST}?limit=1000")).json()["results"]
        self.expect({r["id"]: r["description"] for r in found if r["id"] > SIZE} == self.own, f"records at {step}")

    def expect(self, good: bool, what: str) -> None:
        if not good:
            self.wrong.append(f"{self.name}: {what}")


async def shop(url: str) -> list[_Shopper]:
    gate = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=httpx.Limits(max_connections=AT_ONCE)) as client:
        shoppers = [_Shopper(client, number) for number in range(SESSIONS)]
        await asyncio.gather(*(shopper.run(gate) for shopper in shoppers))
    return shoppers


def test_two_hundred_sessions_stay_isolated_under_load(url: str) -> None:
    """Each finds its own records and no other's, has its own ids and its own journal; the default one is untouched."""
    shoppers = asyncio.run(shop(url))
    with httpx.Client(base_url=url, headers={"Authorization": "Token demo"}, timeout=60) as client:
        entries = {entry["name"]: entry for entry in client.get("/_mock/sessions").json()["sessions"]}
        journals = {s.name: client.get(f"/_mock/journal?session={s.name}").json()["calls"] for s in shoppers[:20]}
        untouched = client.get("/_mock/records").json()["count"]

    assert [line for shopper in shoppers for line in shopper.wrong] == []
    assert {s.name: s.calls for s in shoppers} == {name: e["calls"] for name, e in entries.items() if name != "default"}
    assert all(entry["records"] == SIZE + len(s.own) for s in shoppers for entry in [entries[s.name]])
    for name, calls in journals.items():
        assert len(calls) == entries[name]["calls"]
        assert all(call["request_body"] is None or name in call["request_body"] for call in calls)
        assert len({call["token"] for call in calls}) == 1
    assert (untouched, entries["default"]["own_copy"]) == (SIZE, False)
