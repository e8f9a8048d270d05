"""`--record-data`: what clients saw becomes data that a mock can serve."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from cancelkit.fixtures.world import World, generate_world
from cancelkit.mockserver.app import create_app
from cancelkit.mockserver.proxy.cli import proxy as command
from cancelkit.mockserver.settings import Settings
from cancelkit.spec import Role, load
from tests.mockserver.proxy_bench import LIST, mock, through

WORLD = generate_world(size=60)
ROW: dict[str, Any] = {
    "id": 7,
    "uuid": "0b5e7a4e-0000-4000-8000-000000000001",
    "created_date": "2025-03-01T10:00:00Z",
    "modified_date": "2025-03-01T10:00:00Z",
    "order_item": 11,
    "reason": 2,
    "cancellation_type": "cancel",
    "status": "waiting",
}


def _kept(folder: Path, upstream: Any, flow: Any) -> tuple[World, Any]:
    """The world that `--data` reads from what was recorded, and what was told of it."""
    path = folder / "world.json"
    _, proxy = through(upstream, flow, record_data=path)
    return World.from_tables(json.loads(path.read_bytes())), proxy.harvested


def _items(world: World) -> Any:
    return world.tables["order_items"].rows


def test_what_was_seen_in_detail_is_served_again(tmp_path: Path):
    """Records, references, returns and plans of the channel are those of the upstream, except what was deleted."""

    async def flow(client: httpx.AsyncClient) -> None:
        await client.get(f"{LIST}detailed", params={"limit": 500})
        await client.delete(f"{LIST}1/")
        await client.get(LIST, params={"limit": 500})

    world, told = _kept(tmp_path, mock(world=WORLD), flow)
    expected = [record for record in WORLD.records if record.scope == (5,) and record.base["id"] != 1]
    items = {record.base["order_item"] for record in expected}

    assert world.records == expected
    assert all(_items(world)[key] == _items(WORLD)[key] for key in items)
    assert (told.records, told.filled, told.left_out) == (len(expected), 0, 0)


def test_any_contracts_records_are_kept(tmp_path: Path):
    """Ids may be texts, and plain answers may hold opened rows: what was seen opened is kept as it was."""
    contract = load(Path(__file__).parents[2] / "examples" / "contracts" / "reviews.yaml")
    world, resource, file = generate_world(contract, size=12), contract.resource, tmp_path / "world.json"
    listing = contract.role(Role.LIST)
    assert listing is not None

    async def flow(client: httpx.AsyncClient) -> None:
        names = [parameter.name for parameter in resource.scope]
        for scope in world.scopes:
            path = resource.url(listing.path, dict(zip(names, scope, strict=True)))
            await client.get(path, headers={contract.api_key.header: "demo"} if contract.api_key else {})

    _, proxy = through(create_app(Settings(), world, contract), flow, contract, record_data=file)
    kept = World.from_tables(json.loads(file.read_bytes()), contract)
    told, id = proxy.harvested, resource.id_field

    assert {(r.scope, r.base[id]) for r in kept.records} == {(r.scope, r.base[id]) for r in world.records}
    assert told is not None
    assert (told.records, told.left_out) == (12, 0)
    assert {r.scope for r in kept.records} == set(world.scopes)
    for reference in resource.references.values():
        known = world.tables[reference.table].rows
        if reference.opened:
            assert all(known[key] == row for key, row in kept.tables[reference.table].rows.items())


def test_what_a_plain_list_leaves_out_is_made_up(tmp_path: Path):
    """The mock then serves such records with order items and reasons called unknown, and this is told."""

    async def flow(client: httpx.AsyncClient) -> None:
        await client.get(f"{LIST}1/detailed/")
        await client.get(LIST, params={"limit": 10})

    world, told = _kept(tmp_path, mock(world=WORLD), flow)
    first = world.records[0].base

    assert len(world.records) == told.records == 10
    assert 0 < told.filled < 10
    assert _items(world)[first["order_item"]] == _items(WORLD)[first["order_item"]]
    assert sum(item["sku"].startswith("unknown-") for item in _items(world).values()) == told.filled


def test_the_last_that_was_seen_counts(tmp_path: Path):
    """A write is seen in its answer; what only the detailed answer shows stays."""

    async def flow(client: httpx.AsyncClient) -> None:
        await client.get(f"{LIST}detailed", params={"limit": 500})
        await client.patch(f"{LIST}1/", json={"description": "değişti"})
        await client.post(f"{LIST}1/reject/")

    world, told = _kept(tmp_path, mock(world=WORLD), flow)
    first = next(record for record in world.records if record.base["id"] == 1)

    assert (first.base["description"], first.base["status"]) == ("değişti", "rejected")
    assert first.extras == next(record.extras for record in WORLD.records if record.base["id"] == 1)
    assert told.filled == 0


@pytest.mark.parametrize(
    ("rows", "records", "filled", "left_out"),
    [
        ([ROW], 1, 1, 0),
        ([{**ROW, "uuid": "no uuid"}], 0, 0, 1),
        ([{**ROW, "id": "7"}], 0, 0, 0),
        ([ROW, {**ROW, "id": 8, "status": "lost"}], 1, 1, 1),
        ([{**ROW, "easy_return": {"code": "x"}}], 1, 1, 0),
        ([{**ROW, "remote_id": 3, "order_item": {"id": 11}, "reason": {"id": 2}}], 1, 1, 0),
        ([{**ROW, "order_item": {"id": 11, "sku": "s", "order": {"id": 1, "channel": 6}}}], 1, 1, 0),
        (["x", None, 3], 0, 0, 0),
    ],
)
def test_what_no_world_may_hold_is_left_out(tmp_path: Path, rows: list[Any], records: int, filled: int, left_out: int):
    """A server's violations don't make a file that can't be read; they are counted."""

    async def flow(client: httpx.AsyncClient) -> None:
        await client.get(LIST)

    page = {"count": len(rows), "next": None, "previous": None, "results": rows}
    world, told = _kept(tmp_path, httpx.MockTransport(lambda request: httpx.Response(200, json=page)), flow)

    assert (told.records, told.filled, told.left_out) == (records, filled, left_out)
    assert len(world.records) == records


def test_nothing_seen_is_an_empty_world(tmp_path: Path):
    """Which can be read as well."""

    async def flow(client: httpx.AsyncClient) -> None:
        await client.get("/elsewhere/")

    world, told = _kept(tmp_path, mock(world=WORLD), flow)

    assert (list(world.records), told.records) == ([], 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shop.example"], "http://host:port"),
        (["ftp://shop.example"], "http://host:port"),
        (["http://u:p@shop.example"], "http://host:port"),
        (["http://a", "--errors", "--no-mark"], "--no-mark"),
        (["http://a", "--control-token", " "], "--control-token"),
        (["http://a", "--port", "0", "--record", "/none/a.har"], "can't be written"),
        (["http://a", "--port", "0", "--ca", "/none/ca.pem"], "--upstream-ca /none/ca.pem: No such file"),
    ],
)
def test_a_proxy_that_can_not_start_says_why(arguments: list[str], said: str):
    """Exit code 2, and no traceback."""
    result = CliRunner().invoke(command, arguments)

    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output
