"""A base in a file: what a store reads from it is what it would hold in memory, however it was built."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from drawn_calls import Calls
from in_process import Client

from cancelkit.fixtures import World, generate_world
from cancelkit.fixtures.options import FixtureError, Options
from cancelkit.fixtures.worldfile.reading import WorldFile
from cancelkit.fixtures.worldfile.source import Generated, Given
from cancelkit.mockserver import create_app
from cancelkit.mockserver.base.building import build
from cancelkit.mockserver.settings import Settings
from cancelkit.mockserver.state import making, stored
from cancelkit.mockserver.state.index import Index
from cancelkit.mockserver.state.store import Store
from cancelkit.mockserver.state.stored import BaseRecords
from cancelkit.spec import Contract, load

CALLS = 4000
CONTROL = (
    "/_mock/records?limit=50&page=3&order=-id",
    *(f"/_mock/records?order=-id&limit=9&q={text}" for text in ("a", "5", "501", "er", "TR-2025", "%C5%9F", "none")),
    "/_mock/export",
)
SESAME = {"x-mock-control": "sesame"}
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
CONTRACTS = {"cancellations": None, "reviews": ROOT / "examples" / "contracts" / "reviews.yaml"}


@pytest.fixture(params=CONTRACTS)
def contract(request: pytest.FixtureRequest) -> Contract:
    path = CONTRACTS[request.param]
    return load(path) if path else load()


def _store(contract: Contract, path: Path) -> Store:
    file = WorldFile(path, fixed=True)
    return Store.of(contract, replace(file.world(), records=BaseRecords(file)))


def _indexes(store: Store) -> Mapping[int, Any]:
    """Everything that the indexes of a store's first block hold, by place."""
    block = store.rows._parts[0].block
    found: dict[int, Index] = {place: block.index(place) for place in range(3, store.layout.width)}
    return {
        place: (list(i.values), list(i.codes), list(i.slices), i.mixed, [list(i.order(descending=d)) for d in (0, 1)])
        for place, i in found.items()
    }


@pytest.mark.parametrize(("size", "jobs"), [(1, 1), (2600, 1), (2600, 2), (6001, 2)])
def test_a_base_holds_what_a_store_in_memory_does(contract: Contract, tmp_path: Path, size: int, jobs: int) -> None:
    """Documents, numbers and every index, whether one process made them or several, from a generator or a world."""
    world = generate_world(contract, size=size, seed=3)
    expected = Store.of(contract, world)
    build(tmp_path / "made", Generated(Options(contract, size, 3).making(), size), jobs=jobs)
    build(tmp_path / "given", Given(contract, world), jobs=jobs)

    for name in ("made", "given"):
        found = _store(contract, tmp_path / name)
        assert [*found.rows] == [*expected.rows]
        assert _indexes(found) == _indexes(expected)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["given", "made"]


def test_an_empty_base(contract: Contract, tmp_path: Path) -> None:
    """No records, but all that they may refer to; the first number is given to the first new one."""
    build(tmp_path / "base", Generated(Options(contract, 0, 1).making(), 0))
    found, expected = _store(contract, tmp_path / "base"), Store.of(contract, generate_world(contract, size=0))

    assert (len(found), found.next_number) == (0, expected.next_number)
    assert [*found.rows] == [*expected.rows]


def test_progress_is_told(tmp_path: Path) -> None:
    """Each step once, the last one included."""
    contract, told = load(), list[tuple[int, int]]()
    build(
        tmp_path / "base",
        Generated(Options(contract, 3000, 1).making(), 3000),
        told=lambda *steps: told.append(steps),
    )

    assert [done for done, _ in told] == list(range(1, len(told) + 1))
    assert {steps for _, steps in told} == {len(told)}


def test_records_in_another_order_make_no_base(tmp_path: Path) -> None:
    """Positions follow the order of the ids; records that don't are told, and nothing is left."""
    contract = load()
    world = generate_world(contract, size=5)
    turned = World(world.scopes, world.tables, list(world.records)[::-1], 1)

    with pytest.raises(FixtureError, match="not in the order"):
        build(tmp_path / "base", Given(contract, turned))
    assert not list(tmp_path.glob("*.columns"))


def test_a_mock_answers_from_a_base_as_from_memory(
    contract: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same calls, writes among them, give the same bytes; so do the dashboard's lists and the export."""
    number = [0]
    monkeypatch.setattr(making, "urandom", lambda size: number[0].to_bytes(size))
    monkeypatch.setattr(stored, "_IN_MEMORY", 20)
    world = generate_world(contract, size=700)
    build(tmp_path / "base", Given(contract, world))
    file = WorldFile(tmp_path / "base", fixed=True)
    base = replace(file.world(), records=BaseRecords(file))
    apps = [create_app(Settings(tokens=("demo",), control_token="sesame"), one, contract) for one in (world, base)]
    calls = Calls(contract, apps[0], Random("base"))
    found = [0]

    async def compare() -> None:
        for number[0] in range(CALLS):
            if number[0] % 400 == 0:
                for app in apps:
                    app.sessions.start = NOW
                    app.sessions.default.reset()
            call = calls.draw() if number[0] % 2 else ("GET", calls.search(), b"", calls.headers())
            memory, disk = [await Client(app).exchange(call[0], call[1], [call[2]], call[3]) for app in apps]
            assert memory == disk, call
            found[0] += memory.status == 200 and not number[0] % 2
        for method, path in [("POST", "/_mock/records")] * 3 + [("GET", path) for path in CONTROL]:
            number[0] += 1
            memory, disk = [
                await Client(app).send(method, path, {} if method == "POST" else None, SESAME) for app in apps
            ]
            assert memory.status in (200, 201)
            assert memory.body == disk.body, path

    asyncio.run(compare())
    assert found[0] > CALLS / 4
