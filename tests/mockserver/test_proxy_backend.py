"""The proxy before a right server that shares no code with this project: what it finds there is a false alarm."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cancelkit.fixtures.world import World
from cancelkit.mockserver.journal.ring import Entry
from tests.clients import running
from tests.mockserver.proxy_bench import LIST, through, walk

pytest.importorskip("django_filters", reason="the example backend needs the extra `examples`")

KEY = {"Authorization": "Token backend-token"}


@pytest.fixture(scope="module")
def backend() -> Iterator[str]:
    """The example backend's address."""
    with running.backend(60) as url:
        yield url


async def _thorough(client: httpx.AsyncClient) -> list[httpx.Response]:
    """An ordinary walk, then what careless clients do."""
    client.headers.update(KEY)
    answers = await walk(client)
    answers += [
        await client.get(LIST, params={"status": "lost", "page": "0", "colour": "red"}),
        await client.get(LIST, params={"page": "999"}),
        await client.get(f"{LIST}7", follow_redirects=False),
        await client.get(f"{LIST}detailed/", follow_redirects=False),
        await client.get(f"{LIST}999999/"),
        await client.post(LIST, json={"order_item": "x"}),
        await client.post(LIST, content=b"{", headers={"Content-Type": "application/json"}),
        await client.post(LIST, content=b"a=1", headers={"Content-Type": "application/x-www-form-urlencoded"}),
        await client.request("TRACE", LIST),
        await client.delete(LIST),
        await client.head(LIST),
        await client.options(LIST),
        await client.get(LIST, headers={"Authorization": ""}),
        await client.get(LIST, headers={"Accept-Encoding": "gzip", "Accept": "text/html"}),
    ]
    return answers


def test_a_right_server_is_never_accused(backend: str, tmp_path: Path):
    """Whatever a client does, right or wrong."""
    answers, proxy = through(httpx.AsyncHTTPTransport(), _thorough, upstream=backend, record_data=tmp_path / "d.json")
    entries: list[Entry] = list(proxy.watch.session(None).journal)
    accused = [
        (entry.method, entry.path, entry.query, entry.status, violation.code, violation.message)
        for entry in entries
        for violation in entry.judged or ()
        if violation.code.startswith("server/")
    ]

    assert accused == []
    assert len({answer.status_code for answer in answers}) > 6
    assert proxy.watch.counts["client"] > 5
    assert proxy.harvested is not None
    assert proxy.harvested.left_out == 0
    assert World.from_tables(proxy.harvested.tables).records
