"""A proxy and its upstream in the test's own process, spoken to without a socket.

Owns: `through`, which runs a flow of calls and closes the proxy behind it; `walk`, the calls of an ordinary client.
Knows nothing of: what the tests look at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from cancelkit.fixtures.world import World, generate_world
from cancelkit.mockserver.app import create_app
from cancelkit.mockserver.mutants import mutants
from cancelkit.mockserver.mutants.names import old_names
from cancelkit.mockserver.proxy.app import Proxy
from cancelkit.mockserver.proxy.settings import ProxySettings
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import Contract, load

LIST = "/api/channel/5/cancellation_requests/"
KEY = "Token very-secret-key"
NEW = {"order_item": 1, "reason": 1, "cancellation_type": "cancel"}
UPSTREAM = "http://127.0.0.1:1"
Flow = Callable[[httpx.AsyncClient], Awaitable[Any]]


def mock(*names: str, world: World | None = None) -> Any:
    """A mock, with mutants built in."""
    known = mutants(load())
    chosen = [known[old_names().get(name, name)] for name in names]
    return create_app(Settings(), world or generate_world(size=60), mutants=chosen)


def through(server: Any, flow: Flow, contract: Contract | None = None, **settings: Any) -> tuple[Any, Proxy]:
    """Run `flow` with a client of a proxy in front of `server` (an ASGI application or a transport).

    Returns what `flow` returned, and the proxy, closed.
    """

    async def run() -> tuple[Any, Proxy]:
        transport = server if isinstance(server, httpx.AsyncBaseTransport) else httpx.ASGITransport(server)
        proxy = Proxy(ProxySettings(**{"upstream": UPSTREAM, **settings}), transport, contract=contract)
        front = httpx.ASGITransport(proxy, client=("127.0.0.1", 50000))
        async with httpx.AsyncClient(
            transport=front, base_url="http://localhost", headers={"Authorization": KEY}
        ) as client:
            try:
                return await flow(client), proxy
            finally:
                await proxy.close()

    return asyncio.run(run())


async def walk(client: httpx.AsyncClient) -> list[httpx.Response]:
    """What an ordinary client does with a handful of records; its own calls keep the contract."""
    answers = [await client.get(LIST), await client.get(f"{LIST}detailed", params={"limit": 5})]
    rows = answers[1].json()["results"] if answers[1].is_success else []
    item = rows[0]["order_item"]["id"] if rows else 1
    reason = next((row["reason"]["id"] for row in rows), 1)
    body = {"order_item": item, "reason": reason, "cancellation_type": "cancel"}
    searches: list[dict[str, Any]] = [
        {"status": "waiting", "limit": 3},
        {"limit": 3, "page": 2},
        {"date_placed__gte": "2025-01-01T00:00:00Z"},
        {"sku": rows[0]["order_item"]["sku"] if rows else "x"},
        {"customer_last_name": rows[-1]["order_item"]["order"]["customer"]["last_name"].upper() if rows else "x"},
    ]
    answers += [await client.get(f"{LIST}detailed", params=params) for params in searches]
    made = await client.post(LIST, json={**body, "description": "Beden küçük geldi", "quantity": 1})
    number = made.json()["id"] if made.status_code == 201 else 1
    answers += [
        made,
        await client.get(f"{LIST}{number}/"),
        await client.get(f"{LIST}{number}/detailed/"),
        await client.patch(f"{LIST}{number}/", json={"quantity": 2, "iban": None}),
        await client.put(f"{LIST}{number}/", json={**body, "status": "waiting", "holder_name": "Şükrü Öz"}),
        await client.post(f"{LIST}{number}/reject/"),
        await client.post(f"{LIST}{number}/reject/"),
        await client.get(f"{LIST}{number}/"),
        await client.get(LIST, params={"pk__in": f"{number}"}),
        await client.delete(f"{LIST}{number}/"),
        await client.get(f"{LIST}{number}/"),
        await client.get(LIST, params={"pk__in": f"{number}"}),
    ]
    return answers
